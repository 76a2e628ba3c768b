"""When three attempts in a row without an answer ask for another way, and what a contact must hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.contacts import KeptContact, TeamContact, attempts, check_contact
from app.domain.errors import Invalid

MONDAY = date(2026, 3, 9)
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def made(day: int, came_of: str | None, **other: object) -> KeptContact:
    plain = KeptContact(
        id=uuid4(),
        how="phone",
        with_whom="person",
        came_of=came_of,
        reached=came_of == "spoke",
        happened_on=MONDAY + timedelta(days=day),
        minutes=None,
        note="",
        by="Amina",
        recorded_at=NOON + timedelta(days=day),
        of_team=True,
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def test_attempts_are_counted_back_to_the_last_time_somebody_was_reached() -> None:
    told = [made(0, "no-answer"), made(1, "spoke"), made(2, "no-answer"), made(3, "message-left")]
    assert attempts(told).in_a_row == 2
    assert attempts(told).since == NOON + timedelta(days=2)
    third = made(4, "no-answer")
    assert attempts([third, *told]).enough
    assert not attempts(told).enough


def test_what_was_taken_back_counts_for_nothing() -> None:
    told = [made(day, "no-answer") for day in range(3)]
    back = [*told[:2], replace(told[2], taken_back_at=NOON)]
    assert attempts(back).in_a_row == 2
    reached = made(3, "spoke", taken_back_at=NOON)
    assert attempts([*told, reached]).in_a_row == 3


@pytest.mark.parametrize(
    "between",
    [
        made(2, "spoke", with_whom="provider", reached=False),
        made(2, "spoke", with_whom="practice", reached=False),
        made(2, "did-not-come"),
        made(2, "sent", how="letter"),
        made(2, None, of_team=False, reached=False),
    ],
)
def test_contacts_that_are_no_attempt_neither_count_nor_begin_anew(between: KeptContact) -> None:
    told = [made(0, "no-answer"), made(1, "no-answer"), between, made(3, "no-answer")]
    assert attempts(told).in_a_row == 3


def test_an_answer_of_a_carer_and_of_a_provider_who_reached_them_begin_anew() -> None:
    for reached in (
        made(1, "spoke", with_whom="carer", reached=False),
        made(1, None, of_team=False, reached=True),
    ):
        assert attempts([made(0, "no-answer"), reached, made(2, "no-answer")]).in_a_row == 1


@pytest.mark.parametrize(("minutes", "counted"), [((0, 1, 2), 1), ((0, 59, 60), 2), ((0, 50, 100, 150), 2)])
def test_attempts_within_one_hour_are_one(minutes: tuple[int, ...], counted: int) -> None:
    told = [made(0, "no-answer", recorded_at=NOON + timedelta(minutes=each)) for each in minutes]
    assert attempts(told).in_a_row == counted
    assert attempts(told).since == NOON


def test_attempts_of_several_days_that_are_written_down_together_count_each() -> None:
    told = [made(day, "no-answer", recorded_at=NOON + timedelta(days=2, minutes=day)) for day in range(3)]
    assert attempts(told).in_a_row == 3


def test_letter_and_word_to_whoever_asked_are_known_to_be_done() -> None:
    told = [made(day, "no-answer") for day in range(3)]
    assert not attempts(told).letter_sent
    assert not attempts(told).asker_told
    assert attempts([*told, made(4, "sent", how="letter")]).letter_sent
    assert attempts([*told, made(4, "spoke", with_whom="practice", reached=False)]).asker_told
    assert not attempts([*told, made(4, "no-answer", with_whom="practice")]).asker_told
    long_ago = made(-2, "sent", how="letter")
    assert not attempts([long_ago, made(-1, "spoke"), *told]).letter_sent


def test_every_problem_of_a_contact_is_told_at_once() -> None:
    wrong = TeamContact(uuid4(), "pigeon", "cat", "purred", MONDAY + timedelta(days=1), -1, "x" * 2001)
    with pytest.raises(Invalid) as refused:
        check_contact(wrong, today=MONDAY, since=MONDAY - timedelta(days=9))
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"how", "with_whom", "came_of", "happened_on", "minutes", "note"}


def test_contact_before_the_referral_came_is_refused() -> None:
    early = TeamContact(uuid4(), "phone", "person", "spoke", MONDAY - timedelta(days=1))
    with pytest.raises(Invalid, match="9 March 2026"):
        check_contact(early, today=MONDAY, since=MONDAY)
    check_contact(replace(early, happened_on=MONDAY), today=MONDAY, since=MONDAY)
