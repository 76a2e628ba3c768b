"""The script that the anonymiser's timer runs, run for real: two extracts, a killed run, nothing new, a no."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anonymiser.keys import PUBLIC_KEY, SECOND_HALF, make_keys
from app.store.sealing import seal
from tests.unit.anonymiser.sample import Fields, lines, outcome_records

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "deploy" / "release-extracts.sh"
FIRST, SECOND = (f"5f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a00{number}" for number in (1, 2))
DAYS = {FIRST: "2026-10-01", SECOND: "2026-11-01"}
# A python that is killed where a release is renamed into place: just before, or just after and before it is noted.
DYING = """#!{python}
import os, signal, sys, runpy
from anonymiser.releasing import build
publish = build.publish
def killed(aside, target):
    if "{moment}" == "after":
        publish(aside, target)
    os.kill(os.getpid(), signal.SIGKILL)
build.publish = killed
sys.argv = sys.argv[2:]
runpy.run_module("anonymiser", run_name="__main__")
"""


@dataclass
class Installation:
    """The folders of one anonymiser, and how its script is run."""

    folder: Path

    @property
    def extracts(self) -> Path:
        return self.folder / "extracts"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def environment(self) -> dict[str, str]:
        places = {"EXTRACTS": self.extracts, "KEYS": self.folder / "keys", "RELEASES": self.releases}
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHON": sys.executable,
            **{name: str(place) for name, place in places.items()},
        }

    def seal(self, extract_id: str, records: Sequence[Fields]) -> Path:
        path = self.extracts / f"extract-{extract_id}.sealed"
        content = lines(records, extract_id=extract_id, created_on=DAYS[extract_id])
        with path.open("wb") as out:
            seal(content, (self.folder / "keys" / PUBLIC_KEY).read_bytes(), out)
        return path

    def write_lists(self, withdrawn: str = "") -> None:
        (self.extracts / "type-1.txt").write_text("")
        (self.extracts / "withdrawn.txt").write_text(withdrawn)

    def run(
        self, changes: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        environment = self.environment | dict(changes or {})
        told = subprocess.run(
            ["sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False, **options
        )
        assert "Traceback" not in told.stderr
        return told

    def published(self) -> list[str]:
        return sorted(path.name for path in self.releases.glob("[!.]*")) if self.releases.exists() else []

    def counts(self, name: str) -> dict[str, Any]:
        """As the steward has them; the manifest's are rounded."""
        about = next(self.releases.glob(f".series/{name}/about.json"))
        found: dict[str, Any] = json.loads(about.read_text())["counts"]
        return found


@pytest.fixture(scope="module")
def records() -> list[Fields]:
    return outcome_records(700)


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    make_keys(tmp_path / "keys")
    made.extracts.mkdir()
    made.write_lists()
    return made


