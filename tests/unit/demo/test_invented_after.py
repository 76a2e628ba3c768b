"""What came after the help of the invented year is what its numbers say, and leaves all else as it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import sqrt
from statistics import fmean, stdev

import pytest

from app.demo.past import people
from app.demo.past_after import kept_effect
from app.demo.past_extract import extract_records
from app.demo.past_help import effect
from app.demo.year import numbers
from app.domain.characteristics import PREFER_NOT
from app.domain.follow_up import FollowUpStatus
from app.domain.outcomes import SKIP_REASONS
from app.services.measures.characteristics import questions
from app.services.measures.milestones import the_list
from app.store.history import PastEpisode, PastPerson
from app.store.history_after import PastAfter

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def year() -> Sequence[PastPerson]:
    return people(NOW)


@pytest.fixture(scope="module")
def episodes(year: Sequence[PastPerson]) -> Sequence[PastEpisode]:
    return [episode for person in year for episode in person.episodes]


def test_many_are_asked_and_each_way_that_it_can_end_is_there(episodes: Sequence[PastEpisode]) -> None:
    told = numbers()["after"]
    for at, months in enumerate(told["months"]):
        asked = [one for each in episodes for one in each.after.asked if one.months == months]
        settled = [one for one in asked if one.status is not FollowUpStatus.PLANNED]
        assert len(settled) > 1_000
        counted = Counter(str(one.status) for one in settled)
        for state, shares in told["states"].items():
            assert counted[state] / len(settled) == pytest.approx(shares[at], abs=0.04), (months, state)
        assert all(bool(one.answers) == (one.status is FollowUpStatus.ANSWERED) for one in asked)
        assert all((one.due_on > NOW.date()) == (one.status is FollowUpStatus.PLANNED) for one in asked)
    assert any(one.status is FollowUpStatus.PLANNED for each in episodes for one in each.after.asked)


def test_nobody_is_asked_who_was_not_helped(episodes: Sequence[PastEpisode]) -> None:
    away = [each for each in episodes if each.waited is None or each.end_reason in ("did-not-engage", "died")]
    assert away
    assert not [each for each in away if each.after.asked]


@pytest.mark.parametrize("months", [3, 6])
@pytest.mark.parametrize("need", ["social-connection", "mental-wellbeing", "money-advice", "housing"])
def test_part_of_the_effect_is_kept(episodes: Sequence[PastEpisode], need: str, months: int) -> None:
    moved = [
        sum(dict(one.answers)["ucla3"].values()) - sum(before.values())
        for each in episodes
        if each.need == need
        for measure, phase, before in each.measures
        if (measure, phase) == ("ucla3", "before")
        for one in each.after.asked
        if one.months == months and one.answers
    ]
    assert len(moved) > 40
    off = abs(fmean(moved) - kept_effect(need, "loneliness", months))
    assert off < 3 * stdev(moved) / sqrt(len(moved))
    assert abs(kept_effect(need, "loneliness", months)) <= abs(effect(need, "loneliness"))


def test_codes_are_those_of_the_lists(year: Sequence[PastPerson], episodes: Sequence[PastEpisode]) -> None:
    skipped = {reason for each in episodes for _, _, reason in each.after.skipped}
    assert skipped == set(SKIP_REASONS) - {"other"}
    known = {one.code for group in the_list().groups for one in group.milestones}
    reached = {code for each in episodes for code, _ in each.after.milestones}
    assert len(reached) > 10
    assert reached <= known
    answers = {question.code: {*question.answers, PREFER_NOT} for question in questions()}
    told = [(code, said) for person in year for code, said in person.characteristics.items()]
    assert len(told) > 500
    assert all(set(said) <= answers[code] for code, said in told)


def test_the_dataset_knows_nothing_of_it(year: Sequence[PastPerson]) -> None:
    without = [
        replace(
            person, characteristics={}, episodes=tuple(replace(e, after=PastAfter()) for e in person.episodes)
        )
        for person in year
    ]
    assert extract_records(year) == extract_records(without)


def test_people_who_were_helped_to_the_end_say_how_the_help_was(episodes: Sequence[PastEpisode]) -> None:
    told, found = numbers()["experience"], Counter[int]()
    ended = [each for each in episodes if each.waited is not None and each.end_reason is None]
    for each in episodes:
        said = [answers["help"] for measure, _, answers in each.measures if measure == "service-experience"]
        assert len(said) <= (each.waited is not None and each.end_reason is None)
        found.update(said)
    assert found.total() / len(ended) == pytest.approx(told["answered"], abs=0.04)
    for answer, weight in told["said"].items():
        assert found[int(answer)] / found.total() == pytest.approx(weight / 100, abs=0.03), answer
