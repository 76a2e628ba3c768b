"""Of several answers the one that stands is the newest of its own door: corrected, taken back, or beside another's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.domain.measures import About, Item, Library, Measure
from app.domain.my_page import asked_of
from app.domain.outcomes import Phase, Taken
from app.domain.standing import not_taken_back, replaced, standing

DAY = date(2026, 11, 22)
GARDEN = Measure("garden", "1", "Garden", About.OTHER, (Item("hands", "Hands?", 0, 10),), (), "Us", "Free")


def told(hands: int | None, phase: Phase = Phase.BEFORE, **more: Any) -> Taken:
    """One answer, or none where it was left out."""
    answers = {} if hands is None else {"hands": hands}
    return Taken(
        "garden", phase, answers, more.pop("on", DAY), skipped="declined" if hands is None else None, **more
    )


def hands(taken: list[Taken]) -> list[int | None]:
    return [each.answers.get("hands") for each in standing(taken)]


@pytest.mark.parametrize("phase", list(Phase))
def test_the_newest_of_one_door_stands_at_every_time(phase: Phase) -> None:
    months = 3 if phase is Phase.FOLLOW_UP else None
    slip, right = told(1, phase, months=months), told(4, phase, months=months)
    assert standing([slip, right]) == (right,)
    assert replaced([slip, right]) == (slip,)


def test_what_is_left_out_afterwards_takes_the_answer_away_and_an_answer_afterwards_brings_one() -> None:
    assert hands([told(1), told(None)]) == [None]
    assert hands([told(None), told(1)]) == [1]
    assert not_taken_back([told(1), told(None)]) == ()
    assert not_taken_back([told(None), told(1), told(2)]) == (told(1), told(2))


@pytest.mark.parametrize(
    "other",
    [
        {"said_by": "link-worker"},
        {"way": "link"},
        {"placement_id": uuid4()},
        {"phase": Phase.AFTER},
        {"phase": Phase.FOLLOW_UP, "months": 6},
    ],
)
def test_another_door_and_another_time_correct_nothing(other: dict[str, Any]) -> None:
    assert hands([told(1), told(4, **other)]) == [1, 4]


def test_who_answers_for_somebody_corrects_them() -> None:
    assert hands([told(1, said_by="person", way="link"), told(4, said_by="proxy", way="link")]) == [4]


def test_a_new_version_corrects_what_was_said_to_the_old() -> None:
    assert hands([told(1), told(4, version="2")]) == [4]


def test_what_stands_comes_by_its_day_whenever_it_was_written_down() -> None:
    paper = told(7, on=DAY - timedelta(days=9), way="paper")
    assert hands([told(1), paper]) == [7, 1]


def test_a_person_reads_their_baseline_as_they_corrected_it() -> None:
    (found,) = asked_of(Library((GARDEN,)), [told(1, way="link"), told(4, way="link")])
    assert [point.value for point in found.points] == [4]
    assert asked_of(Library((GARDEN,)), [told(1, way="link"), told(None, way="link")]) == ()
