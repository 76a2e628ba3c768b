"""The papers of a tier P project, written as the runbook says, are those that the anonymiser takes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anonymiser.keys import PUBLIC_KEY, make_keys
from app.store.sealing import seal
from tests.unit.anonymiser.sample import lines, outcome_records

ROOT = Path(__file__).parents[3]
GUARDIAN, OWNER = ("Dr A. Guardian", "caldicott-guardian"), ("B. Owner", "senior-information-risk-owner")
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def made_key(name: str, role: str, private: Path) -> subprocess.CompletedProcess[str]:
    return run("-m", "anonymiser", "approver-keygen", "--name", name, "--role", role, "--private", private)


def sign(papers: Path, name: str, role: str) -> str:
    """Sign the project as one approver; gives what was printed."""
    key = papers / f"{role}.pem"
    told = run(
        "-m", "anonymiser", "sign", "--paper", papers / "project.json", "--name", name, "--private", key
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A project's file as it is written before anybody signs, and the approvers' list."""
    today = datetime.now(UTC).date()
    told = {
        "project": {
            "id": "waits-2027",
            "recipient": "university-of-x",
            "purpose": "Do waits differ by area?",
            "fields": ["age_band", "area_outward", "weeks_to_start"],
            "epoch": "2026a",
        },
        "request": {
            "id": "waits-2027-1",
            "reason": "Agreed by the board on its November meeting.",
            "asked_by": "The steward",
            "asked_on": today.isoformat(),
            "expires_on": (today + timedelta(days=300)).isoformat(),
        },
    }
    (tmp_path / "project.json").write_text(json.dumps(told))
    approvers = [
        json.loads(made_key(name, role, tmp_path / f"{role}.pem").stdout) for name, role in (GUARDIAN, OWNER)
    ]
    (tmp_path / "approvers.json").write_text(json.dumps({"approvers": approvers}))
    return tmp_path


@pytest.fixture
def linkable(papers: Path) -> list[object]:
    """The anonymiser's command with everything but the papers in order."""
    make_keys(papers / "keys")
    records = outcome_records(60)
    extract = papers / "extract-1.sealed"
    with extract.open("wb") as out:
        today = datetime.now(UTC).date().isoformat()
        seal(lines(records, created_on=today), (papers / "keys" / PUBLIC_KEY).read_bytes(), out)
    numbers = sorted({each["nhs_number"] for each in records})
    (papers / "answer.dat").write_text("".join(f"{number},\n" for number in numbers[1:]))
    places = {"project": "project.json", "approvers": "approvers.json", "trail": "trail", "keys": "keys"}
    words: list[object] = ["-m", "anonymiser", "linkable", "--extract", extract, "--out", papers / "projects"]
    for name, place in {**places, "national-answer": "answer.dat"}.items():
        words += [f"--{name}", papers / place]
    return [*words, "--national-answer-date", datetime.now(UTC).date().isoformat()]


def test_two_signatures_give_the_project_its_rows_for_nobody_elses_eyes(
    papers: Path, linkable: list[object]
) -> None:
    for name, role in (GUARDIAN, OWNER):
        assert "Do waits differ by area?" in sign(papers, name, role)
    told = run(*linkable)
    assert told.returncode == 0, told.stderr
    folder = Path(told.stdout.strip())
    assert folder.stat().st_mode & 0o077 == 0
    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["counts"]["people_left_out"]["national-data-opt-out"] == 1
    assert "personal data" in (folder / "NOTICE.txt").read_text()


def test_one_signature_gives_nothing(papers: Path, linkable: list[object]) -> None:
    sign(papers, *OWNER)
    told = run(*linkable)
    assert told.returncode == 1
    assert "caldicott-guardian" in told.stderr
    assert not (papers / "projects").exists()


def test_a_field_added_after_the_signatures_gives_nothing(papers: Path, linkable: list[object]) -> None:
    for name, role in (GUARDIAN, OWNER):
        sign(papers, name, role)
    told = json.loads((papers / "project.json").read_text())
    told["project"]["fields"].append("ethnicity")
    (papers / "project.json").write_text(json.dumps(told))
    assert run(*linkable).returncode == 1
    assert not (papers / "projects").exists()


def test_a_key_is_never_written_over(papers: Path) -> None:
    before = (papers / f"{OWNER[1]}.pem").read_bytes()
    assert made_key(*OWNER, papers / f"{OWNER[1]}.pem").returncode == 2
    assert (papers / f"{OWNER[1]}.pem").read_bytes() == before
