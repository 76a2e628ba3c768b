"""Erasing a person: a certificate, a ledger, and the ledger gone through again after an old copy was restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.cli_rights import rights
from app.domain.access import system
from app.domain.errors import Conflict, Invalid
from app.domain.lifecycle import ReferralStatus
from app.domain.retention_review import Proposal, Verdict
from app.services.retaining import asking, deciding, erasure, ledger
from app.services.rights.data_map import data_map
from app.store import gathering, people, retention_reviews
from app.store.gathering import Whose
from app.store.session import Database
from tests.conftest import TestDatabase
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.rights.keeping import WORDS, copied, erase, reference_of, take_up
from tests.integration.web.conftest import Visitor

OPERATOR = system("command-line")
SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED)


def family_of(database: Database, made: MadeReferral) -> str | None:
    with database.transaction(OPERATOR) as tx:
        return people.get(tx, made.person_id, audit="test").details.family


def pieces(database: Database, made: MadeReferral, place: MadePlace) -> str:
    with database.transaction(OPERATOR) as tx:
        whose = Whose(made.person_id, place.team.id)
        return str(gathering.gather(tx, data_map(), whose, audit="test"))


def test_nothing_of_the_persons_words_is_left_and_the_certificate_says_what_was(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    before = pieces(database, made, place)
    assert all(each in before for each in ("Okonkwo", "lunch club", "Lives alone"))
    erasure_id = erase(database, place, made)
    left = pieces(database, made, place)
    assert not [each for each in ("Okonkwo", "lunch club", "Lives alone", "Cardamom") if each in left]
    with database.transaction(OPERATOR) as tx:
        told = "\n".join(erasure.certificate_lines(tx, erasure_id))
    assert str(erasure_id) in told
    assert "A request for help, and how it goes: 1" in told
    assert "Okonkwo" not in told


def test_numbers_of_others_for_the_person_are_emptied(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    erase(database, place, made)
    query = text(
        "select original_bundle_id, requester_reference, requester_identifiers from referral where id = :id"
    )
    with admin.connect() as connection:
        bundle, reference, identifiers = connection.execute(query, {"id": made.id}).one()
    assert (bundle, reference or "", identifiers) == ("", "", [])


def test_pages_still_open_and_name_nobody(
    database: Database, place: MadePlace, made: MadeReferral, sign_in: SignIn
) -> None:
    erase(database, place, made)
    page = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "Okonkwo" not in page
    assert sign_in("practice-0").client.get(f"/loops/{made.id}").status_code == 200


def test_somebody_who_is_helped_and_one_who_was_erased_are_refused(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    helped = make_referral(database, place, ReferralStatus.ACTIVE)
    with pytest.raises(Conflict, match="end it first"):
        erase(database, place, helped)
    assert family_of(database, helped) == "Okonkwo"
    erase(database, place, made)
    with pytest.raises(Invalid):
        erase(database, place, made)  # nobody finds them by a reference any more


def test_no_command_erases_anybody() -> None:
    assert set(rights.commands) == {"record", "ledger", "replay"}


def test_nobody_erases_alone_by_whichever_door(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    """The one function that erases asks for the second word itself, whoever calls it."""
    steward = place.actor("steward")
    deciding.propose(database, steward, asked_of(database, place, made), Proposal(Verdict.ERASE, WORDS))
    assert steward.user_id is not None
    with database.transaction(OPERATOR) as tx:
        review = retention_reviews.find_open(tx, made.person_id)
        assert review is not None
        with pytest.raises(Conflict, match="two people"):
            erasure.erase_within(tx, review, by=steward.user_id)
    assert family_of(database, made) == "Okonkwo"


def asked_of(database: Database, place: MadePlace, made: MadeReferral) -> UUID:
    return asking.ask(database, place.actor("steward"), reference_of(database, place, made), how="telephone")


def test_ledger_cannot_be_changed_even_by_its_owner(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    erase(database, place, made)
    with admin.connect() as connection, pytest.raises(Exception, match="never changed or removed"):
        connection.execute(text("delete from erasure"))


def test_after_a_restore_from_before_the_ledger_is_gone_through_and_the_person_is_gone_again(
    database: Database,
    place: MadePlace,
    made: MadeReferral,
    test_database: TestDatabase,
    restored: Engine,
    tmp_path: Path,
) -> None:
    if test_database.bin_dir is None:
        pytest.skip("pg_dump comes with the embedded server")
    other = make_referral(database, place, ReferralStatus.CLOSED)
    before = copied(test_database, tmp_path)
    erasure_id = erase(database, place, made)
    kept = list(ledger.ledger(database, OPERATOR))
    take_up(test_database, before, restored)
    old = Database(restored, cipher=database.cipher, clock=database.clock, wake=database.wake)
    assert family_of(old, made) == "Okonkwo"
    assert ledger.replay(old, OPERATOR, kept).erased == 1
    assert not family_of(old, made)
    assert family_of(old, other) == "Okonkwo"
    assert str(erasure_id) in "".join(ledger.ledger(old, OPERATOR))
    assert ledger.replay(old, OPERATOR, kept).erased == 0


@pytest.mark.parametrize("line", ["no json", "{}", '{"id": "1", "person_id": "2"}', '{"hold_id": "1"}'])
def test_a_ledger_that_cannot_be_read_is_refused(database: Database, line: str) -> None:
    with pytest.raises(ValueError, match="ledger"):
        ledger.replay(database, OPERATOR, [line])
