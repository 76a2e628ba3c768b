"""Which scales are compared, in which direction, and from what size on a change counts."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from app.domain.measure_parts import About, Item, Scoring, Total
from app.domain.measures import Measure, library_of
from app.domain.outcomes import Phase, Taken
from app.services.evaluation.pack_cases import Case
from app.services.evaluation.pack_changes import Scale, changes_of, interval, sense, series_of
from app.store.evaluation import Came
from app.store.people_counted import Facts

DAY = date(2026, 3, 2)


def measure(version: str, *, high: int = 10, total: bool = False) -> Measure:
    """A measure of two items, with or without their sum."""
    items = tuple(Item(code, f"Question {code}", 0, high) for code in ("second", "first"))
    totals = (Total("sum", "The sum", Scoring.SUM, 0, 2 * high, ("first", "second")),) if total else ()
    return Measure("made-up", version, "Made up", About.OTHER, items, totals, "Nobody", "None")


def case(*taken: Taken) -> Case:
    """Somebody whose help has ended, with these answers."""
    came = Came(
        uuid4(),
        uuid4(),
        uuid4(),
        "BK-1",
        uuid4(),
        uuid4(),
        "completed",
        None,
        ("food",),
        "practice",
        DAY,
        DAY,
        DAY,
        DAY,
    )
    return Case(came, Facts(None, None, None, None, may_be_counted=True), None, measures=taken)


def answer(phase: Phase, value: int, version: str = "1", **more: int) -> Taken:
    """Both items answered alike."""
    return Taken("made-up", phase, {"first": value, "second": value}, DAY, version=version, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "higher_is_better", "is_now"),
    [
        (40, 43, True, "better"),
        (40, 42, True, "same"),
        (40, 37, True, "worse"),
        (40, 37, False, "better"),
        (40, 43, False, "worse"),
        (40, 40, True, "same"),
    ],
)
def test_a_change_counts_from_the_size_that_matters_on(
    before: int, after: int, higher_is_better: bool, is_now: str
) -> None:
    scale = Scale("made-up.sum", "Made up", "The sum", 14, 70, higher_is_better, matters=3)
    assert sense(scale, before, after) == is_now


def test_without_such_a_size_any_change_counts() -> None:
    scale = Scale("made-up.first", "Made up", "Question", 0, 10, higher_is_better=True)
    assert sense(scale, 4, 5) == "better"


def test_totals_are_told_in_place_of_their_items_and_items_in_the_order_of_the_measure() -> None:
    cases = [case(answer(Phase.BEFORE, 2), answer(Phase.AFTER, 3))]
    with_total = series_of(cases, library_of([measure("1", total=True)]))
    assert [each.scale.key for each in with_total] == ["made-up.sum"]
    without = series_of(cases, library_of([measure("1")]))
    assert [each.scale.key for each in without] == ["made-up.second", "made-up.first"]


def test_answers_to_two_versions_make_no_pair_and_each_version_is_told_apart() -> None:
    library = library_of([measure("1"), measure("2", high=5)])
    cases = [
        case(answer(Phase.BEFORE, 2, "1"), answer(Phase.AFTER, 3, "2")),
        case(answer(Phase.BEFORE, 4, "1"), answer(Phase.AFTER, 7, "1")),
    ]
    found = {each.scale.key: each for each in series_of(cases, library)}
    assert {key: len(each.pairs) for key, each in found.items()} == {
        "made-up.first": 0,
        "made-up.second": 0,
        "made-up@1.first": 1,
        "made-up@1.second": 1,
    }
    assert found["made-up@1.first"].scale.high == 10
    assert "version 1" in found["made-up@1.first"].scale.measure


def test_each_follow_up_is_set_beside_the_start() -> None:
    told = [
        answer(Phase.BEFORE, 2),
        answer(Phase.FOLLOW_UP, 5, months=6),
        answer(Phase.FOLLOW_UP, 4, months=3),
    ]
    changes = changes_of([case(*told)] * 1, library_of([measure("1", total=True)]), date(2026, 11, 22))
    assert [each.phase for each in changes] == ["after", "follow-up-3", "follow-up-6"]
    assert "6 months after" in changes[-1].method


def test_answers_whose_measure_is_gone_are_left_out() -> None:
    assert not series_of([case(answer(Phase.BEFORE, 1), answer(Phase.AFTER, 2))], library_of([]))


def test_answers_that_are_kinds_have_no_mean_and_are_told_better_or_worse() -> None:
    item = Item("lonely", "How often do you feel lonely?", 1, 5, is_category=True)
    kinds = Measure("kinds", "1", "Kinds", About.ISOLATION, (item,), (), "Nobody", "None")
    told = [
        Taken("kinds", phase, {"lonely": value}, DAY)
        for phase, value in ((Phase.BEFORE, 2), (Phase.AFTER, 4))
    ]
    (found,) = changes_of([case(*told) for _ in range(12)], library_of([kinds]), date(2026, 11, 22))
    assert (found.before, found.after, found.change) == (None, None, None)
    assert (found.paired.people, found.better.people, found.worse.people) == (10, 10, 0)


def test_interval_of_one_and_the_same_answer_does_not_tell_that_all_said_the_same() -> None:
    found = interval([3.0] * 12, 0.5)
    assert (found.mean, found.low, found.high) == (3.0, 2.5, 3.5)
