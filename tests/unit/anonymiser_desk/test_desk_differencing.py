"""No two answers that came out of the box, and no table beside them, leave a group of one to nine people."""

import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_desk.conftest import ROWS, Sealing
from tests.unit.anonymiser_desk.desk_door import FIRST, LATER_ID, SECOND, Door, Letter, people

pytestmark = pytest.mark.usefixtures("any_values_together")
OTHERS = ("female", "other", "unknown")
Chosen = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Seen:
    """A printed number, and who is behind it by a count that knows nothing of the desk."""

    who: frozenset[str]
    number: int
    of: str


def value(record: Fields, column: str) -> str:
    if column == "uptake":
        return "not attended" if record["weeks_to_start"] is None else "attended"
    if column == "deprivation":
        return str(record["deprivation_decile"] or "unknown")
    return str(record[column])


def who(records: Sequence[Fields], chosen: Chosen) -> frozenset[str]:
    return frozenset(
        record["nhs_number"]
        for record in records
        if all(value(record, column) in values for column, values in chosen.items())
    )


def seen_in(told: Letter, question: Letter, records: Sequence[Fields]) -> Iterator[Seen]:
    for labels, number in people(told).items() if told["status"] == "answered" else ():
        chosen = dict(question.get("filters", {}))
        for column, label in zip(question.get("dimensions", ()), labels, strict=True):
            chosen[column] = [label] if label in chosen.get(column, [label]) else []
        if number:
            yield Seen(who(records, chosen), number, f"{question} {labels}")


