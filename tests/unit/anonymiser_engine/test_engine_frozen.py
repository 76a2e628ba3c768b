"""Releases of a series together: each delta is safe alone, and so is everything that was ever published."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.engine.frozen import Cut, apply_cut, cut_of, read_cut
from anonymiser.engine.hierarchies import define
from anonymiser.engine.model import Column, Count, Policy, Role, Thresholds
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.table import Table, read_table
from anonymiser.errors import Refusal
from tests.unit.anonymiser_engine.engine_tables import (
    released,
    small_frames,
    small_policy,
    thresholds,
    unsafe_classes,
)


@settings(max_examples=80, deadline=None)
@given(
    first=small_frames(),
    months=st.lists(small_frames(50), min_size=1, max_size=3),
    limits=thresholds,
    opened=st.sampled_from([(), ("kind",)]),
)
def test_no_release_and_no_union_of_releases_has_a_crowd_that_is_too_small(
    first: pl.DataFrame, months: list[pl.DataFrame], limits: Thresholds, opened: tuple[str, ...]
) -> None:
    base = recode(read_table(first, small_policy(limits)), limits, Method.FAST)
    published = released(first, base)
    cut = read_cut(cut_of(base, opened).to_json())
    waiting = first.clear()
    for month in months:
        delta = pl.concat([waiting, month])
        placed = apply_cut(cut, read_table(delta, small_policy(limits)), limits)
        out = released(delta, placed)
        assert unsafe_classes(out, limits) == []
        published += out
        waiting = delta.filter(pl.Series(placed.suppressed, dtype=pl.Boolean))
    # The distribution that t is measured against is each release's own: together only crowds and variety count.
    assert unsafe_classes(published, replace(limits, t=1)) == []
    assert len(published) + waiting.height == len(released(first, base)) + sum(map(len, months))


@settings(max_examples=40, deadline=None)
@given(first=small_frames(), month=small_frames(), limits=thresholds)
def test_a_delta_uses_no_label_that_the_first_release_had_not(
    first: pl.DataFrame, month: pl.DataFrame, limits: Thresholds
) -> None:
    base = recode(read_table(first, small_policy(limits)), limits, Method.FAST)
    placed = apply_cut(cut_of(base), read_table(month, small_policy(limits)), limits)
    assert set(placed.labels().iter_rows()) <= set(base.labels().iter_rows())


QUARTERS = [("2026-01", "2026Q1", "*"), ("2026-02", "2026Q1", "*"), ("2026-04", "2026Q2", "*")]
LIMITS = Thresholds(k=3, l=1, t=1)


def monthly(months: list[str], first_person: int = 0, known: int = 3) -> Table:
    tree = define("month", QUARTERS[:known])
    columns = (
        Column(name="month", role=Role.QUASI_IDENTIFIER, hierarchy=tree),
        Column(name="person", role=Role.PERSON),
    )
    people = list(range(first_person, first_person + len(months)))
    return read_table(
        pl.DataFrame({"month": months, "person": people}), Policy(columns=columns, thresholds=LIMITS)
    )


def january() -> Cut:
    months = ["2026-01"] * 4 + ["2026-02"] * 2
    return cut_of(recode(monthly(months, known=2), LIMITS), ["month"])


def test_an_open_column_takes_values_that_no_release_has_had_yet() -> None:
    cut = Cut(("month",), frozenset({"month"}), ((1,),))
    placed = apply_cut(cut, monthly(["2026-04"] * 3, 10), LIMITS)
    assert placed.labels()["month"].to_list() == ["2026Q2"] * 3


def test_rows_of_a_delta_that_reach_no_crowd_wait_for_the_next() -> None:
    cut = Cut(("month",), frozenset({"month"}), ((1,),))
    assert apply_cut(cut, monthly(["2026-04"] * 2, 10), LIMITS).suppressed.all()
    assert not apply_cut(cut, monthly(["2026-04"] * 3, 10), LIMITS).suppressed.any()


def test_a_cut_is_read_back_as_it_was_written() -> None:
    cut = january()
    assert read_cut(cut.to_json()) == cut
    assert cut.classes == ((0,), (1,)) or cut.classes == ((1,),)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', '{"format": "backstitch-cut-1"}'])
def test_what_is_no_cut_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="cut"):
        read_cut(text)


def test_a_cut_that_does_not_fit_the_delta_is_refused() -> None:
    with pytest.raises(Refusal, match="other quasi-identifiers"):
        apply_cut(Cut(("age",), frozenset(), ()), monthly(["2026-01"]), LIMITS)
    with pytest.raises(Refusal, match='no longer has "2025Q4"'):
        apply_cut(Cut(("month",), frozenset(), (("2025Q4",),)), monthly(["2026-01"]), LIMITS)
    with pytest.raises(Refusal, match="cannot be open"):
        cut_of(recode(monthly(["2026-01"] * 4), LIMITS), ["age"])


def test_a_value_that_only_waiting_rows_have_is_no_step_of_the_released_order() -> None:
    limits = Thresholds(k=2, l=1, t=0.5, count=Count.ROWS)
    kinds = define("kind", [("a", "*"), ("b", "*"), ("c", "*")])
    policy = Policy(
        columns=(
            Column(name="kind", role=Role.QUASI_IDENTIFIER, hierarchy=kinds),
            Column(name="score", role=Role.SENSITIVE, order=("low", "good", "best")),
        ),
        thresholds=limits,
    )
    # Of two steps the crowd of a is 5/8 from the whole; a third step, which nobody released has, made it 5/16.
    frame = pl.DataFrame({"kind": [*"aaabbbbbc"], "score": ["low"] * 3 + ["good"] * 5 + ["best"]})
    placed = apply_cut(Cut(("kind",), frozenset(), (("a",), ("b",))), read_table(frame, policy), limits)
    assert placed.suppressed.tolist() == [True] * 3 + [False] * 5 + [True]
