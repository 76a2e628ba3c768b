"""What the anonymiser was asked for beside its usual tables, on the pages: files with noise, and another rule."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.config import Settings
from app.services.dataset.dataset_access import rows_of
from app.services.dataset.releases import cells, get_release
from app.store.sealing import seal
from tests.integration.dataset_api.conftest import Series, anonymiser
from tests.integration.dataset_api.test_dataset_clients import load_client
from tests.integration.projects.conftest import Bench
from tests.integration.web.conftest import Visitor
from tests.unit.anonymiser.sample import lines, outcome_records

PRIVATE = ("--also-private", "0.5", "--private-total", "0.5")


def made(folder: Path, *options: str) -> Series:
    """A series of one release, made with some options."""
    series = Series(folder)
    anonymiser("keygen", "--keys", str(series.keys))
    extract = folder / "first.sealed"
    with extract.open("wb") as out:
        seal(lines(outcome_records(400)), (series.keys / "public.pem").read_bytes(), out)
    where = ("--extract", str(extract), "--keys", str(series.keys), "--out", str(series.out))
    anonymiser("release", *where, *options)
    return series


@pytest.fixture(scope="module")
def with_noise(tmp_path_factory: pytest.TempPathFactory) -> Series:
    return made(tmp_path_factory.mktemp("noise"), "--also-perturbed", *PRIVATE)


@pytest.fixture(scope="module")
def by_hes(tmp_path_factory: pytest.TempPathFactory) -> Series:
    return made(tmp_path_factory.mktemp("hes"), "--table-rule", "hes")


@pytest.fixture
def shown() -> str:
    """Which series the pages show; a test may name another."""
    return "with_noise"


@pytest.fixture
def settings(settings: Settings, shown: str, request: pytest.FixtureRequest) -> Settings:
    return replace(settings, releases_dir=request.getfixturevalue(shown).out)


RELEASE = "release-1-2026-11-22"


@pytest.mark.parametrize("name", ["data/tables-perturbed.csv", "data/tables-private.parquet"])
def test_files_with_noise_are_for_whoever_may_have_the_tables(
    analyst_with: Callable[..., Visitor], with_noise: Series, name: str
) -> None:
    path = f"/dataset/releases/{RELEASE}"
    tables = analyst_with("tables")
    assert f"{path}/files/{name}" in tables.get(path).links
    assert tables.client.get(f"{path}/files/{name}").data == (with_noise.out / RELEASE / name).read_bytes()


def test_files_with_noise_are_not_for_a_project_of_rows_alone(analyst_with: Callable[..., Visitor]) -> None:
    path = f"/dataset/releases/{RELEASE}/files/data/tables-perturbed.csv"
    assert "was not given the tier" in analyst_with("rows").get(path, status=403).text


def test_release_says_what_the_files_with_noise_are(analyst: Visitor) -> None:
    page = analyst.get(f"/dataset/releases/{RELEASE}")
    assert "Counts by two things at once, a little off" in page.text
    assert "Counts with noise (differential privacy)" in page.text


@pytest.mark.parametrize("shown", ["by_hes"])
def test_numbers_that_are_too_small_are_worded_by_the_rule_of_the_release(
    shown: str, analyst: Visitor
) -> None:
    assert "at least 8, rounded to 5" in analyst.get("/dataset/figures").text
    page = analyst.get(f"/dataset/figures/{RELEASE}/outcome-by-need")
    assert "fewer than 8" in page.text
    assert "fewer than 10" not in page.text.replace("fewer than 10 people would have changed", "")


def test_star_of_hes_is_read_as_withheld_by_every_reader(by_hes: Series, bench: Bench) -> None:
    release = get_release(by_hes.out, RELEASE)
    with (release.folder / "data/tables.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    told = [None if line["people"] == "*" else int(line["people"]) for line in lines]
    assert None in told
    assert [cell.people for cell in cells(release)] == told
    rows = rows_of(bench.project(bench.approved(tiers=("tables",))), release, "tables")
    assert [json.loads(line)["people"] for line in rows.as_ndjson()] == told
    client = load_client()
    assert [client._cell("people", line["people"]) for line in lines] == told
    assert client._cell("area", "*") == "*"
