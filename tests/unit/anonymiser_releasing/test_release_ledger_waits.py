"""The ledger of tables has what was published and nothing else: no candidate, no killed run; and never lacks any."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from anonymiser.keys import Keys
from anonymiser.releasing.build import make_candidate, make_release
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.series import STATE
from anonymiser.releasing.sources import Order
from anonymiser.releasing.verify import verify_release
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing, files_of


@pytest.fixture(scope="module")
def some() -> list[Fields]:
    return outcome_records(240, seed=5)


@pytest.fixture
def wanted(some: list[Fields], sealed: Sealing, keys: Keys, tmp_path: Path) -> Order:
    return Order(extracts=[sealed(some)], keys=keys, out=tmp_path / "out")


def entries(order: Order) -> list[str]:
    path = order.out / STATE / "tables.ledger"
    return [json.loads(line)["release"] for line in path.read_text().splitlines()] if path.exists() else []


def test_whoever_withdraws_between_a_candidate_and_its_release_is_left_out(
    wanted: Order, some: list[Fields], tmp_path: Path
) -> None:
    make_candidate(wanted)
    assert entries(wanted) == []
    (tmp_path / "withdrawn").write_text(f"{some[0]['nhs_number']}\n")
    release = make_release(replace(wanted, lists=Lists(withdrawn=tmp_path / "withdrawn")))
    assert verify_release(release)["counts"]["left_out"]["consent-withdrawn"] is None
    assert set(entries(wanted)) == {entries(wanted)[0]}


def test_a_candidate_of_a_wrong_extract_changes_no_number_of_the_release(
    wanted: Order, some: list[Fields], sealed: Sealing, tmp_path: Path
) -> None:
    right = replace(wanted, extracts=[sealed(some, extract_id=LATER_ID)])
    make_candidate(replace(wanted, extracts=[sealed(some[:120])]))
    clean = make_release(replace(right, out=tmp_path / "clean"))
    assert files_of(make_release(right)) == files_of(clean)


@pytest.mark.parametrize("step", ["verify_release", "publish"])
def test_a_run_killed_after_its_tables_leaves_nothing_in_the_ledger(
    wanted: Order, some: list[Fields], sealed: Sealing, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"anonymiser.releasing.build.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            make_release(wanted)
    assert entries(wanted) == []
    other = replace(wanted, extracts=[sealed(some[:200], extract_id=LATER_ID)])
    assert verify_release(make_release(other))["ledger"].startswith(f"{len(entries(other))}:")


def test_a_run_killed_just_after_its_publication_lacks_nothing_in_the_ledger(
    wanted: Order, some: list[Fields], sealed: Sealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_ledger: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("anonymiser.tables.ledger.Ledger.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            make_release(wanted)
    assert len(list(wanted.out.glob("release-1-*"))) == 1
    later = outcome_records(300, seed=5)[240:]
    second = make_release(replace(wanted, extracts=[sealed(later, extract_id=LATER_ID)]))
    assert second.name.startswith("release-2-")
    assert len(set(entries(wanted))) == 2
    assert not (wanted.out / STATE / "tables.ledger.prepared").exists()
    assert pl.read_csv(second / "data" / "tables.csv").height
