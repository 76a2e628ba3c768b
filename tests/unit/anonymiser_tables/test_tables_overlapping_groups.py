"""Groups that overlap as a reader likes are equations for one person; a filter takes one value or a whole group."""

import itertools
import random

import polars as pl
import pytest

from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.answering import ruled, step
from anonymiser.tables.queries import Allowed, Query, QueryRefused, read_query
from anonymiser.tables.rules import DEFAULT

ALONE, WAITED = "food", 47
SIZES = {"food": 1, "debt": 14, "housing": 12, "caring": 17, "digital": 20}
GROUPS = {"home": frozenset({"food", "debt", "housing"})}
ALLOWED = Allowed(columns={"need": frozenset(SIZES)}, numbers=frozenset({"weeks"}), groups={"need": GROUPS})


def people() -> pl.DataFrame:
    chance = random.Random(4)
    needs = [need for need, size in SIZES.items() for _ in range(size)]
    weeks = [WAITED if need == ALONE else chance.randint(1, 9) for need in needs]
    return pl.DataFrame({"person": range(len(needs)), "need": needs, "weeks": weeks})


def worked_out(one: str, other: str, widest: float) -> tuple[float, float]:
    """What three means of pairs tell of the one alone, and how far it can be off by the steps they are told in."""
    found, off = 0.0, 0.0
    for pair, sign in (((one, ALONE), 1), ((other, ALONE), 1), ((one, other), -1)):
        query = Query((), {"need": pair}, "weeks")
        told = ruled(aggregates_by_polars(people(), query), query, DEFAULT, widest=widest)["mean"][0]
        size = sum(SIZES[each] for each in pair)
        found, off = found + sign * size * told / 2, off + size * step(size, widest) / 4
    return found, off


def test_three_means_of_pairs_tell_one_persons_number_where_they_are_fine() -> None:
    """The control: without steps and groups, it is told."""
    for one, other in itertools.combinations(("debt", "housing", "caring"), 2):
        assert worked_out(one, other, 0.0)[0] == pytest.approx(WAITED, abs=2)


def test_steps_leave_more_than_five_values_of_the_one() -> None:
    for one, other in itertools.combinations(("debt", "housing", "caring"), 2):
        assert 2 * worked_out(one, other, 52.0)[1] > 5


@pytest.mark.parametrize(("people", "size"), [(10, 10.0), (26, 2.0), (52, 1.0), (260, 0.2), (10_000, 0.1)])
def test_step_of_a_mean(people: int, size: float) -> None:
    assert step(people, 52.0) == size


def test_no_subset_that_a_reader_chooses_is_answered() -> None:
    for number in range(2, len(SIZES)):
        for chosen in itertools.combinations(SIZES, number):
            asked = {"filters": {"need": list(chosen)}}
            if frozenset(chosen) in GROUPS.values():
                assert set(read_query(asked, ALLOWED).filters["need"]) == {*chosen}
            else:
                with pytest.raises(QueryRefused, match="give need one value, or just those of one group"):
                    read_query(asked, ALLOWED)


def test_one_value_and_all_of_them_are_taken() -> None:
    assert read_query({"filters": {"need": ["debt"]}}, ALLOWED).filters == {"need": ("debt",)}
    assert read_query({"filters": {"need": [*SIZES]}}, ALLOWED).filters == {}


def test_group_is_asked_for_by_its_name_or_by_its_values() -> None:
    by_name, by_values = (
        read_query({"filters": {"need": words}}, ALLOWED) for words in (["home"], ["housing", "debt", "food"])
    )
    assert by_name == by_values
    assert by_name.identity == by_values.identity


@pytest.mark.parametrize("words", [["home", "caring"], ["home", "home"], ["away"]])
def test_name_of_a_group_stands_alone(words: list[str]) -> None:
    with pytest.raises(QueryRefused, match="filters: need has values that its list does not know"):
        read_query({"filters": {"need": words}}, ALLOWED)


def test_name_that_is_a_values_too_means_the_value() -> None:
    called_alike = Allowed(columns=ALLOWED.columns, groups={"need": {"debt": GROUPS["home"]}})
    assert read_query({"filters": {"need": ["debt"]}}, called_alike).filters == {"need": ("debt",)}
