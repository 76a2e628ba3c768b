"""What lies beside a record goes with it: names of helpers, messages, files of referrals, pages begun elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.message_templates import Channel
from app.services.caring import endings, triage
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.services.incoming import cohort, cohort_sending, prefilled
from app.services.incoming.cohort import Upload
from app.services.incoming.prefilled import Prefilled
from app.services.messages import mailing, messages_out
from app.services.messages.messages_out import Message
from app.store import mail, person_keys, transitions
from app.store.mail import Mail
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral
from tests.integration.rights.keeping import erase

PLATFORM = system("test")
HELPER = "Quentin Marshwiggle"
NUMBER = make_nhs_number(71_001)
HEAD = "family_name,first_name,date_of_birth,nhs_number,number_checked,phone,needs,agrees"
FILE = f"{HEAD}\r\nOkonkwo,Adaeze,4/3/1951,{NUMBER},yes,07700 900461,food,yes\r\n".encode()
Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=NUMBER))


@pytest.fixture
def rows(admin: Engine) -> Rows:
    """What a query finds, past every policy."""

    def it(query: str) -> list[dict[str, Any]]:
        with admin.connect() as connection:
            return [dict(each) for each in connection.execute(text(query)).mappings()]

    return it


def helped_by_somebody_without_an_account(db: Database, place: MadePlace) -> MadeReferral:
    made = make_referral(db, place, ReferralStatus.ACTIVE, patient=Patient(nhs_number=NUMBER))
    helper = replace(place.actor("provider-0"), user_id=None, placement_id=made.placement_id, named=HELPER)
    delivery.decline(db, helper, some(made.placement_id), reason="21")
    return made


def by_whom(db: Database, place: MadePlace, made: MadeReferral) -> list[str]:
    with db.transaction(place.link_worker) as tx:
        return [step.by for step in transitions.timeline(tx, made.id, audit="test")]


def test_the_team_reads_who_came_by_a_link_and_the_database_does_not(
    database: Database, place: MadePlace, rows: Rows
) -> None:
    made = helped_by_somebody_without_an_account(database, place)
    assert f"{HELPER}, by link, for {place.providers[0].name}" in by_whom(database, place, made)
    kept = [each["named"] for each in rows("select named from transition where named is not null")]
    assert kept
    assert not any(HELPER.encode() in bytes(each) for each in kept)


def test_a_helpers_name_goes_with_the_record_also_beside_the_audit(
    database: Database, place: MadePlace, rows: Rows
) -> None:
    made = helped_by_somebody_without_an_account(database, place)
    mine = "from audit_event where detail->>'named' is not null and person_id"
    assert rows(f"select 1 {mine} = '{made.person_id}'")
    assert rows("select 1 from audit_name")
    end(database, place, made)
    erase(database, place, made)
    assert not any(HELPER in each for each in by_whom(database, place, made))
    about = (
        f"select 1 from audit_name where id::text in (select detail->>'named' {mine} = '{made.person_id}')"  # noqa: S608 - likewise
    )
    assert rows(about) == []


def end(db: Database, place: MadePlace, made: MadeReferral) -> None:
    """Nobody else can help: the team ends it."""
    endings.withdraw(db, place.link_worker, made.id, reason="other")


def write_both(db: Database, place: MadePlace, made: MadeReferral) -> list[UUID]:
    """A message to the person and one to the group that was asked, both still to leave."""
    told = {"link": "http://localhost/my/x", "phone": None, "date": "1 May 2027"}
    own = Message("own-page", Channel.EMAIL, "ada@example.org", told, "news")
    with db.transaction(PLATFORM) as tx:
        one = messages_out.to_person(tx, own, referral_id=made.id, team_id=place.team.id)
        values = {"to_address": "group@example.org", "subject": "News", "purpose": "new-referral"}
        values |= {"organisation_id": place.providers[0].id, "placement_id": made.placement_id}
        return [one, mail.add(tx, values, "There is something for you.\n")]


def sent(db: Database) -> list[Mail]:
    taken: list[Mail] = []
    mailing.send_due(db, lambda letter: taken.append(letter) or Attempt(Result.SENT, transport="smtp"))
    return taken


def test_messages_about_somebody_are_under_their_key_and_nothing_else_is(
    database: Database, place: MadePlace, made: MadeReferral, rows: Rows
) -> None:
    about = write_both(database, place, made)
    with database.transaction(PLATFORM) as tx:
        values = {"to_address": "staff@example.org", "subject": "News", "purpose": "test"}
        other = mail.add(tx, values, "To a colleague.\n")
    keys = {each["id"]: each["key_id"] for each in rows("select id, key_id from mail_message")}
    assert [keys[each] for each in about] == ["person", "person"]
    assert keys[other] != "person"


def test_messages_that_wait_are_gone_and_never_leave(
    database: Database, place: MadePlace, made: MadeReferral, rows: Rows
) -> None:
    about = write_both(database, place, made)
    erase(database, place, made)
    left = [each for each in rows("select * from mail_message") if each["id"] in about]
    assert {(each["body"], each["to_person"], each["last_error"]) for each in left} == {
        (None, None, "held-back-erased")
    }
    assert not [each for each in sent(database) if each.id in about]


def test_what_a_restore_brought_back_of_them_does_not_leave_even_before_the_ledger_was_gone_through(
    database: Database, place: MadePlace, made: MadeReferral, rows: Rows
) -> None:
    """The rows are there with their words, as in an old copy; the key is that of now: none."""
    about = write_both(database, place, made)
    with database.transaction(PLATFORM) as tx:
        person_keys.destroy(tx, made.person_id, audit="test")
    assert not [each for each in sent(database) if each.id in about]
    assert {each["last_error"] for each in rows("select * from mail_message") if each["id"] in about} == {
        "held-back-erased"
    }


def upload(db: Database, place: MadePlace, *, is_sent: bool, name: str = "Review") -> UUID:
    by = place.actor("practice-0")
    cohort_id = cohort.check(db, by, Upload(name, FILE, "Dr Asker"))
    if is_sent:
        cohort.send(db, by, cohort_id, leave_out=False)
        cohort_sending.run(db, cohort_id)
    return cohort_id


def test_files_know_them_no_more(
    database: Database, place: MadePlace, made: MadeReferral, rows: Rows
) -> None:
    upload(database, place, is_sent=True)
    assert [each["number_id"] is None for each in rows("select number_id from cohort_line")] == [False]
    (sent_id,) = [each["id"] for each in rows("select id from referral where status = 'received'")]
    triage.start(database, place.link_worker, sent_id)
    end(database, place, replace(made, id=sent_id))
    erase(database, place, made)
    (line,) = rows("select * from cohort_line")
    assert line["reference"]
    assert (line["request_id"], line["number_id"], line["names_id"], line["asked"]) == (None,) * 4


def test_nobody_is_erased_who_stands_in_a_file_that_waits(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    cohort_id = upload(database, place, is_sent=False)
    with pytest.raises(Conflict, match="waits to be sent"):
        erase(database, place, made)
    cohort.discard(database, place.actor("practice-0"), cohort_id)
    other = make_referral(database, place, ReferralStatus.CLOSED)
    upload(database, place, is_sent=False, name="Another")
    assert erase(database, place, other)


def test_pages_that_a_practice_began_for_them_are_gone_and_other_peoples_stay(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    practice = place.actor("practice-0")
    spaced = f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}"
    theirs = begun(database, place, Prefilled(family="Other", nhs_number=spaced))
    others = begun(
        database, place, Prefilled(given="Ada", family="Okonkwo", nhs_number=make_nhs_number(71_002))
    )
    erase(database, place, made)
    with pytest.raises(NotFound):
        prefilled.look(database, practice, theirs)
    assert prefilled.look(database, practice, others).family == "Okonkwo"


def begun(db: Database, place: MadePlace, person: Prefilled) -> str:
    return prefilled.begin(db, place.actor("practice-0"), person).rsplit("/", 1)[1]


def some(placement_id: UUID | None) -> UUID:
    assert placement_id is not None
    return placement_id
