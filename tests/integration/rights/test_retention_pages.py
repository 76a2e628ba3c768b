"""The stewards' pages of keeping and erasing: what stands on them, what never does, and for whom they are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.follow_up import add_months
from app.domain.lifecycle import ReferralStatus
from app.services.retaining import listing, shown
from app.store import people
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.rights.keeping import decide, listed, reference_of
from tests.integration.web.conftest import Visitor

OPERATOR = system("command-line")
SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(database: Database, place: MadePlace, clock: Clock) -> MadeReferral:
    """A record whose time is over since this morning."""
    patient = Patient(street="3 Hidden Mews", postcode="E8 1EA")
    referral = make_referral(database, place, ReferralStatus.CLOSED, patient=patient)
    clock.set(add_months(clock.today, 96) + timedelta(days=1))
    assert listing.list_due(database) == 1
    return referral


@pytest.fixture
def path(database: Database, place: MadePlace, made: MadeReferral) -> str:
    return f"/retention/{listed(database, place)[0].what.id}"


@pytest.fixture
def steward(sign_in: SignIn, path: str) -> Visitor:
    return sign_in("steward")


def test_restricted_persons_place_is_on_no_page(
    database: Database, made: MadeReferral, path: str, steward: Visitor
) -> None:
    with database.transaction(OPERATOR) as tx:
        details = people.get(tx, made.person_id, audit="test").details
        people.record_details(tx, made.person_id, details, audit="test", restricted=True)
    seen = [steward.get(each).text for each in ("/retention", path, f"{path}/hold")]
    assert "kept secret" in seen[1]
    for canary in ("Okonkwo", "Hidden Mews", "E8 1EA", made.practice.name):
        assert not [page for page in seen if canary in page]


def test_each_word_stands_in_the_audit_with_who_said_it(
    database: Database, place: MadePlace, made: MadeReferral, path: str, second: str, admin: Engine
) -> None:
    decide(database, place, listed(database, place)[0].what.id)
    query = text("select act, actor from audit_event where person_id = :id")
    with admin.connect() as connection:
        said = {tuple(row) for row in connection.execute(query, {"id": made.person_id})}
    assert ("propose for retention", "process:retention") in said
    assert ("propose for retention", f"user:{place.actor('steward').user_id}") in said
    assert ("confirm for retention", f"user:{place.actor(second).user_id}") in said


def test_lists_teach_when_they_are_empty_and_have_a_second_page(
    database: Database, place: MadePlace, clock: Clock, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "SIZE", 1)
    steward = sign_in("steward")
    for show, words in (
        ("due", "8 years"),
        ("hold", "No record is on hold"),
        ("decided", "Nothing was decided"),
    ):
        assert words in steward.get(f"/retention?show={show}").text
    both = [make_referral(database, place, ReferralStatus.CLOSED) for _ in range(2)]
    clock.set(add_months(clock.today, 96) + timedelta(days=1))
    listing.list_due(database)
    steward = sign_in("steward")
    pages = [steward.get(f"/retention?page={number}").text for number in (1, 2)]
    references = [reference_of(database, place, each) for each in both]
    assert [[each in page for each in references].count(True) for page in pages] == [1, 1]


@pytest.mark.parametrize("username", ["link-worker", "practice-0", "provider-0", "analyst"])
def test_others_have_no_such_page(username: str, path: str, sign_in: SignIn) -> None:
    visitor = sign_in(username)
    for each in ("/retention", path, f"{path}/hold", "/retention/ask", "/retention/hold"):
        assert visitor.client.get(each).status_code == 403


def test_unknown_records_and_certificates_are_absent(path: str, steward: Visitor) -> None:
    for each in (f"/retention/{uuid4()}", f"/retention/holds/{uuid4()}", f"{path}/certificate"):
        assert steward.client.get(each).status_code == 404
