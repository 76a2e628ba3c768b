"""Figures out of published numbers: shares from what is printed alone, orders that say nothing of merit."""

from __future__ import annotations

import pytest

from app.domain.errors import NotFound
from app.services.dataset import dashboards
from app.services.dataset.releases import Cell
from app.web.analysts import dataset_words


def cells(by: str, measure: str, told: dict[str, dict[str, int | None]]) -> list[Cell]:
    table = f"{measure}-by-{by}"
    return [
        Cell(table, by, value, measure, answer, people, "small" if people is None else "shown")
        for value, answers in told.items()
        for answer, people in answers.items()
    ]


UPTAKE = cells(
    "gender",
    "uptake",
    {
        "female": {"attended": 60, "not attended": 20},
        "male": {"attended": 30, "not attended": None},
        "other": {"attended": None, "not attended": 0},
        "unknown": {"attended": 0, "not attended": 0},
    },
)


def figure(told: list[Cell]) -> dashboards.Figure:
    (found,) = dashboards.shape(told).values()
    return found


def test_share_is_of_the_printed_numbers() -> None:
    line = figure(UPTAKE).lines[0]
    assert line.value == "female"
    assert line.share("attended") == dashboards.Share(75.0)


def test_share_beside_a_withheld_number_is_of_those_shown() -> None:
    male = next(line for line in figure(UPTAKE).lines if line.value == "male")
    assert male.share("attended") == dashboards.Share(100.0, of_shown=True)
    assert male.share("not attended") is None


def test_no_share_is_called_a_bound_that_the_truth_breaks() -> None:
    """32, 28 and 1 people: 52% of them are better, which is more than the numbers shown say."""
    told = cells("gender", "outcome", {"female": {"better": 30, "no-change": 30, "worse": None}})
    share = figure(told).lines[0].share("better")
    assert dataset_words.share(share) == "50% of those shown"
    text = dashboards.figure_csv(figure(told))
    assert '50.0,"about, of the numbers shown"' in text
    assert "at most" not in text


def test_no_share_of_nobody() -> None:
    lines = {line.value: line for line in figure(UPTAKE).lines}
    assert lines["unknown"].share("attended") is None
    assert lines["other"].share("not attended") is None


def test_equity_tells_no_part_of_everybody_where_a_group_is_not_fully_printed() -> None:
    found = {each.value: each for each in dashboards.equity(figure(UPTAKE), "attended", figure(UPTAKE))}
    assert found["male"].referred is None
    assert found["male"].answered == dashboards.Share(pytest.approx(100 * 30 / 90), of_shown=True)
    assert found["female"].referred == dashboards.Share(pytest.approx(100 * 80 / 110), of_shown=True)
    assert found["other"].answered is None


def test_everybody_is_told_by_the_table_that_withholds_least() -> None:
    people = cells("gender", "people", {"female": {"all": 80}, "male": {"all": 35}, "other": {"all": 10}})
    found = dashboards.shape([*UPTAKE, *people])
    fullest = dashboards.fullest(found, "gender")
    assert fullest.table == "people-by-gender"
    beside = dashboards.equity(found["uptake-by-gender"], "attended", fullest)
    assert [each.referred for each in beside if each.value == "male"] == [dashboards.Share(28.0)]


@pytest.mark.parametrize(
    ("column", "given", "wanted"),
    [
        ("deprivation", ["10", "2", "unknown", "1"], ["1", "2", "10", "unknown"]),
        (
            "weeks_to_start",
            ["not-started", "13 to 18", "0 to 2", "3 to 6"],
            ["0 to 2", "3 to 6", "13 to 18", "not-started"],
        ),
        (
            "outcome",
            ["worse", "better", "not-known", "no-change"],
            ["better", "no-change", "worse", "not-known"],
        ),
        ("declines", ["two or more", "none", "one"], ["none", "one", "two or more"]),
        ("practice", ["F2", "F10", "A1", "no-practice"], ["A1", "F2", "F10", "no-practice"]),
        (
            "need",
            ["physical-activity", "other", "food", "digital"],
            ["food", "physical-activity", "digital", "other"],
        ),
    ],
)
def test_values_stand_in_an_order_that_says_nothing_of_merit(
    column: str, given: list[str], wanted: list[str]
) -> None:
    told = cells("source", column, {"self": dict.fromkeys(given, 10)})
    assert list(figure(told).answers) == wanted


def test_a_table_that_nobody_knew_of_is_shaped_like_the_others() -> None:
    told = cells("moon", "tides", {"full": {"high": 10, "low": 15}})
    found = dashboards.shape([*told, *UPTAKE])
    assert list(dashboards.measures(found)) == ["uptake", "tides"]
    assert [each.table for each in dashboards.figures_of(found, "tides")] == ["tides-by-moon"]
    with pytest.raises(NotFound):
        dashboards.figures_of(found, "nothing")


def test_a_share_over_time_leaves_out_what_is_not_whole() -> None:
    told = cells(
        "month",
        "uptake",
        {"2026-01": {"attended": 30, "not attended": 10}, "2026-02": {"attended": 30, "not attended": None}},
    )
    shares = dashboards.over_time(figure(told), as_share=True)
    assert [each.values for each in shares] == [(75.0, None), (25.0, None)]
    people = dashboards.over_time(figure(told), as_share=False)
    assert [each.values for each in people] == [(30.0, 30.0), (10.0, None)]
