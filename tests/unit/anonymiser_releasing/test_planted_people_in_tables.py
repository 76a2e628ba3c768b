"""The published counts of the invented year, held against people counted anew: no planted person is in a cell of a
few, no cell can be narrowed down to a few values, and a second release a month later tells no more."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from anonymiser.checking.cells import Ranges, Rule, ranges_of
from anonymiser.checking.margins import Sum, narrow
from anonymiser.keys import Keys
from anonymiser.policy import (
    AGE_BANDS,
    END_REASONS,
    ETHNIC_GROUP_OF,
    NEED_GROUP_OF,
    OUTCOMES,
    TIMES,
    WEEKS_BANDS,
)
from anonymiser.policy_trees import band
from anonymiser.releasing.definitions import definitions
from app.demo.past import people, planted_numbers
from app.demo.past_extract import extract_records
from tests.unit.anonymiser.sample import Fields
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing
from tests.unit.anonymiser_releasing.test_planted_people import KNOWLEDGE, PLANTED, of_planted
from tests.unit.anonymiser_releasing.year_intruder import (
    FEWEST_OUTCOMES,
    FEWEST_PEOPLE,
    Published,
    attack,
    release_by_command,
)

FEWEST_VALUES = 5
EVERYBODY = 10_000
UPTAKE, STARTED = ("uptake", "not attended"), ("weeks_to_start", "not-started")
PRINTED = Rule(threshold=10, base=5)
Place = tuple[str, str, str, str]  # by, value, measure, answer
Line = Mapping[str, str]


def weeks_of(record: Fields) -> str:
    weeks = record["weeks_to_start"]
    return "not-started" if weeks is None else band(weeks, WEEKS_BANDS)


def help_of(record: Fields) -> str:
    if record["provider_kind"] != "none":
        return str(record["provider_kind"])
    return "none" if record["end_reason"] == "no-suitable-service" else "no-provider"


MEASURES: Mapping[str, Callable[[Fields], str]] = {
    "outcome": lambda r: r["outcome"],
    "end_reason": lambda r: r["end_reason"],
    "uptake": lambda r: "not attended" if r["weeks_to_start"] is None else "attended",
    "weeks_to_start": weeks_of,
    "declines": lambda r: band(r["declines"], TIMES),
    "decline_reason": lambda r: r["decline_reason"],
    "unanswered": lambda r: band(r["unanswered"], TIMES),
    "help": help_of,
    "people": lambda _: "all",
    "need_group": lambda r: NEED_GROUP_OF[r["need"]],
}
BY: Mapping[str, Callable[[Fields], str]] = {
    "need": lambda r: r["need"],
    "area": lambda r: r["outward_code"] or "unknown",
    "deprivation": lambda r: str(r["deprivation_decile"] or "unknown"),
    "ethnic_group": lambda r: ETHNIC_GROUP_OF[r["ethnicity"] or "99"],
    "gender": lambda r: r["gender"],
    "age_band": lambda r: "unknown" if r["age_years"] is None else band(r["age_years"], AGE_BANDS),
    "source": lambda r: r["source"],
    "practice": lambda r: r["practice"] or "no-practice",
    "month": lambda r: r["referred_month"],
}


def counted(records: Sequence[Fields]) -> dict[Place, set[str]]:
    """Who is in each cell, by a count that knows nothing of the product's."""
    found: dict[Place, set[str]] = defaultdict(set)
    for record in records:
        for by, value_of in BY.items():
            for measure, answer_of in MEASURES.items():
                place = (by, value_of(record), measure, answer_of(record))
                found[place].add(record["nhs_number"])
    return found


def place_of(line: Line) -> Place:
    return line["by"], line["value"], line["measure"], line["answer"]


def answer_of(line: Line) -> tuple[str, str, str]:
    return line["by"], line["measure"], line["answer"]


