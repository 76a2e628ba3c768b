"""Saying no to the shared dataset: on the link worker's page, in a practice's message, and what it does to extracts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.seal import open_sealed
from app import cli_extracts
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.dataset import opt_outs, secondary_use
from app.services.dataset.extract import Extracted, write_extract
from tests.conftest import Clock
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    make_message,
    make_nhs_number,
    make_referral,
    send,
    sender_for,
)
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
NO, YES = {"given": "no", "said_by": "person"}, {"given": "yes", "said_by": "person"}


@pytest.fixture
def extract(runtime: Runtime, tmp_path: Path) -> Callable[[], Extracted]:
    make_keys(tmp_path / "keys")
    key = (tmp_path / "keys" / PUBLIC_KEY).read_bytes()
    return lambda: write_extract(runtime.db, key, tmp_path / "extracts")


def path_of(made: MadeReferral) -> str:
    return f"/referrals/{made.id}/dataset-use"


def closed(runtime: Runtime, place: MadePlace, **message: Any) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.CLOSED, **message)


def rows_in(made: Extracted, keys: Path) -> list[dict[str, Any]]:
    with made.path.open("rb") as sealed:
        return [json.loads(each) for each in open_sealed(sealed, load_keys(keys).private)][1:]


def test_a_no_on_the_page_keeps_the_person_out_of_the_extract(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, extract: Callable[[], Extracted], tmp_path: Path
) -> None:
    goes = closed(runtime, place, patient=Patient(nhs_number=make_nhs_number()))
    stays = closed(runtime, place, patient=Patient(nhs_number=make_nhs_number()))
    worker = sign_in("link-worker")
    page = worker.get(path_of(stays))
    assert "Nothing was said" in page.text
    assert "None of this person's rows has been handed over" in page.text
    answer = worker.send(path_of(stays), NO)
    assert answer.location == path_of(stays)
    assert "No, it may not be counted." in worker.get(path_of(stays)).text
    made = extract()
    assert (made.rows, made.excluded) == (1, {"consent-withdrawn": 1})
    assert [row["referral_key"] for row in rows_in(made, tmp_path / "keys")] == [str(goes.id)]


def test_a_no_counts_for_all_of_the_persons_referrals_and_a_later_yes_takes_it_back(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock, extract: Callable[[], Extracted]
) -> None:
    patient = Patient(nhs_number=make_nhs_number())
    first, second = (closed(runtime, place, patient=patient) for _ in range(2))
    worker = sign_in("link-worker")
    worker.send(path_of(first), NO)
    assert "No, it may not be counted." in worker.get(path_of(second)).text
    clock.now += timedelta(minutes=1)
    worker.send(path_of(second), YES)
    assert "Yes, it may be counted." in worker.get(path_of(first)).text
    assert extract().rows == 2


def test_a_yes_taken_back_is_shown_as_that_with_who_said_it_who_wrote_it_and_when(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made, worker = closed(runtime, place), sign_in("link-worker")
    worker.send(path_of(made), YES)
    clock.now += timedelta(days=1)
    worker = sign_in("link-worker")
    worker.send(path_of(made), {"given": "no", "said_by": "representative"})
    page = worker.get(path_of(made)).text
    assert "they said yes before and took it back" in page
    latest, earlier = (
        page.index("no. Somebody who may decide for them"),
        page.index("yes. The person themselves"),
    )
    assert latest < earlier
    assert page.count("written down by") == 2


def test_the_page_says_what_a_no_cannot_undo(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, extract: Callable[[], Extracted]
) -> None:
    made = closed(runtime, place)
    extract()
    page = sign_in("link-worker").get(path_of(made)).text
    assert "Some of this person's rows have been handed over" in page
    assert "nobody can find them again to take them out" in page


def test_the_anonymiser_is_told_who_said_no_since_their_rows_were_handed_over(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, extract: Callable[[], Extracted], tmp_path: Path
) -> None:
    number = make_nhs_number()
    made, other = closed(runtime, place, patient=Patient(nhs_number=number)), closed(runtime, place)
    never = closed(runtime, place, patient=Patient(nhs_number=make_nhs_number()))
    worker = sign_in("link-worker")
    worker.send(path_of(never), NO)
    extract()
    worker.send(path_of(made), NO)
    listed = secondary_use.write_lists(runtime.db, tmp_path / "extracts")
    assert (listed.type_1, listed.others) == (0, 1)
    withdrawn = tmp_path / "extracts" / secondary_use.WITHDRAWN
    assert withdrawn.read_text() == f"{number}\n", (
        f"{other.id} said nothing, {never.id} was never handed over"
    )
    assert (tmp_path / "extracts" / secondary_use.TYPE_1).read_text() == ""
    assert withdrawn.stat().st_mode & 0o137 == 0


def test_a_later_opt_out_and_a_later_restriction_are_in_the_lists(
    runtime: Runtime, place: MadePlace, admin: Engine, extract: Callable[[], Extracted], tmp_path: Path
) -> None:
    numbers = [make_nhs_number() for _ in range(3)]
    for number in numbers:
        closed(runtime, place, patient=Patient(nhs_number=number))
    extract()
    changes = (
        "update person set type1_opt_out = true where id = :id",
        "update person set restricted = true where id = :id",
        "update person set national_opt_out = true where id = :id",
    )
    with admin.begin() as connection:
        people = connection.execute(text("select person_id from referral")).scalars().all()
        for change, person_id in zip(changes, people, strict=True):
            connection.execute(text(change), {"id": person_id})
    listed = secondary_use.write_lists(runtime.db, tmp_path)
    assert (listed.type_1, listed.others) == (1, 2)
    written = (tmp_path / "type-1.txt").read_text() + (tmp_path / "withdrawn.txt").read_text()
    assert sorted(written.split()) == sorted(numbers)


def research_consent(body: bytes, **change: Any) -> bytes:
    bundle = json.loads(body)
    consents = [each for each in bundle["entry"] if each["resource"]["resourceType"] == "Consent"]
    resource = json.loads(json.dumps(consents[0]["resource"]))
    resource["scope"]["coding"][0]["code"] = "research"
    bundle["entry"].append({"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource | change})
    return json.dumps(bundle).encode()


@pytest.mark.parametrize(
    ("change", "stands"),
    [
        ({"provision": {"type": "deny"}}, "No, it may not be counted."),
        ({"status": "rejected"}, "No, it may not be counted."),
        ({"provision": {"type": "permit"}}, "Nothing was said."),
    ],
)
def test_a_practices_message_may_carry_the_no(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine, change: dict[str, Any], stands: str
) -> None:
    practice = place.practices[0]
    send(runtime.db, research_consent(make_message(practice), **change), sender_for(practice))
    with admin.connect() as connection:
        referral_id = connection.execute(text("select id from referral")).scalar_one()
    page = sign_in("link-worker").get(f"/referrals/{referral_id}/dataset-use").text
    assert stands in page
    assert ("no. The practice's message." in page) is stands.startswith("No,")


def test_a_form_sent_empty_says_what_is_missing_and_keeps_what_was_chosen(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made, worker = closed(runtime, place), sign_in("link-worker")
    page = read_page(worker.send(path_of(made), {"given": "no"}))
    assert "Choose who said so." in page.text
    assert [given.get("value") for given in page.inputs if "checked" in given] == ["no"]
    assert "Nothing was said" in page.text


def test_only_the_persons_own_team_reads_or_writes_it(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    made = closed(runtime, place)
    for username, status in (
        ("other-link-worker", 404),
        ("provider-0", 403),
        ("practice-0", 403),
        ("steward", 403),
    ):
        visitor = sign_in(username)
        assert path_of(made) not in visitor.get(path_of(made), status).posts
        home = visitor.client.get("/").location
        assert visitor.send(path_of(made), NO, at=home).status_code in (status, 400), username
    with admin.connect() as connection:
        assert (
            connection.execute(text("select count(*) from consent where kind = 'secondary-use'")).scalar()
            == 0
        )


def test_who_wrote_it_and_who_looked_stands_in_the_audit(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    made = closed(runtime, place)
    sign_in("link-worker").send(path_of(made), NO)
    with admin.connect() as connection:
        found = connection.execute(
            text(
                "select act, detail->>'given' from audit_event where subject = 'consent' and act like '%secondary use'"
            )
        )
        acts = set(found.all())
    assert {("record secondary use", "false"), ("read secondary use", None)} <= acts


def test_the_command_lists_extracts_in_counts(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, extract: Callable[[], Extracted], monkeypatch: Any
) -> None:
    monkeypatch.setattr(cli_extracts, "database", lambda: runtime.db)
    run = CliRunner().invoke
    assert "No extract was written yet" in run(cli_extracts.extracts, ["list"]).output
    made = closed(runtime, place, patient=Patient(nhs_number=make_nhs_number()))
    closed(runtime, place, opted_out=True, patient=Patient(nhs_number=make_nhs_number()))
    sign_in("link-worker").send(path_of(made), NO)
    done = extract()
    told = run(cli_extracts.extracts, ["list"]).output
    assert f"{done.id}: 0 rows, 1 left out by Type 1 opt-out" in told
    assert "1 left out: said no, or took a yes back" in told


def test_the_national_check_can_be_asked_about_whom_earlier_extracts_tell_of(
    runtime: Runtime, place: MadePlace, extract: Callable[[], Extracted], tmp_path: Path
) -> None:
    first, second = make_nhs_number(), make_nhs_number()
    closed(runtime, place, patient=Patient(nhs_number=first))
    extract()
    closed(runtime, place, patient=Patient(nhs_number=second))
    assert opt_outs.national_question(runtime.db) == f"{second},\n".encode()
    question = opt_outs.national_question(runtime.db, handed_over=True)
    assert question == f"{first},\n".encode()
    opt_outs.record_national_answer(runtime.db, question, b"", so_many=True)
    assert secondary_use.write_lists(runtime.db, tmp_path).others == 1
