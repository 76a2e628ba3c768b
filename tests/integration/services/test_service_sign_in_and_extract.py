"""Who comes in, and what leaves for the dataset."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.seal import open_sealed
from app.domain.errors import NotAllowed
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.services.caring import endings
from app.services.dataset.extract import Extracted, write_extract
from app.services.helping import delivery
from app.services.signing_in import sign_in
from app.store.accounts import ABSOLUTE, IDLE
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import (
    PASSWORD,
    MadePlace,
    Patient,
    acknowledge,
    make_ending,
    make_referral,
)

# --- signing in -----------------------------------------------------------------------------------------------


def test_right_password_opens_a_session_for_one_organisation(database: Database, place: MadePlace) -> None:
    token = sign_in.begin(database, " Link-Worker ", PASSWORD).token
    found = sign_in.find_signed_in(database, token)
    assert found is not None
    assert (found.actor, found.organisation) == (place.link_worker, place.team)


@pytest.mark.parametrize(("username", "password"), [("link-worker", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_refusal_says_the_same_whatever_was_wrong(
    database: Database, place: MadePlace, username: str, password: str
) -> None:
    with pytest.raises(NotAllowed, match=r"^The user name or the password is not right\.$"):
        sign_in.begin(database, username, password)


def test_account_that_was_switched_off_loses_its_session_and_gets_no_other(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    token = sign_in.begin(database, "link-worker", PASSWORD).token
    with admin.connect() as connection:
        connection.execute(text("update user_account set active = false"))
    assert sign_in.find_signed_in(database, token) is None
    with pytest.raises(NotAllowed):
        sign_in.begin(database, "link-worker", PASSWORD)


def test_session_ends_when_idle_and_after_twelve_hours_of_work(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    idle = sign_in.begin(database, "link-worker", PASSWORD).token
    clock.now += IDLE
    assert sign_in.find_signed_in(database, idle) is None
    busy, began = sign_in.begin(database, "link-worker", PASSWORD).token, clock.now
    while clock.now - began < ABSOLUTE - timedelta(minutes=20):
        clock.advance(minutes=20)
        assert sign_in.find_signed_in(database, busy) is not None
    clock.advance(minutes=20)
    assert sign_in.find_signed_in(database, busy) is None


def test_signing_out_ends_the_session(database: Database, place: MadePlace) -> None:
    token = sign_in.begin(database, "link-worker", PASSWORD).token
    sign_in.sign_out(database, token)
    assert sign_in.find_signed_in(database, token) is None


def test_neither_token_nor_password_is_kept(database: Database, place: MadePlace, admin: Engine) -> None:
    token = sign_in.begin(database, "link-worker", PASSWORD).token
    with admin.connect() as connection:
        kept = connection.execute(
            text("select s::text || u::text from user_session s, user_account u")
        ).scalars()
        everything = " ".join(kept)
    assert token not in everything
    assert token.encode().hex() not in everything
    assert PASSWORD not in everything


# --- the extract ----------------------------------------------------------------------------------------------


@pytest.fixture
def public_key(tmp_path: Path) -> bytes:
    make_keys(tmp_path / "keys")
    return (tmp_path / "keys" / PUBLIC_KEY).read_bytes()


def items(admin: Engine) -> dict[UUID, str]:
    with admin.connect() as connection:
        return dict(connection.execute(text("select referral_id, reason from extract_item")).all())


def extract(database: Database, key: bytes, folder: Path) -> Extracted:
    return write_extract(database, key, folder / "out")


def test_closed_referral_leaves_once_and_the_others_stay_with_their_reasons(
    database: Database, place: MadePlace, admin: Engine, public_key: bytes, tmp_path: Path
) -> None:
    goes = make_referral(database, place, ReferralStatus.CLOSED)
    opted_out = make_referral(database, place, ReferralStatus.CLOSED, opted_out=True)
    unsure = make_referral(database, place, ReferralStatus.CLOSED, patient=Patient(verified=False))
    make_referral(database, place, ReferralStatus.COMPLETED)
    first = extract(database, public_key, tmp_path)
    assert (first.rows, first.opted_out, first.excluded) == (1, 1, {"identity-not-confirmed": 1})
    assert items(admin) == {goes.id: "sent", opted_out.id: "opted-out", unsure.id: "identity-not-confirmed"}
    again = extract(database, public_key, tmp_path)
    assert (again.rows, again.opted_out, again.excluded) == (0, 0, {})


def test_extract_opens_for_the_anonymiser_and_holds_no_name_address_or_words(
    database: Database, place: MadePlace, public_key: bytes, tmp_path: Path
) -> None:
    patient = Patient(family="Quillfeather", street="99 Zanzibar Parade")
    make_referral(database, place, ReferralStatus.CLOSED, patient=patient, words="Misses the trombone.")
    done = extract(database, public_key, tmp_path)
    assert b"outcome" not in done.path.read_bytes()
    with done.path.open("rb") as sealed:
        opened = b"".join(open_sealed(sealed, load_keys(tmp_path / "keys").private)).decode()
    assert '"outcome": "better"' in opened
    for trace in (
        "Quillfeather",
        "Adaeze",
        "Zanzibar",
        "E8 1EA",
        "1951-03-04",
        "trombone",
        "lunch club",
        "900461",
    ):
        assert trace not in opened


def test_of_several_scores_the_first_before_and_the_last_after_leave(
    database: Database, place: MadePlace, clock: Clock, public_key: bytes, tmp_path: Path
) -> None:
    made, day = make_referral(database, place, ReferralStatus.ACTIVE), database.clock().date()
    provider = place.actor("provider-0")
    delivery.accept(database, provider, made.placement_id)
    delivery.start(database, provider, made.placement_id)
    told = [
        (Phase.BEFORE, 3, "page"),
        (Phase.BEFORE, 9, "phone"),
        (Phase.AFTER, 4, "phone"),
        (Phase.AFTER, 7, "page"),
        (Phase.AFTER, 8, "page"),  # by the same door as the one before: its correction
    ]
    answers = {"worthwhile": 5, "happy": 5, "anxious": 5}
    measures = [
        Taken("ons4", phase, answers | {"life-satisfaction": score}, day, way=way)
        for phase, score, way in told
    ]
    endings.complete(database, provider, made.placement_id, replace(make_ending(day), measures=measures))
    acknowledge(database, made)
    done = extract(database, public_key, tmp_path)
    with done.path.open("rb") as sealed:
        lines = b"".join(open_sealed(sealed, load_keys(tmp_path / "keys").private)).decode()
    assert '"life_satisfaction_before": 3, "life_satisfaction_after": 8' in lines


def test_failed_extract_leaves_no_file_and_takes_nothing_off_the_list(
    database: Database, place: MadePlace, admin: Engine, public_key: bytes, tmp_path: Path
) -> None:
    make_referral(database, place, ReferralStatus.CLOSED)
    with pytest.raises(ValueError, match="PEM"):
        extract(database, b"not a key", tmp_path)
    assert list((tmp_path / "out").iterdir()) == []
    assert items(admin) == {}
    assert extract(database, public_key, tmp_path).rows == 1