def rounded(count: int) -> str:
    return str((2 * count + 5) // 10 * 5)


def printed(count: int) -> str:
    return rounded(count) if count == 0 or count >= FEWEST_PEOPLE else ""


@dataclass(frozen=True)
class Series:
    """Two releases of one series: the year without its last month, and then all of it."""

    first: Published
    second: Published
    early: Sequence[Fields]
    whole: Sequence[Fields]
    last_month: str


@pytest.fixture(scope="module")
def series(
    sealed: Sealing, keys: Keys, keys_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Series:
    whole = extract_records(people(datetime(2026, 11, 22, 9, tzinfo=UTC)))
    last = max(record["referred_month"] for record in whole)
    early = [record for record in whole if record["referred_month"] < last]
    late = [record for record in whole if record["referred_month"] == last]
    out = tmp_path_factory.mktemp("series")
    one = release_by_command(sealed(early, created_on=f"{last}-02"), keys_folder, out)
    two = release_by_command(sealed(late, extract_id=LATER_ID), keys_folder, out)
    assert (one.name, two.name[:10]) == (f"release-1-{last}-02", "release-2-")
    return Series(Published.read(one, early, keys), Published.read(two, whole, keys), early, whole, last)


def both(series: Series) -> Iterator[tuple[Published, dict[Place, set[str]]]]:
    yield series.first, counted(series.early)
    yield series.second, counted(series.whole)


def test_every_printed_number_is_the_people_counted_anew_and_never_fewer_than_ten(series: Series) -> None:
    before = counted(series.early)
    for published, truth in both(series):
        shown = [line for line in published.tables if line["status"] == "shown"]
        assert len(shown) > 900
        for line in shown:
            now, then = (len(each.get(place_of(line), ())) for each in (truth, before))
            assert line["people"] == printed(now) or (
                abs(now - then) < FEWEST_PEOPLE and line["people"] == printed(then)
            ), line


def test_every_cell_of_a_few_is_withheld_or_stays_what_it_was(series: Series) -> None:
    for published, truth in both(series):
        few = [line for line in published.tables if 0 < len(truth.get(place_of(line), ())) < FEWEST_PEOPLE]
        assert len(few) > 100
        before = counted(series.early)
        for line in few:
            then = len(before.get(place_of(line), ()))
            assert (not line["people"] and line["status"] != "shown") or line["people"] == printed(then)


@pytest.mark.parametrize("key", PLANTED)
def test_no_printed_number_tells_of_a_planted_person_among_fewer_than_ten(series: Series, key: str) -> None:
    rare = set(planted_numbers()[key])
    for published, truth in both(series):
        theirs = [line for line in published.tables if rare & truth.get(place_of(line), set())]
        assert len(theirs) > 30
        for line in theirs:
            if line["status"] == "shown" and published is series.first:
                assert len(truth[place_of(line)]) >= FEWEST_PEOPLE
            if line["status"] == "shown":
                assert line["people"] == "0" or int(line["people"]) >= FEWEST_PEOPLE


def test_planted_people_are_in_cells_of_a_few_that_are_withheld(series: Series) -> None:
    rare = {number for key in PLANTED for number in planted_numbers()[key]}
    few = [place for place, who in counted(series.whole).items() if len(who) < FEWEST_PEOPLE and who & rare]
    withheld = {place_of(line) for line in series.second.tables if line["status"] == "small"}
    assert withheld.intersection(few)


@dataclass(frozen=True)
class Known:
    """What an intruder knows of one withheld cell: the least and the most people that can be in it."""

    line: Line
    least: int
    most: int


def bounds_of(published: Published, *, may_be_old: bool) -> list[Known]:
    """Each withheld cell as an intruder knows it who has all tables at once.

    Of one kind of person, everybody is in some answer of each table, so that the answers of a table add up to the
    people of the largest cell at least, and no cell holds more than any whole table does. Who attended waited for some
    time, and who did not never started.
    """
    lines = published.tables
    printed = ranges_of([int(line["people"]) if line["people"] else None for line in lines], PRINTED)
    # Of a line that tells nothing, noughts are withheld too.
    told = {place_of(line)[:3] for line in lines if line["people"]}
    bare = np.array([place_of(line)[:3] not in told for line in lines])
    # So they are of an answer of few people, or of one small line: where no nought stands, any gap may be one.
    with_noughts = {answer_of(line) for line in lines if line["people"] == "0"}
    gaps = Counter(answer_of(line) for line in lines if not line["people"] and place_of(line)[:3] in told)
    gap = np.array([not line["people"] for line in lines])
    rare = np.array([answer_of(line) not in with_noughts and gaps[answer_of(line)] > 1 for line in lines])
    printed = Ranges(np.where(bare | (rare & gap), 0, printed.low), printed.high)
    high = np.where([line["status"] == "further" for line in lines], EVERYBODY, printed.high)
    # Each number may be that of an earlier day, and nobody says which are: since then up to nine came or went.
    slack = FEWEST_PEOPLE - 1 if may_be_old else 0
    printed, high = Ranges(np.maximum(printed.low - slack, 0), printed.high), high + slack
    tables: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, line in enumerate(lines):
        tables[line["by"], line["value"]][line["measure"]].append(number)
    sums = []
    for told in tables.values():
        least = max(int(printed.low[cells].max()) for cells in told.values())
        most = min(int(high[cells].sum()) for cells in told.values())
        sums += [Sum(tuple(cells), least, int(high[cells].sum())) for cells in told.values()]
        sums += [Sum((cell,), 0, most) for cells in told.values() for cell in cells]
    at = {place_of(line): number for number, line in enumerate(lines)}
    for by, value in tables:
        none, never = (at.get((by, value, *place)) for place in (UPTAKE, STARTED))
        if none is not None and never is not None:
            low, top = printed.low[[none, never]].max(), high[[none, never]].min()
            sums += [Sum((cell,), int(low), int(top)) for cell in (none, never)]
    found = narrow(Ranges(printed.low, high), sums)
    return [
        Known(line, int(found.low[number]), int(found.high[number]))
        for number, line in enumerate(lines)
        if line["status"] in ("small", "further")
    ]


def test_no_withheld_number_can_be_narrowed_to_fewer_than_five_values(series: Series) -> None:
    for (published, truth), may_be_old in zip(both(series), (False, True), strict=True):
        found = bounds_of(published, may_be_old=may_be_old)
        assert len(found) > 100
        for known in found:
            assert known.least <= len(truth[place_of(known.line)]) <= known.most, (
                known
            )  # the intruder is right
            assert known.most - known.least + 1 >= FEWEST_VALUES, known


def test_intruder_narrows_tables_whose_numbers_are_exact(series: Series) -> None:
    """The control: the same numbers unrounded, with only the small ones taken away, give people away."""
    exact = Rule(threshold=10, base=1)
    narrowed = []
    for need in NEED_GROUP_OF:
        ends = Counter(record["outcome"] for record in series.whole if record["need"] == need)
        cells = [ends[each] for each in OUTCOMES]
        shown = ranges_of([each if each == 0 or each >= FEWEST_PEOPLE else None for each in cells], exact)
        found = narrow(shown, [Sum(tuple(range(len(cells))), sum(cells), sum(cells))])
        few = [at for at, each in enumerate(cells) if 0 < each < FEWEST_PEOPLE]
        narrowed += [at for at in few if found.high[at] - found.low[at] + 1 < FEWEST_VALUES]
    assert narrowed


def test_second_release_changes_no_number_by_a_few_people(series: Series) -> None:
    before, after = counted(series.early), counted(series.whole)
    earlier = {place_of(line): line for line in series.first.tables}
    changed = 0
    for line in series.second.tables:
        old = earlier.get(place_of(line))
        if old is not None and line["people"] != old["people"] and line["status"] != "further":
            changed += 1
            added = len(after.get(place_of(line), ())) - len(before.get(place_of(line), ()))
            assert added >= FEWEST_PEOPLE, (old, line, added)
    assert changed > 50
    assert any(  # held back, and nothing says so
        line["status"] == "shown" and line["people"] != printed(len(after.get(place_of(line), ())))
        for line in series.second.tables
    )


def test_month_that_was_not_over_is_not_told_and_told_as_it_is_once_it_is(series: Series) -> None:
    def months(published: Published) -> set[str]:
        return {line["value"] for line in published.tables if line["by"] == "month"}

    assert months(series.second) - months(series.first) == {series.last_month}
    fresh = [line for line in series.second.tables if line["value"] == series.last_month]
    assert {line["status"] for line in fresh} <= {"shown", "small", "further"}
    everybody = next(line for line in fresh if line["measure"] == "people")
    assert int(everybody["people"]) > 100


@pytest.mark.parametrize("key", PLANTED)
def test_planted_person_is_no_nearer_with_two_releases_than_with_one(series: Series, key: str) -> None:
    late = [record for record in series.whole if record["referred_month"] == series.last_month]
    for published, records in ((series.first, series.early), (series.second, late)):
        for known in KNOWLEDGE.values():
            for each in attack(published.referrals, of_planted(records, key), known):
                assert each.people >= FEWEST_PEOPLE
                assert each.outcomes >= FEWEST_OUTCOMES


def test_no_row_comes_out_twice(series: Series) -> None:
    one, two = series.first.referrals.frame, series.second.referrals.frame
    assert not set(one["row_id"]) & set(two["row_id"])
    assert 0 < two.height <= len(series.whole) - one.height
    assert set(two["who"]) <= {
        record["nhs_number"] for record in series.whole if record["referred_month"] == series.last_month
    }


def test_each_table_is_defined_with_what_is_counted_of_whom_and_what_it_does_not_show(series: Series) -> None:
    told = {each.table: each for each in definitions()}
    assert {line["table"] for line in series.second.tables} == set(told)
    for line in series.second.tables:
        each = told[line["table"]]
        assert (each.by, each.measure) == (line["by"], line["measure"])
        assert line["answer"] in each.answers, line
    for each in told.values():
        assert each.counted
        assert "Different people" in each.of_whom
        assert each.told_apart_by
        assert "fewer than 10 people" in each.gaps
        assert "does not show what a service caused" in each.caveat


def test_those_who_did_not_engage_or_could_not_be_reached_are_counted(series: Series) -> None:
    lines = [line for line in series.second.tables if (line["by"], line["measure"]) == ("need", "end_reason")]
    told = {line["answer"] for line in lines if line["people"] not in ("", "0")}
    assert {"did-not-engage", "could-not-contact", "person-declined", "no-suitable-service"} <= told
    assert {line["answer"] for line in lines} <= set(END_REASONS)
    assert "not-known" in OUTCOMES