def seen_in_tables(release: Path, records: Sequence[Fields]) -> Iterator[Seen]:
    known = {"need", "gender", "source", "outcome", "uptake", "deprivation"}
    with (release / "data" / "tables.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if {row["by"], row["measure"]} <= known and row["status"] == "shown" and row["people"] != "0":
                chosen = {row["by"]: [row["value"]], row["measure"]: [row["answer"]]}
                yield Seen(who(records, chosen), int(row["people"]), f"{row['table']} {chosen}")


def too_close(one: Seen, other: Seen) -> bool:
    return bool(one.who & other.who) and 1 <= len(one.who ^ other.who) <= 9


def close_pairs(seen: Sequence[Seen]) -> list[tuple[str, str]]:
    return [(a.of, b.of) for a, b in itertools.combinations(seen, 2) if too_close(a, b)]


def questions() -> list[Letter]:
    """What a tracker would ask: totals, parts, complements, all values but one, the same in another way."""
    columns = ("gender", "need", "outcome", "source", "uptake")
    asked: list[Letter] = [{}, *({"dimensions": [name]} for name in columns)]
    asked += [{"filters": {"gender": [*OTHERS]}}, {"filters": {"gender": ["male"]}}]
    asked += [{"filters": {"gender": ["female", "male"]}}, {"filters": {"uptake": ["attended"]}}]
    asked += [{"dimensions": ["need"], "filters": {"uptake": ["attended"]}}]
    asked += [{"dimensions": ["need"], "filters": {"gender": ["female", "male"]}}]
    asked += [{"dimensions": ["need", "gender"]}, {"dimensions": ["gender", "outcome"]}]
    asked += [{"dimensions": ["gender"], "filters": {"outcome": ["better", "worse", "no-change"]}}]
    asked += [{"dimensions": ["source"], "filters": {"deprivation": ["1", "2", "3"]}}]
    return asked


def test_answers_and_tables_of_one_release_leave_no_small_group(
    door: Door, order: Order, desk_records: list[Fields]
) -> None:
    seen = list(seen_in_tables(order.out / FIRST, desk_records))
    assert len(seen) > 50
    for question in questions():
        found = list(seen_in(door.ask(question), question, desk_records))
        assert all(len(each.who) >= 10 and abs(len(each.who) - each.number) <= 2 for each in found)
        seen += found
    assert len(seen) > 80
    assert close_pairs(seen) == []


def test_the_same_questions_put_to_bare_counts_would_leave_many(desk_records: list[Fields]) -> None:
    """The control: counts of ten and more, rounded, each fine by itself."""
    seen = [
        Seen(found, 5 * round(len(found) / 5), str(chosen))
        for question in questions()
        for chosen in cells_of(question, desk_records)
        if len(found := who(desk_records, chosen)) >= 10
    ]
    assert len(close_pairs(seen)) > 10


def cells_of(question: Letter, records: Sequence[Fields]) -> list[Chosen]:
    dimensions, filters = question.get("dimensions", []), question.get("filters", {})
    values = [sorted({value(record, name) for record in records}) for name in dimensions]
    return [
        {**filters, **{name: [label] for name, label in zip(dimensions, labels, strict=True)}}
        for labels in itertools.product(*values)
    ]


def few(records: Sequence[Fields], column: str, most: int = 9) -> list[str]:
    """The values that one to nine people have."""
    values = {value(record, column) for record in records}
    return sorted(name for name in values if 1 <= len(who(records, {column: [name]})) <= most)


def test_classic_tracker_gets_one_of_the_two_answers(door: Door, desk_records: list[Fields]) -> None:
    (rare, *_) = few(desk_records, "gender")
    assert door.number({"filters": {"gender": ["male"]}}) is not None
    assert door.number({"filters": {"gender": ["male", rare]}}) is None


def test_all_values_but_a_rare_one_are_not_told_beside_the_total(
    door: Door, desk_records: list[Fields]
) -> None:
    (rare, *_) = few(desk_records, "gender")
    everybody = {"female", "male", "other", "unknown"}
    assert door.number({}) is not None
    assert door.number({"filters": {"gender": sorted(everybody - {rare})}}) is None


def test_two_projects_get_the_same_and_no_more_together_than_one(door: Door) -> None:
    one, other = "5f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a001", "5f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a002"
    question = {"filters": {"gender": ["male"]}}
    assert door.ask(question, project=one)["rows"] == door.ask(question, project=other)["rows"]
    assert door.ask({"filters": {"gender": ["male", "other"]}}, project=other)["status"] == "refused"


def rounded(group: frozenset[str]) -> int:
    return 0 if len(group) < 10 else (len(group) + 2) // 5 * 5


@pytest.mark.parametrize("newcomers", [1, 9])
def test_update_by_a_few_people_changes_no_number_of_any_question(
    door: Door, order: Order, desk_records: list[Fields], sealed_extract: Sealing, newcomers: int
) -> None:
    """Half of the questions are asked before, half only after: the tables' and each other's cells in other words."""
    fresh = outcome_records(ROWS + newcomers * 2, seed=5)[-newcomers:]
    fresh = [
        {**record, "nhs_number": number}
        for record, number in zip(fresh, others(desk_records, newcomers), strict=True)
    ]
    asked = [question for question in questions() if "dimensions" in question or question == {}]
    before = [door.ask(question) for question in asked[::2]]
    make_release(replace(order, extracts=[sealed_extract(fresh, extract_id=LATER_ID)]))
    after = [door.ask(question, release=SECOND) for question in asked[::2]]
    for earlier, later in zip(before, after, strict=True):
        assert later.get("rows") == earlier.get("rows")
    for question in asked[1::2]:
        told = door.ask(question, release=SECOND)
        for seen in seen_in(told, question, desk_records):  # as the people of the first release have it
            assert seen.number == rounded(seen.who), seen.of


def others(records: Sequence[Fields], count: int) -> list[str]:
    """Numbers of people who are not there yet."""
    known = {record["nhs_number"] for record in records}
    further = [record["nhs_number"] for record in outcome_records(3 * ROWS, seed=1)]
    return [number for number in dict.fromkeys(further) if number not in known][:count]


def test_a_new_question_after_an_update_agrees_with_what_was_told_before_it(
    door: Door, order: Order, desk_records: list[Fields], sealed_extract: Sealing
) -> None:
    """The same women, asked as a filter before and as a group after: five came, and the number does not move."""
    fresh = [
        {**record, "nhs_number": number, "gender": "female"}
        for record, number in zip(outcome_records(5, seed=3), others(desk_records, 5), strict=True)
    ]
    before = door.number({"filters": {"gender": ["female"]}})
    assert before == rounded(who(desk_records, {"gender": ["female"]}))
    make_release(replace(order, extracts=[sealed_extract(fresh, extract_id=LATER_ID)]))
    now = who([*desk_records, *fresh], {"gender": ["female"]})
    assert rounded(now) != before
    told = door.ask({"dimensions": ["gender"]}, release=SECOND)
    assert people(told)[("female",)] == before
    assert "held_back" not in told  # how many are would tell of the few who came
