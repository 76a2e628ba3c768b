"""No later release shows a change of a few people in any number of an earlier one."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.publishing import Why
from anonymiser.tables.queries import Query
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT, HES, HES_GUARDED, OPENSAFELY
from tests.unit.anonymiser_tables.referrals import KEY, referrals, sample

BY_NEED = Query(("need",))


def released(ledger: Ledger, release: str, **people: int) -> dict[str, str]:
    frame = referrals({(need,): number for need, number in people.items()}, "need")
    table = release_table(frame, BY_NEED, DEFAULT, ledger, release=release).to_frame()
    return dict(table.rows())


def history(path: Path, *numbers: int) -> list[str]:
    """What a series of releases prints for one need that so many people have, beside one that many have."""
    with open_ledger(path / "ledger", KEY) as ledger:
        return [released(ledger, f"r{n}", food=people, debt=500)["food"] for n, people in enumerate(numbers)]


@pytest.mark.parametrize(
    ("people", "printed"),
    [
        ([100, 109], ["100", "100"]),  # nine more: held back
        ([100, 110], ["100", "110"]),
        ([100, 91], ["100", "100"]),
        ([100, 90], ["100", "90"]),
        ([100, 104, 108, 112], ["100", "100", "100", "110"]),  # it waits until ten have come
        ([9, 12], ["*", "*"]),
        ([9, 19], ["*", "20"]),
        ([12, 9], ["10", "10"]),
        ([12, 2], ["10", "*"]),
        ([14, 4, 14], ["15", "*", "15"]),
    ],
)
def test_a_number_changes_only_by_ten_people_or_more(
    people: Sequence[int], printed: list[str], tmp_path: Path
) -> None:
    assert history(tmp_path, *people) == printed


def test_a_number_is_held_against_every_earlier_release_not_only_the_last(tmp_path: Path) -> None:
    assert history(tmp_path, 100, 120, 104) == ["100", "120", "120"]


def test_an_unchanged_number_in_between_counts_as_a_release_of_it(tmp_path: Path) -> None:
    # 98 and 102 both print 100; 108 is ten more than 98, but only six more than 102.
    assert history(tmp_path, 98, 102, 108) == ["100", "100", "100"]


def test_a_need_that_nobody_has_any_more_stays_until_it_hides_nobody(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        released(ledger, "r1", food=12, rent=4, debt=500)
        assert released(ledger, "r2", debt=500) == {"debt": "500", "food": "0", "rent": "*", "Total": "500"}


def test_a_need_that_is_new_was_nought_before(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        released(ledger, "r1", debt=500)
        found = released(ledger, "r2", debt=500, food=3, rent=10)
    assert (found["food"], found["rent"]) == ("0", "10")


def test_what_is_held_back_is_written_in_the_ledger_and_nowhere_else(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        for release, people in (("r1", 100), ("r2", 105)):
            frame = referrals({("food",): people, ("debt",): 500}, "need")
            table = release_table(frame, BY_NEED, DEFAULT, ledger, release=release)
    assert [Why(int(why)).name for why in table.why[:-1, 0]] == ["SHOWN", "SHOWN"]
    assert [cell.held_back for cell in ledger.entries[-1].cells] == [False, True]


def test_the_total_is_of_the_numbers_that_are_printed(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        released(ledger, "r1", food=100, debt=500)
        assert released(ledger, "r2", food=105, debt=510)["Total"] == "610"


def test_a_counted_total_is_held_back_like_a_cell(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        for release, people in (("r1", 100), ("r2", 105)):
            frame = referrals({("food",): people, ("debt",): 500}, "need")
            table = release_table(frame, BY_NEED, HES, ledger, release=release)
    assert table.to_frame()["people"].to_list() == ["500", "100", "600"]


def test_a_table_keeps_its_rule(tmp_path: Path) -> None:
    frame = referrals({("food",): 100}, "need")
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        release_table(frame, BY_NEED, DEFAULT, ledger, release="r1")
        with pytest.raises(Refusal, match="released under the rule default"):
            release_table(frame, BY_NEED, OPENSAFELY, ledger, release="r2")


def test_a_release_made_again_is_the_same_to_the_letter(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        released(ledger, "r1", food=100, debt=500)
        first = released(ledger, "r2", food=105, debt=520)
        written = (tmp_path / "ledger").read_bytes()
        assert released(ledger, "r2", food=105, debt=520) == first
    assert (tmp_path / "ledger").read_bytes() == written


def test_over_a_year_of_months_no_printed_change_of_the_sample_is_about_a_few_people(tmp_path: Path) -> None:
    frame, query = sample(), Query(("ethnicity", "need"), across=1)
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        for month in sorted(frame["month"].unique())[-12:]:
            release_table(frame.filter(pl.col("month") <= month), query, DEFAULT, ledger, release=month)
        true = [{cell.labels: cell for cell in entry.cells if not cell.held_back} for entry in ledger.entries]
    pairs = [
        {labels: (then[labels], now) for labels, now in later.items() if labels in then}
        for at, later in enumerate(true)
        for then in true[:at]
    ]
    changed = [
        {
            labels: abs(now.people - then.people)
            for labels, (then, now) in pair.items()
            if now.printed != then.printed
        }
        for pair in pairs
    ]
    # A nought comes or goes with a number that ten people and more have changed, and never by itself.
    noughts = [
        (max(each.values(), default=0))
        for pair, each in zip(pairs, changed, strict=True)
        if any(not pair[labels][0].people and not pair[labels][1].people for labels in each)
    ]
    changes = [
        people
        for pair, each in zip(pairs, changed, strict=True)
        for labels, people in each.items()
        if pair[labels][0].people or pair[labels][1].people
    ]
    assert changes
    assert min(changes) >= 10
    assert noughts
    assert min(noughts) >= 10


def test_a_cell_that_is_withheld_for_its_neighbours_is_not_brought_back_by_an_earlier_release(
    tmp_path: Path,
) -> None:
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        first = referrals({("a",): 18, ("b",): 18, ("c",): 18}, "need")
        release_table(first, BY_NEED, HES_GUARDED, ledger, release="r1")
        second = referrals({("a",): 18, ("b",): 1, ("c",): 18}, "need")
        table = release_table(second, BY_NEED, HES_GUARDED, ledger, release="r2")
    assert table.to_frame()["people"].to_list() == ["*", "*", "20", "35"]
