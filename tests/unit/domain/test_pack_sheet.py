"""A pack as one tidy table, as plain data and back, and in words: nothing is lost, and nothing withheld comes out."""

import json
from dataclasses import replace

import pytest

from app.domain.pack import Interval, Number
from app.domain.pack_frozen import as_data, from_data
from app.domain.pack_sheet import DICTIONARY_HEAD, HEAD, cells_of, dictionary_of, rows_of
from app.domain.pack_words import (
    about_figure,
    change_rows,
    change_sentence,
    interval,
    score,
    signed,
    with_share,
)
from tests.packs import AREAS, LIFE, LONELY, PACK, UNSURE


def test_every_line_of_every_figure_and_change_is_one_row() -> None:
    rows = rows_of(PACK)
    lines = sum(len(figure.lines) + 1 for figure in PACK.figures)
    assert len(rows) == 2 + lines + 9 * len(PACK.changes)
    assert len({(row.figure, row.when, row.line) for row in rows}) == len(rows)


def test_withheld_people_are_the_word_and_have_no_share() -> None:
    (row,) = [row for row in rows_of(PACK) if (row.figure, row.line) == ("by-area", "clapton")]
    assert (row.people, row.percent) == ("withheld", None)


def test_nought_is_a_number_and_not_withheld() -> None:
    (row,) = [row for row in rows_of(PACK) if (row.figure, row.line) == ("by-area", "not-known")]
    assert (row.people, row.percent) == (0, 0)


def test_means_that_are_withheld_say_so_in_each_column() -> None:
    means = [
        row
        for row in rows_of(PACK)
        if row.figure == "ucla3.total" and row.line in ("before", "after", "change")
    ]
    assert [(row.mean, row.low, row.high) for row in means] == [("withheld",) * 3] * 3


def test_dictionary_explains_every_column_figure_and_change_with_the_caveat() -> None:
    found = dictionary_of(PACK)
    assert {each.name for each in found if each.kind == "column"} == set(HEAD)
    assert {each.name for each in found if each.kind == "figure"} == {figure.key for figure in PACK.figures}
    assert len([each for each in found if each.kind == "change"]) == len(PACK.changes)
    for each in found:
        assert all(cells_of(each)), each.name
        assert "does not tell why" in each.caveat
    assert len(cells_of(found[0])) == len(DICTIONARY_HEAD)


def test_frozen_pack_comes_back_as_it_was_without_its_stories() -> None:
    kept = json.loads(json.dumps(as_data(PACK)))
    assert from_data(kept) == replace(PACK, stories=())
    assert "Ruth" not in json.dumps(kept)


def test_frozen_pack_is_read_when_the_house_has_learned_more_since() -> None:
    kept = as_data(PACK)
    del kept["notes"]
    assert from_data(kept | {"something": "older"}).notes == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (LIFE, "were on average 1.4 points higher at the end than at the start (95% interval +1.0 to +1.8)"),
        (UNSURE, "An interval with 0 in it may be chance."),
        (LONELY, "Fewer than 10 people answered both times"),
        (replace(LIFE, change=None), "No average is told for these answers"),
        (replace(LIFE, change=Interval(0.0, -0.3, 0.3)), "at about the same point at the end"),
        (replace(LIFE, phase="follow-up-6"), "higher 6 months after the end than at the start"),
        (replace(LONELY, **{name: getattr(LIFE, name) for name in ("paired", "change")}), "lower is better"),
    ],
)
def test_change_is_told_as_what_was_answered_and_never_why(change: object, said: str) -> None:
    told = change_sentence(change)  # type: ignore[arg-type]
    assert said in told
    assert not any(word in told for word in ("because", "thanks to", "impact", "caused", "effect"))


@pytest.mark.parametrize(
    ("value", "plain", "with_sign"),
    [(6.0, "6.0", "+6.0"), (1.25, "1.25", "+1.25"), (-0.004, "0.0", "+0.0"), (-0.2, "-0.2", "-0.2")],
)
def test_scores_are_printed_with_the_decimals_that_the_pack_has(
    value: float, plain: str, with_sign: str
) -> None:
    assert (score(value), signed(value)) == (plain, with_sign)


def test_words_for_whoever_cannot_see_a_chart_hold_its_numbers() -> None:
    told = about_figure(AREAS)
    assert "Hackney Central: 60 (46%)" in told
    assert "Clapton: withheld" in told
    assert with_share(Number(None, 12.0)) == "withheld"
    assert interval(None) == "withheld"
    assert dict(change_rows(LIFE))["Average change (95% interval)"] == "+1.4 (+1.0 to +1.8)"
