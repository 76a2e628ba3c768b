"""The rule of the tables is chosen for a series, and kept."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.keys import Keys
from anonymiser.releasing.build import make_candidate, make_release
from anonymiser.releasing.sources import Order
from anonymiser.releasing.twin import make_twin
from anonymiser.releasing.verify import content_findings, paths_in
from tests.unit.anonymiser.sample import outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing


def test_a_series_keeps_the_rule_it_began_with(keys: Keys, sealed: Sealing, tmp_path: Path) -> None:
    records = outcome_records(400, seed=21)
    order = Order(extracts=[sealed(records)], keys=keys, out=tmp_path / "out", table_rule="hes")
    made = make_release(order)
    assert json.loads((made / "manifest.json").read_text())["table_rule"] == "hes"
    people: dict[tuple[str, str], set[str]] = {}
    for record in records:
        people.setdefault((record["need"], record["outcome"]), set()).add(record["nhs_number"])
    with (made / "data" / "tables.csv").open(newline="") as file:
        table = [line for line in csv.DictReader(file) if line["table"] == "outcome-by-need"]
    for line in table:
        count = len(people.get((line["value"], line["answer"]), ()))
        if line["status"] == "small":
            assert 1 <= count <= 7
            assert line["people"] == "*"
        elif line["status"] == "shown":
            assert count == 0 or count >= 8
            assert int(line["people"]) == (count + 2) // 5 * 5
    new = sealed(outcome_records(60, seed=22), extract_id=LATER_ID, watermark="2026-11-22T01:00:00Z")
    later = replace(order, extracts=[new], table_rule="opensafely")
    with pytest.raises(Refusal, match="told by the rule hes, which cannot be changed to opensafely"):
        make_candidate(later)


@pytest.mark.parametrize(
    ("rule", "mark"), [("hes", "*"), ("hes-guarded", "*"), ("opensafely", ""), (None, "")]
)
def test_what_is_withheld_is_a_star_by_the_rules_of_hes_and_missing_by_others(
    keys: Keys, sealed: Sealing, tmp_path: Path, rule: str | None, mark: str
) -> None:
    records = sealed(outcome_records(120, seed=21))
    made = make_release(Order(extracts=[records], keys=keys, out=tmp_path / "out", table_rule=rule))
    with (made / "data" / "tables.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["people"] for line in lines if line["status"] != "shown"} == {mark}
    assert all(line["people"].isdigit() for line in lines if line["status"] == "shown")
    beside = pl.read_parquet(made / "data" / "tables.parquet")["people"]
    assert beside.to_list() == [None if line["people"] == mark else int(line["people"]) for line in lines]
    package = json.loads((made / "datapackage.json").read_text())["resources"]
    missing = {each["name"]: each["schema"]["missingValues"] for each in package}
    assert missing == {"outcomes": [""], "journeys": [""], "tables": ["", mark] if mark else [""]}
    described = json.loads((made / "data" / "tables.csv-metadata.json").read_text())["tableSchema"]["columns"]
    (people,) = [each for each in described if each["name"] == "people"]
    assert people.get("null", "") == (["", mark] if mark else "")
    told = json.loads((made / "dictionary.json").read_text())["definitions"][0]["gaps"]
    assert told.startswith('"*" where' if mark else "Empty where")


def test_number_beside_a_reason_for_none_is_found(keys: Keys, sealed: Sealing, tmp_path: Path) -> None:
    records = sealed(outcome_records(120, seed=21))
    made = make_release(Order(extracts=[records], keys=keys, out=tmp_path / "out", table_rule="hes"))
    manifest = json.loads((made / "manifest.json").read_text())
    tables = (made / "data" / "tables.csv").read_text()
    for was, now in ((",*,small", ",5,small"), (",0,shown", ",*,shown"), (",*,small", ",,small")):
        (made / "data" / "tables.csv").write_text(tables.replace(was, now, 1))
        assert content_findings(paths_in(made), manifest)
    (made / "data" / "tables.csv").write_text(tables)
    assert content_findings(paths_in(made), manifest) == []


RULES = {
    "default": ("to the nearest 5: 0, or at least 10 people", "fewer than 10 people"),
    "hes": ("to the nearest 5: 0, or at least 8 people", "fewer than 8 people"),
    "opensafely": ("to the nearest 5: 0, or at least 8 people", "fewer than 8 people"),
    "midpoint-6": ("as the middle of each six: 0 is 0, 1 to 6 is 3, 7 to 12 is 9", "no number is too small"),
}


@pytest.mark.parametrize("rule", RULES)
def test_words_of_a_release_follow_its_rule(keys: Keys, sealed: Sealing, tmp_path: Path, rule: str) -> None:
    order = Order(
        extracts=[sealed(outcome_records(120, seed=21))], keys=keys, out=tmp_path / "out", table_rule=rule
    )
    made = make_release(order)
    how, few = RULES[rule]
    assert how in (made / "README.txt").read_text()
    described = json.loads((made / "dictionary.json").read_text())
    (tables,) = [each for each in described["tables"] if each["name"] == "tables"]
    columns = {each["name"]: each for each in tables["columns"]}
    assert how in columns["people"]["meaning"]
    assert few in columns["status"]["meaning"]
    assert few in described["definitions"][0]["gaps"]
    told = json.loads((made / "risk-report.json").read_text())["tables"]
    page = (made / "risk-report.html").read_text()
    assert told["small"]["value"] > 0 or rule == "midpoint-6"
    assert how in page
    assert few in page
    others = {"fewer than 8 people", "fewer than 10 people"} - {few}
    changes = "What fewer than 10 people would have changed"
    for name in ("dictionary.html", "risk-report.html", "dictionary.json"):
        text = (made / name).read_text().replace(changes, "")
        assert not [words for words in others if words in text], name
    twin = json.loads((make_twin(made, tmp_path / "twins") / "dictionary.json").read_text())
    assert [each for each in twin["tables"] if each["name"] == "tables"] == [tables]


def test_licence_lets_a_smaller_number_of_the_tables_be_published(
    keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    told = {}
    for rule in ("default", "hes"):
        records = sealed(outcome_records(60, seed=21))
        order = Order(extracts=[records], keys=keys, out=tmp_path / rule, table_rule=rule)
        told[rule] = (make_release(order) / "LICENCE.txt").read_text()
    assert "fewer than 10 people.\n" in told["default"]
    assert "fewer than 10 people but those that the tables of this release print.\n" in told["hes"]
