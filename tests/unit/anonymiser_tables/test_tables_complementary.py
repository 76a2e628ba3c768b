"""The intruder's bounds are the true ones, and after further withholding none is too narrow."""

import numpy as np
import pytest

from anonymiser.tables.complementary import further_withheld, given_away, printed_bounds
from anonymiser.tables.narrowing import freedom, values_left
from anonymiser.tables.rules import Bools, Ints, Rule, Totals

UNROUNDED = Rule(name="unrounded", smallest=6, to=1, totals=Totals.OF_PEOPLE, complementary=True)
TO_THREE = Rule(name="to-three", smallest=6, to=3, totals=Totals.OF_PEOPLE, complementary=True)
SEEDS = range(25)


def tabulated(cells: Ints) -> Ints:
    """A table with the totals of people who are each in one cell."""
    across = np.hstack([cells, cells.sum(axis=1, keepdims=True)])
    return np.vstack([across, across.sum(axis=0, keepdims=True)])


def random_table(seed: int, height: int = 2, width: int = 2) -> Ints:
    return tabulated(np.random.default_rng(seed).integers(0, 12, (height, width)))


def tried_out(people: Ints, further: Bools, rule: Rule, *, told: bool = True) -> dict[tuple[int, int], int]:
    """How many values each entry has in all the tables that print alike: the slow and certain way."""
    low, high = printed_bounds(people, further, rule, told=told)
    most = people.max() + 6  # room for more than five values of a cell, and few enough to try
    ranges = [
        np.arange(a, min(b, most) + 1) for a, b in zip(low[:-1, :-1].flat, high[:-1, :-1].flat, strict=True)
    ]
    cells = np.stack([each.ravel() for each in np.meshgrid(*ranges, indexing="ij")])
    height, width = people.shape[0] - 1, people.shape[1] - 1
    tables = np.zeros((*people.shape, cells.shape[1]), dtype=np.int64)
    tables[:-1, :-1] = cells.reshape(height, width, -1)
    tables[:-1, -1] = tables[:-1, :-1].sum(axis=1)
    tables[-1] = tables[:-1].sum(axis=0)
    alike = ((tables >= low[..., None]) & (tables <= high[..., None])).all(axis=(0, 1))
    return {at: len(np.unique(tables[at][alike])) for at in np.ndindex(people.shape)}


@pytest.mark.parametrize("rule", [UNROUNDED, TO_THREE], ids=lambda rule: rule.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_bounds_are_those_found_by_trying_every_table(seed: int, rule: Rule) -> None:
    people = random_table(seed)
    nothing = np.zeros(people.shape, dtype=np.bool_)
    low, high = printed_bounds(people, nothing, rule)
    table = freedom(people, low, high)
    for at, values in tried_out(people, nothing, rule).items():
        assert values_left(table, *at, enough=50) == values


@pytest.mark.parametrize("rule", [UNROUNDED, TO_THREE], ids=lambda rule: rule.name)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_withheld_number_can_be_narrowed_to_fewer_than_five_values(seed: int, rule: Rule) -> None:
    people = random_table(seed)
    further = further_withheld(people, rule)
    found = tried_out(people, further, rule, told=False)
    withheld = [at for at in found if further[at] or not rule.shows(people)[at]]
    assert all(found[at] >= 5 for at in withheld)


def test_without_further_withholding_numbers_would_be_given_away() -> None:
    nothing = np.zeros((3, 3), dtype=np.bool_)
    assert any(given_away(random_table(seed), nothing, UNROUNDED) for seed in SEEDS)


def test_in_a_large_table_even_a_reader_who_is_told_which_are_small_narrows_none() -> None:
    people = tabulated(np.random.default_rng(7).integers(0, 60, (40, 12)))
    further = further_withheld(people, UNROUNDED)
    assert further.any()
    assert given_away(people, further, UNROUNDED, told=True) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_larger_table_is_protected_by_its_own_account(seed: int) -> None:
    people = random_table(seed, height=9, width=6)
    assert given_away(people, further_withheld(people, UNROUNDED), UNROUNDED, told=False) == []


def test_the_smallest_cells_that_serve_are_the_ones_withheld() -> None:
    people = tabulated(np.array([[3, 40, 90], [50, 20, 80], [60, 70, 95]]))
    further = further_withheld(people, UNROUNDED)
    assert np.argwhere(further).tolist() == [[0, 1], [1, 0], [1, 1]]  # 40 + 50 + 20, the cheapest square


def test_nothing_further_is_withheld_where_nothing_is_given_away() -> None:
    people = tabulated(np.array([[40, 20], [30, 60]]))
    assert not further_withheld(people, UNROUNDED).any()


def test_people_in_several_cells_are_not_taken_for_people_in_one() -> None:
    overlapping = np.array(
        [[3, 20, 21], [15, 10, 25], [16, 30, 44]]
    )  # two people are in both cells of a line
    nothing = np.zeros(overlapping.shape, dtype=np.bool_)
    assert given_away(overlapping, nothing, UNROUNDED) == []
    assert (0, 0) in given_away(tabulated(overlapping[:-1, :-1]), nothing, UNROUNDED)
