"""No published table tells of somebody who stands alone in it, by noughts beside one gap or by the name of a line."""

import copy
import csv
import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from anonymiser.keys import Keys
from anonymiser.policy import OUTCOMES, SOURCES
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from anonymiser.tables.rules import RULES
from tests.unit.anonymiser.sample import MONTHS, Fields, nhs_numbers, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing

ALONE_IN = "2026-05"
Line = dict[str, str]
Lines = dict[str, list[Line]]
NUMBERS = list(islice(nhs_numbers(), 4_000))
PATTERNS = outcome_records(60, seed=8)
OTHERS = 400


def of_others(count: int) -> list[Fields]:
    """Referrals of which none is of the month, or by whom, the one person is referred."""
    records = outcome_records(count)
    for record in records:
        if record["referred_month"] == ALONE_IN:
            record["referred_month"] = "2026-04"
        if record["source"] == "faith":
            record["source"] = "council"
    return records


def alone(outcome: str, place: int = 0) -> Fields:
    """One more person, whose month and whose kind of organisation nobody else has."""
    one = copy.deepcopy(PATTERNS[place])
    key = str(uuid.UUID(int=2**64 + place, version=4))
    return {
        **one,
        "nhs_number": NUMBERS[3_000 + place],
        "referral_key": key,
        "referred_month": ALONE_IN,
        "source": "faith",
        "outcome": outcome,
    }


def tables_of(release: Path) -> Lines:
    """The tables by name, as they were published."""
    found: Lines = {}
    with (release / "data" / "tables.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["table"], []).append(line)
    return found


def released(
    records: Sequence[Fields], sealed: Sealing, keys: Keys, out: Path, rule: str | None = None
) -> tuple[Path, Lines]:
    order = Order(extracts=[sealed(records)], keys=keys, out=out, table_rule=rule)
    release = make_release(order)
    return release, tables_of(release)


def about(tables: Lines, value: str) -> list[Line]:
    return [line for lines in tables.values() for line in lines if line["value"] == value]


def noughts_of_told_answers(tables: Lines) -> dict[str, str]:
    """The other outcomes: nought where some month tells of ten people and more, and nothing of a rarer one."""
    told = {line["answer"] for line in tables["outcome-by-month"] if line["people"] not in ("", "*", "0")}
    assert told > {"better"}
    return {answer: "0" if answer in told else "" for answer in OUTCOMES[1:]}


def singled_out(tables: Lines, value: str) -> list[str]:
    """What an intruder reads who knows that one person has a value: the only answer that is not told to be nobody's."""
    found = []
    for name, lines in tables.items():
        gaps = [line["answer"] for line in lines if line["value"] == value and line["people"] != "0"]
        others = [line for line in lines if line["value"] == value and line["people"] == "0"]
        if len(gaps) == 1 and others:
            found.append(f"{name}: {gaps[0]}")
    return found


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.line])
def test_one_person_alone_in_a_month_and_a_source_is_told_nothing_of(
    rule: str, sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    _, tables = released([*of_others(OTHERS), alone("worse")], sealed, keys, tmp_path / "out", rule)
    lines = about(tables, ALONE_IN) + about(tables, "faith")
    assert len(lines) > 40
    assert {line["people"] for line in lines} == {RULES[rule].withheld}
    assert len({line["status"] for line in lines}) == 1
    assert singled_out(tables, ALONE_IN) + singled_out(tables, "faith") == []


def test_the_rule_that_is_kept_to_the_letter_tells_of_one_alone(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    """The control, and what its dictionary says of it."""
    release, tables = released([*of_others(OTHERS), alone("worse")], sealed, keys, tmp_path / "out", "hes")
    assert "outcome-by-month: worse" in singled_out(tables, ALONE_IN)
    assert "a line of few people keeps its noughts" in (release / "dictionary.html").read_text()


def test_tables_are_the_same_whether_one_person_alone_is_there_or_nobody(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    others = of_others(OTHERS)
    _, without = released(others, sealed, keys, tmp_path / "nobody")
    _, tables = released([*others, alone("worse")], sealed, keys, tmp_path / "one")
    for value in (ALONE_IN, "faith"):
        assert about(tables, value) == about(without, value)
        assert about(tables, value)


def test_noughts_of_a_line_of_ten_and_more_are_told_beside_a_number(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    others = of_others(OTHERS)
    group = [{**alone("better", place), "source": "practice"} for place in range(12)]
    _, tables = released([*others, *group], sealed, keys, tmp_path / "out")
    told = {
        line["answer"]: line["people"] for line in tables["outcome-by-month"] if line["value"] == ALONE_IN
    }
    assert told == {"better": "10", **noughts_of_told_answers(tables)}


def test_noughts_beside_small_numbers_alone_are_not_told(sealed: Sealing, keys: Keys, tmp_path: Path) -> None:
    """Twelve people, of whom six are in each of two answers: the other answers' noughts would say so."""
    group = [{**alone(OUTCOMES[place % 2], place), "source": "practice"} for place in range(12)]
    _, tables = released([*of_others(OTHERS), *group], sealed, keys, tmp_path / "out")
    lines = [line for line in tables["outcome-by-month"] if line["value"] == ALONE_IN]
    assert {(line["people"], line["status"]) for line in lines} == {("", "small")}
    everybody = [line for line in tables["people-by-month"] if line["value"] == ALONE_IN]
    assert [line["people"] for line in everybody] == ["10"]


def test_every_value_of_a_published_list_has_its_line_and_no_place_of_a_few(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    _, tables = released(of_others(OTHERS), sealed, keys, tmp_path / "out")
    assert {line["value"] for line in tables["people-by-source"]} == {*SOURCES}
    months = [line["value"] for line in tables["people-by-month"]]
    assert months == MONTHS[: MONTHS.index(months[-1]) + 1]
    for by in ("area", "practice"):
        shown = {line["value"] for line in tables[f"outcome-by-{by}"] if line["people"] not in ("", "*", "0")}
        assert {line["value"] for line in tables[f"outcome-by-{by}"]} == shown


@pytest.mark.parametrize(("rule", "count"), [(None, 1), ("hes", 9), ("midpoint-6", 9)])
def test_release_of_fewer_than_ten_people_has_no_tables_and_says_why(
    rule: str | None, count: int, sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    few = [alone("better", place) for place in range(count)]
    release, tables = released(few, sealed, keys, tmp_path / "out", rule)
    assert tables == {}
    words = " ".join((release / "README.txt").read_text().split())
    assert "There are none in this release: no number of them could be told" in words


def test_a_few_who_come_to_a_line_of_nobody_change_nothing(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    others = of_others(OTHERS)
    order = Order(extracts=[sealed(others, created_on="2026-11-21")], keys=keys, out=tmp_path / "out")
    first = tables_of(make_release(order))
    few = [{**alone("worse", place), "practice": "F84009"} for place in range(9)]
    second = tables_of(make_release(replace(order, extracts=[sealed(few, extract_id=LATER_ID)])))
    assert second == first


def test_noughts_come_back_once_ten_people_came_to_their_line(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    started = [*of_others(OTHERS), *(alone("better", place) for place in range(3))]
    order = Order(extracts=[sealed(started, created_on="2026-11-21")], keys=keys, out=tmp_path / "out")
    make_release(order)
    more = [alone("better", place) for place in range(3, 15)]
    tables = tables_of(make_release(replace(order, extracts=[sealed(more, extract_id=LATER_ID)])))
    told = {
        line["answer"]: line["people"] for line in tables["outcome-by-month"] if line["value"] == ALONE_IN
    }
    assert told == {"better": "15", **noughts_of_told_answers(tables)}
