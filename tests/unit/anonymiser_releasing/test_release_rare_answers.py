"""No published table tells where the few stand who gave a rare answer, nor one release beside another."""

import copy
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from anonymiser.keys import Keys
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from anonymiser.tables.rules import RULES
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing
from tests.unit.anonymiser_releasing.test_release_few_in_tables import NUMBERS, Lines, tables_of

RARE = {"end_reason": "withdrawn", "end": "withdrawn", "outcome": "worse"}
COMMON = {"end_reason": "completed", "end": "completed", "outcome": "better"}
OTHERS = 700


def of_others(seed: int) -> list[Fields]:
    """Referrals of which none has one of the rare answers."""
    records = outcome_records(OTHERS, seed=seed)
    for record in records:
        record.update({name: COMMON[name] for name, rare in RARE.items() if record[name] == rare})
    return records


def rare(others: Sequence[Fields], place: int) -> Fields:
    """One more person, who is like one of the others and gave the rare answers."""
    one = copy.deepcopy(others[place * 97 % len(others)])
    known = {record["nhs_number"] for record in others}
    number = [each for each in NUMBERS if each not in known][place]
    key = str(uuid.UUID(int=2**65 + place, version=4))
    return {**one, **RARE, "nhs_number": number, "referral_key": key}


def of_the_rare(tables: Lines) -> dict[str, list[dict[str, str]]]:
    return {
        name: found
        for name, lines in tables.items()
        if (found := [line for line in lines if RARE.get(line["measure"]) == line["answer"]])
    }


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.line])
@pytest.mark.parametrize(("planted", "seed"), [(1, 3), (2, 21)])
def test_no_line_of_a_rare_answer_is_told_from_another(
    rule: str, planted: int, seed: int, sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    others = of_others(seed)
    records = [*others, *(rare(others, place) for place in range(planted))]
    order = Order(extracts=[sealed(records)], keys=keys, out=tmp_path / "out", table_rule=rule)
    tables = tables_of(make_release(order))
    found = of_the_rare(tables)
    assert len(found) >= 17
    for name, lines in found.items():
        told = {line["value"] for line in tables[name] if line["people"] not in ("", "*", "0")}
        assert {line["people"] for line in lines} == {RULES[rule].withheld}, name
        assert len({line["status"] for line in lines if line["value"] in told}) <= 1, name
        for line in lines:  # in a line of which nothing is told it reads as all its other cells do
            beside = {each["status"] for each in tables[name] if each["value"] == line["value"]}
            assert line["value"] in told or beside == {line["status"]}, name


def test_tables_are_the_same_whether_one_person_gave_the_answer_or_nobody(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    others = of_others(5)
    alike = {**rare(others, 1), **COMMON}
    found = [
        of_the_rare(
            tables_of(
                make_release(Order(extracts=[sealed([*others, one])], keys=keys, out=tmp_path / str(at)))
            )
        )
        for at, one in enumerate((alike, rare(others, 1)))
    ]
    assert found[0] == found[1]
    assert found[0]


@pytest.mark.parametrize("there", [0, 1, 2])
def test_one_more_who_gives_a_rare_answer_changes_nothing_in_the_next_release(
    there: int, sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    others = of_others(9)
    started = [*others, *(rare(others, place) for place in range(there))]
    order = Order(extracts=[sealed(started, created_on="2026-11-21")], keys=keys, out=tmp_path / "out")
    first = tables_of(make_release(order))
    later = sealed([rare(others, there)], extract_id=LATER_ID)
    assert tables_of(make_release(replace(order, extracts=[later]))) == first


def test_the_rule_that_is_kept_to_the_letter_points_at_the_one(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    """The control: each table has one gap among noughts, which together are the person's profile."""
    others = of_others(3)
    one = rare(others, 0)
    order = Order(extracts=[sealed([*others, one])], keys=keys, out=tmp_path / "out", table_rule="hes")
    lines = of_the_rare(tables_of(make_release(order)))["outcome-by-need"]
    assert [line["value"] for line in lines if line["people"] != "0"] == [one["need"]]
