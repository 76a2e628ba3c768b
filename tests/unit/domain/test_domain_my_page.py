"""What a person reads of their numbers: the words follow the numbers, and never call the person anything."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.came_of import STANDS, Became, Moved, by_need, came_line, moved
from app.domain.measures import About, Answer, Item, Measure, Scoring, Total, library_of
from app.domain.my_page import END, START, Asked, Point, asked_of, goal_of, looked_by
from app.domain.outcomes import Phase, Taken
from app.domain.vocabulary import OutcomeState

DAY = date(2026, 5, 4)
MOOD = Measure(
    "mood",
    "1",
    "Mood",
    About.HEALTH,
    (
        Item("low", "How often are you low?", 1, 3, higher_is_better=False, answers=(Answer(3, "Often"),)),
        Item("glad", "How often are you glad?", 1, 3),
    ),
    (Total("sum", "Mood in all", Scoring.SUM, 2, 6, ("low", "glad")),),
    "Invented",
    "Free",
)
LIBRARY = library_of([MOOD])


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (2, 7, "The last number is higher than at the start."),
        (7, 2, "The last number is lower than at the start."),
        (5, 5, "The last number is the same as the first."),
    ],
)
def test_sentence_says_what_the_number_did(first: int, last: int, said: str) -> None:
    (goal,) = goal_of("Walk to the shop", first, last)
    assert goal.sentence == f"At the start: {first}. At the end: {last}. {said}"


def test_goal_that_nobody_rated_is_not_there() -> None:
    assert goal_of("Walk to the shop", None, None) == ()


def test_first_answer_of_the_start_and_last_of_later_times_count_of_two_who_asked() -> None:
    taken = [
        Taken("mood", Phase.BEFORE, {"low": 3}, DAY),
        Taken("mood", Phase.BEFORE, {"low": 1}, DAY, said_by="link-worker"),
        Taken("mood", Phase.AFTER, {"low": 2}, DAY),
        Taken("mood", Phase.AFTER, {"low": 1}, DAY, said_by="link-worker"),
        Taken("mood", Phase.FOLLOW_UP, {"low": 2}, DAY, months=6),
        Taken("mood", Phase.FOLLOW_UP, {"low": 3}, DAY, months=3),
    ]
    (low,) = asked_of(LIBRARY, taken)
    assert [(point.when, point.value) for point in low.points] == [
        (START, 3),
        (END, 1),
        ("3 months after", 3),
        ("6 months after", 2),
    ]
    assert low.points[0].told == "Often (3)"
    assert low.direction == "From 1 to 3. 1 is the best."


def test_sum_stands_behind_its_questions_and_in_no_picture() -> None:
    found = asked_of(LIBRARY, [Taken("mood", Phase.BEFORE, {"low": 3, "glad": 1}, DAY)])
    assert [each.whole for each in found] == ["", "", "Mood"]
    assert found[-1].question == "All together: Mood in all"


def test_what_was_left_out_or_has_no_file_is_not_there() -> None:
    skipped = Taken("mood", Phase.BEFORE, {}, DAY, skipped="declined")
    gone = Taken("gone", Phase.BEFORE, {"a": 1}, DAY)
    assert asked_of(LIBRARY, [skipped, gone]) == ()


def test_one_answer_alone_is_compared_with_nothing() -> None:
    asked = Asked("How glad?", 1, 3, True, (Point(END, 2),))
    assert asked.sentence == "At the end: 2. You were asked once so far."


def test_who_looked_comes_in_the_order_of_the_words_with_each_day_once() -> None:
    reads = [("b", DAY), ("a", DAY), ("b", DAY.replace(day=5)), ("b", DAY), ("machine", DAY)]
    found = looked_by(reads, {"a": "Team", "b": "Group"})
    assert [(each.who, [day.day for day in each.days]) for each in found] == [
        ("Team", [4]),
        ("Group", [5, 4]),
    ]


def became(**values: object) -> Became:
    usual: dict[str, object] = {
        "needs": ("food",),
        "status": "closed",
        "received_on": DAY,
        "answered": True,
        "started_on": DAY.replace(day=18),
        "state": OutcomeState.BETTER,
    }
    return Became(**(usual | values))  # type: ignore[arg-type]


def test_every_referral_is_in_one_state_and_those_taken_back_in_no_rate() -> None:
    referrals = [
        became(),
        became(state=OutcomeState.WORSE, started_on=DAY.replace(day=11)),
        became(state=None),
        became(status="active", state=None, started_on=None),
        became(status="withdrawn", state=None, answered=False, started_on=None),
    ]
    line = came_line("food", referrals)
    assert sum(line.stands.values()) == line.referrals == len(referrals)
    assert {stand: count for stand, count in line.stands.items() if count} == {
        "better": 1,
        "worse": 1,
        "not-known": 1,
        "under-way": 1,
        "taken-back": 1,
    }
    assert (line.counted, line.answered, line.started, line.helped, line.fed_back) == (4, 4, 3, 1, 3)
    assert line.wait_weeks == 2
    assert (line.told_here, line.loaded) == (4, 0)


def test_part_that_ended_well_while_the_rest_goes_on_is_no_better_end_in_any_number() -> None:
    line = came_line("food", [became(), became(status="active"), became(status="withdrawn")])
    assert line.helped == line.stands["better"] == 1


def test_loaded_referrals_are_in_no_rate_of_what_was_fed_back() -> None:
    line = came_line("food", [became(), became(loaded=True)])
    assert (line.counted, line.told_here, line.loaded, line.fed_back) == (2, 1, 1, 1)


def test_states_are_all_there_also_when_nobody_is_in_them() -> None:
    assert tuple(came_line("food", []).stands) == STANDS
    assert set(came_line("food", []).stands.values()) == {0}


def test_needs_keep_the_order_of_the_list_whatever_their_numbers() -> None:
    referrals = [became(needs=("housing",)), became(needs=("housing",)), became(needs=("housing", "food"))]
    lines = by_need(referrals, ["food", "money-advice", "housing"])
    assert [(line.need, line.referrals) for line in lines] == [("food", 1), ("housing", 3)]


def test_change_smaller_than_what_matters_counts_as_the_same() -> None:
    scale = Moved("Anxious", False, 0, 10, asked=5, paired=0)
    found = moved(scale, [(8, 4), (8, 7), (3, 3), (2, 5)], matters=3)
    assert (found.paired, found.better, found.same, found.worse) == (4, 1, 2, 1)


def test_without_a_pair_there_is_no_mean() -> None:
    found = moved(Moved("Anxious", False, 0, 10, asked=2, paired=0), [], matters=None)
    assert (found.before, found.change, found.asked) == (None, None, 2)
