"""What becomes of a record, at the doors: one steward says it, another confirms it; nobody alone, nothing unread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.follow_up import add_months
from app.domain.lifecycle import ReferralStatus
from app.domain.retention_review import Proposal, Verdict
from app.services.retaining import deciding, ledger, listing, shown
from app.store import people
from app.store.session import Database
from tests.conftest import Clock, TestDatabase
from tests.factories import PASSWORD, MadePlace, MadeReferral, Patient, make_referral
from tests.integration.rights.keeping import (
    WORDS,
    copied,
    decide,
    listed,
    on_hold,
    reference_of,
    take_up,
)
from tests.integration.web.conftest import Visitor

OPERATOR = system("command-line")
SignIn = Callable[[str], Visitor]
Counted = Callable[[str], int]
_ADDRESS = Patient(street="3 Hidden Mews", postcode="E8 1EA")


@pytest.fixture
def made(database: Database, place: MadePlace, clock: Clock) -> MadeReferral:
    """A record whose time is over since this morning."""
    referral = make_referral(database, place, ReferralStatus.CLOSED, patient=_ADDRESS)
    clock.set(add_months(clock.today, 96) + timedelta(days=1))
    assert listing.list_due(database) == 1
    return referral


@pytest.fixture
def path(database: Database, place: MadePlace, made: MadeReferral) -> str:
    return f"/retention/{listed(database, place)[0].what.id}"


@pytest.fixture
def steward(sign_in: SignIn, path: str) -> Visitor:
    return sign_in("steward")


@pytest.fixture
def other(sign_in: SignIn, second: str, path: str) -> Visitor:
    return sign_in(second)


def family_of(database: Database, made: MadeReferral) -> str | None:
    with database.transaction(OPERATOR) as tx:
        return people.get(tx, made.person_id, audit="test").details.family


def mark_on(visitor: Visitor, path: str) -> str:
    return next(str(each["value"]) for each in visitor.get(path).inputs if each.get("name") == "mark")


def propose(visitor: Visitor, path: str, **form: str) -> int:
    sent = {"verdict": "erase", "words": ""} | form
    return visitor.send(f"{path}/propose", sent, at=path).status_code


def confirm(visitor: Visitor, path: str, mark: str) -> int:
    return visitor.send(f"{path}/confirm", {"mark": mark}, at=path).status_code


def test_two_stewards_erase_a_record_and_have_its_certificate(
    database: Database, place: MadePlace, made: MadeReferral, path: str, steward: Visitor, other: Visitor
) -> None:
    reference = reference_of(database, place, made)
    page = steward.get(path)
    assert reference in page.text
    assert "What would go, and what would stay" in page.text
    assert propose(steward, path) == 303
    assert family_of(database, made) == "Okonkwo"
    assert "This is your own word" in steward.get(path).text
    assert confirm(other, path, mark_on(other, path)) == 303
    assert not family_of(database, made)
    certificate = other.get(f"{path}/certificate").text
    assert "Certificate of erasure" in certificate
    assert "Why: adult." in certificate
    assert f'"person_id": "{made.person_id}"' in "".join(ledger.ledger(database, OPERATOR))
    assert "Certificate" in steward.get("/retention?show=decided").text
    assert reference not in steward.get("/retention").text


def test_who_proposed_cannot_confirm(
    database: Database, made: MadeReferral, path: str, steward: Visitor, counted: Counted
) -> None:
    propose(steward, path)
    mark = mark_on(steward, path)
    refused = steward.send(f"{path}/confirm", {"mark": mark}, at=path)
    assert refused.status_code == 409
    assert "two people decide together" in refused.text
    assert family_of(database, made) == "Okonkwo"
    assert counted("erasure") == 0


def test_database_itself_takes_no_two_words_of_one_person(
    database: Database, place: MadePlace, path: str, steward: Visitor, admin: Engine
) -> None:
    propose(steward, path)
    alone = "update retention_review set decided_by = proposed_by, decided_at = now()"
    with admin.connect() as connection, pytest.raises(Exception, match="two_people"):
        connection.execute(text(alone))


def test_keeping_longer_needs_a_reason_a_day_and_two(
    database: Database, place: MadePlace, path: str, steward: Visitor, other: Visitor, clock: Clock
) -> None:
    refused = steward.send(f"{path}/propose", {"verdict": "keep", "words": "Too short"}, at=path)
    assert refused.status_code == 400
    for field in ("reason", "until_day", "words"):
        assert f'href="#{field}"' in refused.text
    assert "Too short" in refused.text
    day = add_months(clock.today, 12)
    when = {"until_day": str(day.day), "until_month": str(day.month), "until_year": str(day.year)}
    assert propose(steward, path, verdict="keep", reason="claim", words=WORDS, **when) == 303
    assert WORDS in other.get(path).text
    assert confirm(other, path, mark_on(other, path)) == 303
    review = shown.list_reviews(database, place.actor("steward"), is_open=False, number=1).lines[0].what
    assert (review.status, review.keep_until) == ("kept", day)


@pytest.mark.parametrize("months", [0, 20 * 12 + 1])
def test_day_in_the_past_or_too_far_is_refused(
    months: int, path: str, steward: Visitor, clock: Clock
) -> None:
    day = add_months(clock.today, months)
    when = {"until_day": str(day.day), "until_month": str(day.month), "until_year": str(day.year)}
    assert propose(steward, path, verdict="keep", reason="claim", words=WORDS, **when) == 400
    nonsense = {"until_day": "31", "until_month": "2", "until_year": "2050"}
    assert propose(steward, path, verdict="keep", reason="claim", words=WORDS, **nonsense) == 400


def test_yes_to_a_proposal_that_was_changed_meanwhile_does_nothing(
    database: Database,
    place: MadePlace,
    made: MadeReferral,
    path: str,
    steward: Visitor,
    other: Visitor,
    clock: Clock,
) -> None:
    until = add_months(clock.today, 12)
    review_id = listed(database, place)[0].what.id
    kept = Proposal(Verdict.KEEP, WORDS, "claim", until)
    deciding.propose(database, place.actor("steward"), review_id, kept)
    read = mark_on(other, path)
    assert steward.send(f"{path}/send-back", {"mark": read}, at=path).status_code == 303
    clock.advance(seconds=30)
    assert propose(steward, path) == 303
    assert confirm(other, path, read) == 409
    assert family_of(database, made) == "Okonkwo"


def test_second_click_erases_nothing_twice(
    made: MadeReferral, path: str, steward: Visitor, other: Visitor, counted: Counted
) -> None:
    propose(steward, path)
    assert propose(other, path) == 409
    mark = mark_on(other, path)
    assert confirm(other, path, mark) == 303
    again = other.client.post(
        f"{path}/confirm", data={"mark": mark, "csrf_token": other.get("/retention").token}
    )
    assert again.status_code in (400, 409)
    assert counted("erasure") == 1


def test_no_takes_the_proposal_off(
    database: Database, place: MadePlace, path: str, steward: Visitor, other: Visitor
) -> None:
    propose(steward, path)
    assert other.send(f"{path}/send-back", {"mark": mark_on(other, path)}, at=path).status_code == 303
    assert listed(database, place)[0].what.status == "due"


def test_record_on_hold_or_helped_again_is_not_erased(
    database: Database, place: MadePlace, made: MadeReferral, path: str, steward: Visitor, other: Visitor
) -> None:
    propose(steward, path)
    mark = mark_on(other, path)
    make_referral(database, place, ReferralStatus.IN_TRIAGE, patient=_ADDRESS)
    refused = other.send(f"{path}/confirm", {"mark": mark}, at=path)
    assert (refused.status_code, "end it first" in refused.text) == (409, True)
    on_hold(database, place, made)
    assert confirm_anyway(other, path, mark) == 409
    assert family_of(database, made) == "Okonkwo"


def confirm_anyway(visitor: Visitor, path: str, mark: str) -> int:
    """Send the form of a page that is not shown any more."""
    return visitor.send(f"{path}/confirm", {"mark": mark}, at="/account").status_code


def test_record_whose_time_is_not_over_any_more_stays(
    database: Database, place: MadePlace, made: MadeReferral, path: str, steward: Visitor, other: Visitor
) -> None:
    propose(steward, path)
    mark = mark_on(other, path)
    make_referral(database, place, ReferralStatus.WITHDRAWN, patient=_ADDRESS)
    assert confirm(other, path, mark) == 409
    assert family_of(database, made) == "Okonkwo"


def test_referrals_of_two_organisations_go_together(
    database: Database, place: MadePlace, made: MadeReferral, second: str, clock: Clock, admin: Engine
) -> None:
    told = {"patient": _ADDRESS, "practice": place.practices[1], "services": (1,)}
    make_referral(database, place, ReferralStatus.CLOSED, **told)  # type: ignore[arg-type]
    clock.set(add_months(clock.today, 96) + timedelta(days=1))
    listing.list_due(database)
    (line,) = listed(database, place)
    assert len(line.parts) == 2
    decide(database, place, line.what.id)
    with admin.connect() as connection:
        query = text("select original_bundle_id from referral where person_id = :id")
        assert connection.execute(query, {"id": made.person_id}).scalars().all() == ["", ""]


def test_what_cannot_be_taken_back_asks_who_it_is(
    path: str, steward: Visitor, clock: Clock, counted: Counted
) -> None:
    clock.advance(minutes=6)
    steward.client.environ_base["HTTP_REFERER"] = f"http://localhost{path}"
    asked = steward.send(f"{path}/propose", {"verdict": "erase"}, at=path)
    assert asked.location == f"/account/confirm?next={path}"
    assert counted("retention_review where status = 'proposed'") == 0
    assert steward.send("/account/confirm", {"password": PASSWORD, "next": path}).location == path
    assert propose(steward, path) == 303


def test_after_a_restore_the_ledger_erases_what_two_decided_and_settles_the_list(
    database: Database,
    place: MadePlace,
    made: MadeReferral,
    path: str,
    second: str,
    test_database: TestDatabase,
    restored: Engine,
    tmp_path: Path,
) -> None:
    if test_database.bin_dir is None:
        pytest.skip("pg_dump comes with the embedded server")
    before = copied(test_database, tmp_path)
    decide(database, place, listed(database, place)[0].what.id)
    kept = list(ledger.ledger(database, OPERATOR))
    take_up(test_database, before, restored)
    old = Database(restored, cipher=database.cipher, clock=database.clock, wake=database.wake)
    assert family_of(old, made) == "Okonkwo"
    assert len(listed(old, place)) == 1
    assert ledger.replay(old, OPERATOR, kept).erased == 1
    assert not family_of(old, made)
    assert not listed(old, place)
