"""How a referral ended, as the extract tells it: who said no, who did not answer, and nobody is lost from the count."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.policy import BESIDE, POLICY
from anonymiser.seal import open_sealed
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import END_REASONS, OutcomeState
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.dataset.extract import Extracted, write_extract
from app.services.helping import delivery
from app.services.measures import measures_taken
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, acknowledge, expire_overdue, make_ending, make_referral

FIELDS = {**POLICY, **BESIDE}
Records = Callable[[], tuple[Extracted, list[dict[str, Any]]]]


@pytest.fixture
def extract(database: Database, tmp_path: Path) -> Records:
    """Writes an extract and opens it."""
    make_keys(tmp_path / "keys")

    def write() -> tuple[Extracted, list[dict[str, Any]]]:
        told = write_extract(database, (tmp_path / "keys" / PUBLIC_KEY).read_bytes(), tmp_path / "out")
        with told.path.open("rb") as sealed:
            _, *lines = open_sealed(sealed, load_keys(tmp_path / "keys").private)
        return told, [json.loads(line) for line in lines]

    return write


def last_offer(admin: Engine, referral_id: UUID) -> UUID:
    query = text("select id from placement where referral_id = :id and status = 'offered'")
    with admin.connect() as connection:
        return UUID(str(connection.execute(query, {"id": referral_id}).scalar_one()))


def test_extract_tells_who_said_no_why_and_who_did_not_answer_before_help_was_found(
    database: Database, place: MadePlace, clock: Clock, admin: Engine, extract: Records
) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE, services=(0, 1, 2))
    first = made.placement_id
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    clock.now += timedelta(days=30)
    assert expire_overdue(database) == 1
    last = last_offer(admin, made.id)
    provider = place.actor("provider-2")
    delivery.accept(database, provider, last)
    delivery.start(database, provider, last)
    endings.complete(database, provider, last, make_ending(database.clock().date()))
    acknowledge(database, made)
    _, (record,) = extract()
    names = ("declines", "decline_reason", "unanswered", "end", "end_reason")
    assert [record[name] for name in names] == [1, "no-capacity", 1, "completed", "completed"]


def test_extract_of_a_referral_that_nobody_declined_says_none(
    database: Database, place: MadePlace, extract: Records
) -> None:
    make_referral(database, place, ReferralStatus.CLOSED)
    _, (record,) = extract()
    assert [record[name] for name in ("declines", "unanswered", "decline_reason")] == [0, 0, "none"]


@pytest.mark.parametrize("reason", END_REASONS)
def test_referral_that_ended_before_any_help_is_told_with_its_reason_and_no_provider(
    database: Database, place: MadePlace, extract: Records, reason: str
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    ending = replace(make_ending(database.clock().date()), reason=reason)
    endings.end_early(database, place.link_worker, made.id, ending)
    acknowledge(database, made)
    _, (record,) = extract()
    told = ("could-not-contact", "person-declined", "did-not-engage", "no-suitable-service")
    assert record["end_reason"] == (reason if reason in told else "other")
    assert (record["end"], record["provider_kind"], record["weeks_to_start"]) == ("ended-early", "none", None)
    assert all(FIELDS[name].allows(value) for name, value in record.items() if name != "record")


@pytest.mark.parametrize("state", OutcomeState)
def test_every_state_leaves_as_one_that_the_dataset_knows(
    database: Database, place: MadePlace, extract: Records, state: OutcomeState
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    endings.complete_by_link_worker(database, place.link_worker, made.id, Ending(Outcome(state, "", "")))
    acknowledge(database, made)
    _, (record,) = extract()
    untold = (OutcomeState.COULD_NOT_REACH, OutcomeState.NOT_ASKED)
    assert record["outcome"] == ("not-known" if state in untold else state)
    assert FIELDS["outcome"].allows(record["outcome"])


def test_answers_months_later_stay_inside(database: Database, place: MadePlace, extract: Records) -> None:
    made = make_referral(database, place, ReferralStatus.CLOSED)
    day = database.clock().date()
    later = Taken("ons4", Phase.FOLLOW_UP, {"happy": 0}, day, months=3)
    left_out = Taken("ons4", Phase.AFTER, {}, day, skipped="declined")
    measures_taken.record(database, place.link_worker, made.id, [later, left_out])
    _, (record,) = extract()
    assert (record["happy_before"], record["happy_after"]) == (3, 3)


def test_referral_that_was_taken_back_is_counted_with_an_outcome_that_is_not_known(
    database: Database, place: MadePlace, extract: Records
) -> None:
    make_referral(database, place, ReferralStatus.WITHDRAWN)
    told, (record,) = extract()
    assert told.excluded == {}
    assert [record[name] for name in ("outcome", "end", "end_reason")] == ["not-known", *["withdrawn"] * 2]
    assert all(FIELDS[name].allows(value) for name, value in record.items() if name != "record")


@pytest.mark.parametrize(
    ("reason", "counted"),
    [
        ("consent-withdrawn", "consent-withdrawn"),
        ("sent-by-mistake", "not-a-referral"),
        ("duplicate", "not-a-referral"),
    ],
)
def test_what_was_never_a_referral_or_is_no_longer_agreed_to_stays_here_and_is_counted(
    database: Database, place: MadePlace, extract: Records, reason: str, counted: str
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    endings.withdraw(database, place.link_worker, made.id, reason=reason)
    told, records = extract()
    assert (records, told.excluded) == ([], {counted: 1})


def test_referral_entered_in_error_is_not_even_looked_at(
    database: Database, place: MadePlace, admin: Engine, extract: Records
) -> None:
    make_referral(database, place, ReferralStatus.ENTERED_IN_ERROR)
    told, records = extract()
    assert (records, told.excluded) == ([], {})
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from extract_item")).scalar_one() == 0