def test_each_extract_gives_one_release_and_nothing_new_gives_none(
    here: Installation, records: list[Fields]
) -> None:
    assert "nothing to release" in here.run().stdout
    assert here.published() == []
    here.seal(FIRST, records[:400])
    first = here.run()
    assert first.returncode == 0, first.stderr
    assert here.published() == ["release-1-2026-10-01"]
    assert "nothing to release" in here.run().stdout
    here.seal(SECOND, records[400:])
    second = here.run()
    assert second.returncode == 0, second.stderr
    assert here.published() == ["release-1-2026-10-01", "release-2-2026-11-01"]
    assert here.counts("release-2-2026-11-01")["rows_extracted"] == 700
    assert "nothing to release" in here.run().stdout
    assert here.published() == ["release-1-2026-10-01", "release-2-2026-11-01"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_run_is_run_again_and_nothing_comes_out_twice(
    here: Installation, records: list[Fields], moment: str
) -> None:
    here.seal(FIRST, records)
    dying = here.folder / "python"
    dying.write_text(DYING.format(python=sys.executable, moment=moment))
    dying.chmod(0o700)
    assert here.run({"PYTHON": str(dying)}).returncode == -signal.SIGKILL
    published = ["release-1-2026-10-01"] if moment == "after" else []
    assert [name for name in here.published() if name.startswith("release")] == published
    again = here.run()
    assert again.returncode == 0, again.stderr
    assert ("nothing to release" in again.stdout) is (moment == "after")
    assert here.published() == ["release-1-2026-10-01"]
    assert list(here.releases.glob(".making-*")) == []
    whole = [
        sys.executable,
        "-m",
        "anonymiser",
        "verify",
        "--release",
        str(here.releases / "release-1-2026-10-01"),
    ]
    assert subprocess.run(whole, env=here.environment, check=False, capture_output=True).returncode == 0


def test_whoever_said_no_meanwhile_is_left_out_of_the_next_release(
    here: Installation, records: list[Fields]
) -> None:
    here.seal(FIRST, records[:400])
    here.run()
    here.seal(SECOND, records[400:])
    gone = records[450]["nhs_number"]
    here.write_lists(withdrawn=f"{gone}\n")
    told = here.run()
    assert told.returncode == 0, told.stderr
    counts = here.counts("release-2-2026-11-01")
    assert sum(counts["left_out"].values()) == sum(each["nhs_number"] == gone for each in records)


def test_without_the_lists_nothing_is_released(here: Installation, records: list[Fields]) -> None:
    here.seal(FIRST, records)
    (here.extracts / "withdrawn.txt").unlink()
    told = here.run()
    assert told.returncode == 1
    assert "withdrawn.txt cannot be read" in told.stderr
    assert here.published() == []


def test_a_withdrawn_release_stays_withdrawn_and_its_number_and_rows_are_not_used_again(
    here: Installation, records: list[Fields]
) -> None:
    here.seal(FIRST, records[:400])
    here.run()
    out = here.counts("release-1-2026-10-01")["rows_released"]
    assert out
    (here.releases / "release-1-2026-10-01").rename(here.folder / "withdrawn")
    assert "nothing to release" in here.run().stdout
    here.seal(SECOND, records[400:])
    told = here.run()
    assert told.returncode == 0, told.stderr
    assert here.published() == ["release-2-2026-11-01"]
    assert here.counts("release-2-2026-11-01")["rows_released"] <= len(records) - out


def test_an_extract_that_is_gone_is_asked_for(here: Installation, records: list[Fields]) -> None:
    old = here.seal(FIRST, records[:400])
    here.run()
    old.unlink()
    here.seal(SECOND, records[400:])
    told = here.run()
    assert told.returncode == 1
    assert "give it too" in told.stderr
    assert here.published() == ["release-1-2026-10-01"]


def test_the_second_half_can_be_handed_in(here: Installation, records: list[Fields]) -> None:
    here.seal(FIRST, records)
    half = (here.folder / "keys" / SECOND_HALF).read_text()
    (here.folder / "keys" / SECOND_HALF).unlink()
    missing = here.run()
    assert missing.returncode == 2
    assert SECOND_HALF in missing.stderr
    told = here.run({"SECOND_HALF": "/dev/stdin"}, input=half)
    assert told.returncode == 0, told.stderr
    assert here.published() == ["release-1-2026-10-01"]


def test_a_half_of_ones_own_handed_in_as_a_file_is_refused(here: Installation, records: list[Fields]) -> None:
    here.seal(FIRST, records)
    with (here.folder / "keys" / SECOND_HALF).open() as half:
        told = here.run({"SECOND_HALF": "/dev/stdin"}, stdin=half)
    assert told.returncode == 2
    assert "files of one user" in told.stderr
    assert here.published() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_another_users_half_is_read_by_whoever_cannot_open_it(
    here: Installation, records: list[Fields]
) -> None:
    """As systemd does it: it opens the file, and the account that gets it could not."""
    here.seal(FIRST, records)
    half = here.folder / "keys" / SECOND_HALF
    os.chown(half, 10009, 10009)
    with half.open() as opened:
        told = here.run({"SECOND_HALF": "/dev/stdin"}, stdin=opened)
    assert told.returncode == 0, told.stderr
