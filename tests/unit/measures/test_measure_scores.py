"""Each shipped scorer gives the numbers that its authors publish, and never more than the answers tell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.measures import Audience, Item, Measure, Scoring, Total
from app.services.measures.measure_library import shipped

LIBRARY = shipped()
TOTALS = [(measure, total) for measure in LIBRARY.measures for total in measure.totals]
SUMS = [pair for pair in TOTALS if pair[1].scoring is Scoring.SUM]
# raw sum -> metric score, as the University of Warwick publishes it (SWEMWBS conversion table)
_SCORES = "7.00 9.51 11.25 12.40 13.33 14.08 14.75 15.32 15.84 16.36 16.88 17.43 17.98 18.59 19.25"
_SCORES += " 19.98 20.73 21.54 22.35 23.21 24.11 25.03 26.02 27.03 28.13 29.31 30.70 32.55 35.00"
METRIC = dict(zip(range(7, 36), map(float, _SCORES.split()), strict=True))
PHQ9_BANDS = [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate")]
PHQ9_BANDS += [(15, "moderately severe"), (19, "moderately severe"), (20, "severe"), (27, "severe")]
GAD7_BANDS = [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate")]
GAD7_BANDS += [(15, "severe"), (21, "severe")]


def named(pair: tuple[Measure, Total]) -> str:
    return f"{pair[0].code}-{pair[1].code}"


def summing_to(measure: Measure, wanted: int) -> dict[str, int]:
    """Answers to all items with this sum, filled from the first item on."""
    left = wanted - sum(item.low for item in measure.items)
    answers = {}
    for item in measure.items:
        more = min(left, item.high - item.low)
        answers[item.code], left = item.low + more, left - more
    assert left == 0
    return answers


def answers_to(items: tuple[Item, ...]) -> st.SearchStrategy[Mapping[str, int]]:
    return st.fixed_dictionaries({item.code: st.integers(item.low, item.high) for item in items})


@pytest.mark.parametrize(("raw", "metric"), METRIC.items())
def test_swemwbs_is_turned_into_the_published_metric_score(raw: int, metric: float) -> None:
    measure = LIBRARY.get("swemwbs")
    assert measure.scores(summing_to(measure, raw))["metric"] == metric


@pytest.mark.parametrize(("total", "band"), PHQ9_BANDS)
def test_phq9_bands_hold_both_their_ends(total: int, band: str) -> None:
    measure = LIBRARY.get("phq9")
    scores = measure.scores(summing_to(measure, total))
    assert scores["depression"] == total
    assert measure.band("depression", scores["depression"]) == band


@pytest.mark.parametrize(("total", "band"), GAD7_BANDS)
def test_gad7_bands_hold_both_their_ends(total: int, band: str) -> None:
    measure = LIBRARY.get("gad7")
    assert measure.band("anxiety", measure.scores(summing_to(measure, total))["anxiety"]) == band


@pytest.mark.parametrize(
    ("code", "total", "low", "high", "higher_is_better"),
    [
        ("ucla3", "loneliness", 3, 9, False),
        ("wemwbs", "wellbeing", 14, 70, True),
        ("swemwbs", "metric", 7, 35, True),
        ("phq9", "depression", 0, 27, False),
        ("gad7", "anxiety", 0, 21, False),
    ],
)
def test_totals_run_as_far_as_their_authors_say_and_in_their_direction(
    code: str, total: str, low: int, high: int, *, higher_is_better: bool
) -> None:
    measure = LIBRARY.get(code)
    lowest = measure.scores({item.code: item.low for item in measure.items})
    highest = measure.scores({item.code: item.high for item in measure.items})
    assert (lowest[total], highest[total]) == (low, high)
    assert measure.higher_is_better(total) is higher_is_better


def test_three_points_of_wemwbs_matter_and_two_do_not() -> None:
    measure = LIBRARY.get("wemwbs")
    assert [measure.direction("wellbeing", 40, after) for after in (43, 42, 40, 38, 37)] == [1, 0, 0, 0, -1]


@pytest.mark.parametrize(
    ("code", "item"),
    [("ons4", "anxious"), ("ucla3", "loneliness"), ("phq9", "depression"), ("own-concerns", "wellbeing")],
)
def test_where_lower_is_better_a_lower_number_is_a_change_for_the_better(code: str, item: str) -> None:
    measure = LIBRARY.get(code)
    assert (measure.direction(item, 5, 4), measure.direction(item, 4, 5)) == (1, -1)


def test_never_lonely_is_better_than_often_and_is_a_kind_that_nobody_averages() -> None:
    measure = LIBRARY.get("ons-loneliness")
    (item,) = measure.items
    assert item.is_category
    assert [item.words_of(value) for value in (1, 5)] == ["Often or always", "Never"]
    assert measure.direction(item.code, 1, 5) == 1


def test_goal_progress_carries_its_snomed_code() -> None:
    (item,) = LIBRARY.get("goal-progress").items
    assert [(each.system, each.code) for each in item.codings] == [
        ("http://snomed.info/sct", "959951000000108")
    ]
    assert (item.low, item.high) == (0, 10)


@pytest.mark.parametrize(("answer", "alerts"), [(0, False), (1, True), (2, True), (3, True)])
def test_the_ninth_item_of_phq9_alerts_above_nothing(answer: int, *, alerts: bool) -> None:
    measure = LIBRARY.get("phq9")
    assert measure.alerts({"q9": answer}) is alerts


@given(answers=answers_to(LIBRARY.get("phq9").items[:8]))
def test_no_other_item_of_phq9_alerts(answers: Mapping[str, int]) -> None:
    assert not LIBRARY.get("phq9").alerts(answers)
    assert not LIBRARY.get("phq9").alerts({**answers, "q9": 0})


def test_only_phq9_alerts_and_single_answers_of_phq9_and_gad7_stay_in_the_team() -> None:
    alerting = {m.code for m in LIBRARY.measures if any(i.alerts_above is not None for i in m.items)}
    inside = {m.code for m in LIBRARY.measures if m.audience is Audience.LINK_WORKER}
    assert (alerting, inside) == ({"phq9"}, {"phq9", "gad7"})


@pytest.mark.parametrize("pair", TOTALS, ids=named)
@given(data=st.data())
def test_a_total_lies_within_its_range_and_in_one_of_its_bands(
    pair: tuple[Measure, Total], data: st.DataObject
) -> None:
    measure, total = pair
    score = measure.scores(data.draw(answers_to(measure.items)))[total.code]
    assert total.low <= score <= total.high
    assert (measure.band(total.code, score) is not None) == bool(total.bands)


@pytest.mark.parametrize("pair", TOTALS, ids=named)
@given(data=st.data())
def test_a_missing_item_gives_no_total(pair: tuple[Measure, Total], data: st.DataObject) -> None:
    measure, total = pair
    answers = dict(data.draw(answers_to(measure.items)))
    del answers[data.draw(st.sampled_from(total.items))]
    assert measure.scores(answers) == answers


@pytest.mark.parametrize("pair", SUMS, ids=named)
@given(data=st.data())
def test_one_point_more_in_one_answer_is_one_point_more_in_a_sum(
    pair: tuple[Measure, Total], data: st.DataObject
) -> None:
    measure, total = pair
    answers = dict(data.draw(answers_to(measure.items)))
    item = measure.item(data.draw(st.sampled_from(total.items)))
    assert item is not None
    answers[item.code] = data.draw(st.integers(item.low, item.high - 1))
    before = measure.scores(answers)[total.code]
    answers[item.code] += 1
    assert measure.scores(answers)[total.code] == before + 1


@given(data=st.data())
def test_a_higher_sum_never_gives_a_lower_metric_score(data: st.DataObject) -> None:
    measure = LIBRARY.get("swemwbs")
    low, high = sorted(data.draw(st.tuples(st.integers(7, 35), st.integers(7, 35))))
    scores = [measure.scores(summing_to(measure, raw))["metric"] for raw in (low, high)]
    assert scores == sorted(scores)
