"""Proofs are watched as they run: one that is skipped, or left out of a whole run, turns a green run red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.assurance.evidence import ROOT, named_tests

CONFTEST = """
import pytest
from tests.proofs import Watch
def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        named = {"test_it.py::test_proof": {"HZ01"}}
        config.pluginmanager.register(Watch(named, whole=config.args == ["."]), "watch")
"""
OTHER = "def test_other():\n    pass\n"
RUNS = "import pytest\ndef test_proof():\n    pass\n"
SKIPS = "import pytest\ndef test_proof():\n    pytest.skip('not here')\n"
FAILS = "import pytest\ndef test_proof():\n    assert False\n"
ONE_OF_TWO = """import pytest
@pytest.mark.parametrize('n', [1, 2])
def test_proof(n):
    n == 2 and pytest.skip('no')
"""


def run(folder: Path, proof: str, *named: str) -> tuple[int, str]:
    """Run a small suite with the watch of this project; return its exit code and what it said."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(proof + OTHER)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(named or ["."])]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    ("proof", "named", "code", "said"),
    [
        (RUNS, (), 0, ""),
        (SKIPS, (), 1, "test_proof was skipped, and is the proof of HZ01"),
        (ONE_OF_TWO, (), 1, "test_proof was skipped"),
        (FAILS, (), 1, "1 failed"),
        (RUNS, ("-n", "2", "."), 0, ""),
        (SKIPS, ("-n", "2", "."), 1, "test_proof was skipped"),
        ("", (), 1, "test_proof did not run"),
        ("", ("test_it.py",), 0, ""),
    ],
)
def test_a_run_is_green_only_when_its_proofs_ran(
    tmp_path: Path, proof: str, named: tuple[str, ...], code: int, said: str
) -> None:
    ended, told = run(tmp_path, proof, *named)
    assert (ended, said in told) == (code, True), told


def test_watch_stands_in_this_very_run(request: pytest.FixtureRequest) -> None:
    assert "tests.proofs" in {name for name, _ in request.config.pluginmanager.list_name_plugin()}


def test_many_tests_are_proofs() -> None:
    named = named_tests()
    assert len(named) > 300
    assert any("HZ01" in by for by in named.values())
    assert any("ASVS V8.2.2" in by for by in named.values())
