"""What manifest, risk report and hierarchies say of people who are not in the files never tells of fewer than ten."""

import json
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from anonymiser.keys import Keys
from anonymiser.releasing.build import make_release
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.sources import Order
from anonymiser.releasing.telling import Telling
from tests.unit.anonymiser.sample import Fields, nhs_numbers, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing

HERE = {"outward_code": "E8", "practice": "F84001", "network": "U10001", "source": "practice"}
ELSEWHERE = {"outward_code": "N1", "practice": "Y00001", "network": None, "source": "faith"}


def alike(records: list[Fields]) -> list[Fields]:
    return [{**each, **HERE, "deprivation_decile": 1} for each in records]


def counts(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release / "manifest.json").read_text())["counts"]
    return found


def report(release: Path) -> str:
    """The report without what it measures of the rows that came out: those differ by whoever waits."""
    return (release / "risk-report.json").read_text()


@pytest.fixture(scope="module")
def base(sealed: Sealing) -> Path:
    return sealed(alike(outcome_records(300, seed=3)), created_on="2026-10-22")


@pytest.fixture(scope="module")
def later() -> list[Fields]:
    new = islice(nhs_numbers(), 3000, 3060)
    return [
        {**each, "nhs_number": number}
        for each, number in zip(alike(outcome_records(400, seed=99)[:60]), new, strict=True)
    ]


@pytest.mark.parametrize("waiting", [2, 6])
def test_a_few_who_wait_are_in_the_report_as_in_the_manifest(
    base: Path, later: list[Fields], sealed: Sealing, keys: Keys, tmp_path: Path, waiting: int
) -> None:
    order = Order(extracts=[base], keys=keys, out=tmp_path / "out")
    make_release(order)
    records = [{**each, **ELSEWHERE} for each in later[:waiting]] + later[waiting:]
    second = make_release(replace(order, extracts=[sealed(records, extract_id=LATER_ID)]))
    found = json.loads(report(second))
    rows = counts(second)["rows_released"]
    assert rows < 60
    told = counts(second)["rows_waiting"]
    assert found["outcomes_crowds"]["suppressed"]["value"] == told
    # Whatever it says of how many, it says of the rows that came out and of what is told.
    assert not re.findall(r"at \d+ people known", report(second))
    share = found["outcomes_crowds"]["suppressed_share"]["value"]
    assert share == pytest.approx((told or 0) / (rows + (told or 0)), abs=1e-4)
    assert ">not told<" in (second / "risk-report.html").read_text() or told is not None
    for name, line in found["outcomes_attack"].items():
        if name.startswith("control"):
            assert (line["value"] * 20) % 1 == pytest.approx(0, abs=1e-9)


def test_one_who_withdraws_after_a_release_moves_no_number_of_the_manifest(
    base: Path, later: list[Fields], sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    first = Order(extracts=[base], keys=keys, out=tmp_path / "out")
    (tmp_path / "none").write_text("")
    make_release(replace(first, lists=Lists(withdrawn=tmp_path / "none")))
    number = alike(outcome_records(300, seed=3))[0]["nhs_number"]
    (tmp_path / "one").write_text(f"{number}\n")
    extract = sealed(later, extract_id=LATER_ID)
    told = make_release(replace(first, extracts=[extract], lists=Lists(withdrawn=tmp_path / "one")))
    assert counts(told)["left_out"] == dict.fromkeys(counts(told)["left_out"], 0)
    assert counts(told)["rows_left_out"] == 0


def test_a_told_number_moves_when_ten_have_come_and_not_before() -> None:
    first = Telling(None)
    assert [first.tell("a", 0), first.tell("b", 4), first.tell("c", 23)] == [0, None, 25]
    second = Telling(first.noted)
    assert [second.tell("a", 9), second.tell("b", 13), second.tell("c", 14)] == [0, None, 25]
    third = Telling(second.noted)
    assert [third.tell("a", 10), third.tell("b", 14), third.tell("c", 13)] == [10, 15, 15]
    # What nobody was told of before was of nobody; a list that is left away for once is remembered.
    assert third.tell("new", 9) == 0
    assert Telling(third.noted).tell("new", 10) == 10
    fourth = Telling(third.noted)
    fourth.tell("c", 13)
    assert Telling(fourth.noted).tell("b", 5) == 15


def test_an_old_referral_does_not_write_its_year_into_public_files(
    base: Path, later: list[Fields], sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    made = []
    for name, month in (("with", "2012-03"), ("without", later[0]["referred_month"])):
        order = Order(extracts=[base], keys=keys, out=tmp_path / name)
        make_release(order)
        records = [{**later[0], "referred_month": month}, *later[1:]]
        made.append(make_release(replace(order, extracts=[sealed(records, extract_id=LATER_ID)])))
    for path in made[0].rglob("*"):
        if path.suffix in (".csv", ".json", ".html", ".txt"):
            assert not re.search(r"\b2012\b", path.read_text()), path.name
    for name in ("hierarchies/month.csv", "hierarchies/quarter.csv", "dictionary.json"):
        assert (made[0] / name).read_bytes() == (made[1] / name).read_bytes()
    assert (made[0] / "hierarchies" / "month.csv").read_text().startswith("202")
