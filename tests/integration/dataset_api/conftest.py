"""A real series of two releases, a project of the place with a token, and the door that serves them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import Settings
from app.domain.project_papers import COLUMNS
from app.domain.projects import Project
from app.services.dataset import project_tokens
from app.store.sealing import seal
from tests.integration.projects.conftest import Bench
from tests.integration.projects.conftest import bench as bench
from tests.serving import ROOT
from tests.unit.anonymiser.sample import lines, outcome_records

EVERY_COLUMN = tuple(COLUMNS)
SECOND = "9a1c1d7e-6a0b-4c55-9d0e-0a4be2c0a002"


def anonymiser(*words: str) -> str:
    """Run the anonymiser as it is run for real, in an environment without a secret."""
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "anonymiser", *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@dataclass(frozen=True)
class Series:
    """What the anonymiser's user has: keys, sealed extracts, and the folder of releases."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def release(self, name: str, records: list[dict[str, Any]], **header: Any) -> str:
        """Seal an extract and have it released; return the release's id."""
        sealed = self.folder / f"{name}.sealed"
        with sealed.open("wb") as out:
            seal(lines(records, **header), (self.keys / "public.pem").read_bytes(), out)
        words = ("--extract", str(sealed), "--keys", str(self.keys), "--out", str(self.out))
        return Path(anonymiser("release", *words).strip().splitlines()[-1]).name


@pytest.fixture(scope="session")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Two releases of one series; tests that change something work on a copy."""
    made = Series(tmp_path_factory.mktemp("dataset"))
    anonymiser("keygen", "--keys", str(made.keys))
    records = outcome_records(600)
    made.release("first", records[:420], created_on="2026-10-22")
    made.release("second", records[420:], extract_id=SECOND)
    return made


@pytest.fixture
def out(series: Series, tmp_path: Path) -> Path:
    """The folder of releases, a copy of this test's own."""
    return Path(shutil.copytree(series.out, tmp_path / "out"))


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """An empty letter box, at which no desk has sat down yet."""
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(settings: Settings, out: Path, box: Path) -> Settings:
    return replace(settings, releases_dir=out, desk_dir=box)


@dataclass(frozen=True)
class Analyst:
    """Somebody's program, with a token of a project."""

    client: FlaskClient
    token: str
    project: Project

    def get(self, path: str, status: int = 200, **headers: str) -> TestResponse:
        """Ask for something under /dataset/v1."""
        return self._sent("GET", path, status, headers)

    def head(self, path: str, status: int = 200, **headers: str) -> TestResponse:
        return self._sent("HEAD", path, status, headers)

    def ask(self, status: int, **question: Any) -> TestResponse:
        """Ask a question."""
        return self._sent("POST", "/queries", status, {"Prefer": "respond-async"}, json=question)

    def _sent(
        self, method: str, path: str, status: int, headers: dict[str, str], **told: Any
    ) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.open(f"/dataset/v1{path}", method=method, headers=sent, **told)
        assert answer.status_code == status, answer.text[:2000]
        return answer


@pytest.fixture
def analyst_with(bench: Bench, http: FlaskClient) -> Callable[..., Analyst]:
    """Make somebody's project approved, with a token; what is agreed can be said."""

    def make(
        tiers: tuple[str, ...] = ("tables", "queries", "rows"), fields: tuple[str, ...] = EVERY_COLUMN
    ) -> Analyst:
        project_id = bench.approved(tiers=tiers, fields=fields)
        token = project_tokens.make(bench.db, bench.analyst, project_id, name="Notebook")
        return Analyst(http, token, bench.project(project_id))

    return make


@pytest.fixture
def analyst(analyst_with: Callable[..., Analyst]) -> Analyst:
    """A project that was given everything."""
    return analyst_with()


@pytest.fixture
def newest(analyst: Analyst) -> dict[str, Any]:
    """The newest release as the door tells it."""
    found: dict[str, Any] = analyst.get("/releases").json["releases"][0]  # type: ignore[index]
    return found


@pytest.fixture
def desk(series: Series, box: Path) -> Iterator[None]:
    """The anonymiser's desk, a process of its own that knows nothing but its files."""
    words = ["desk", "--keys", str(series.keys), "--out", str(series.out), "--box", str(box)]
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "anonymiser", *words], env=environment, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)
