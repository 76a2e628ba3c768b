"""What an agreement must say, and for how long it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from app.domain.memberships import SEES_PEOPLE, Agreed, Agreement, Membership, agreement_problems

TODAY = date(2026, 11, 23)
TOLD = Agreement(uuid4(), uuid4(), ("see",), TODAY, "the treasurer", "phone")


def membership(told: Agreement = TOLD, ended_at: datetime | None = None) -> Membership:
    return Membership(uuid4(), told, "Anchor", "Tea on Thursdays", ended_at, "member" if ended_at else None)


def test_everything_wrong_with_an_agreement_is_said_at_once() -> None:
    wrong = Agreement(TOLD.anchor_id, TOLD.anchor_id, ("scores",), date(2027, 1, 1), " ", "rumour", TODAY)
    fields = {problem.field for problem in agreement_problems(wrong, TODAY)}
    assert fields == {"member", "kinds", "agreed_how", "agreed_by", "agreed_on", "until"}
    assert agreement_problems(TOLD, TODAY) == []


def test_an_agreement_for_nothing_is_none() -> None:
    (problem,) = agreement_problems(replace(TOLD, kinds=()), TODAY)
    assert problem.field == "kinds"


def test_it_holds_on_its_last_day_and_not_after() -> None:
    told = membership(replace(TOLD, until=TODAY))
    assert told.allows(SEES_PEOPLE, TODAY)
    assert not told.allows(SEES_PEOPLE, TODAY + timedelta(days=1))


def test_an_ended_agreement_allows_nothing() -> None:
    assert not membership(ended_at=datetime(2026, 11, 23, 9, tzinfo=UTC)).allows(set(Agreed), TODAY)


def test_keeping_the_directory_entry_shows_no_person() -> None:
    assert not membership(replace(TOLD, kinds=("directory",))).allows(SEES_PEOPLE, TODAY)
