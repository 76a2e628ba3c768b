"""No secret lies in what is shipped: what looks like one was looked at by somebody, and a new one is found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from deploy.assurance import audit
from deploy.assurance.audit import OURS, Verdict

# Written in parts, so that this file is not found itself.
PLANTED = {
    "a cloud's key": 'key = "AKIA' + "5XQ7ZN2WLK3PV9TB" + '"',
    "a password": "DATABASE_PASSWORD" + ' = "' + "kettle-piano-7319" + '"',
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a log-in in an address": "url = 'postgresql://app:" + "Zebra7319@db.example/x'",
}


def test_no_secret_is_in_the_tree_but_those_that_were_looked_at() -> None:
    """Through the tests `make audit` looks too."""
    shipped = [name for name in audit.looked_through() if "/" not in name or name.split("/")[0] in OURS]
    assert len(shipped) > 1000
    answer = audit.ask_detect_secrets(audit._run, shipped)
    assert answer.verdict is Verdict.CLEAN, answer.why


def test_everything_of_the_baseline_was_looked_at() -> None:
    results = audit.baseline()["results"]
    assert [
        f for f, found in results.items() if any(each.get("is_secret") is not False for each in found)
    ] == []


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_new_secret_is_found(tmp_path: Path, planted: str) -> None:
    (tmp_path / "settings.py").write_text(planted + "\n")
    answer = audit.ask_detect_secrets(partial(audit._run, cwd=tmp_path), ["settings.py"])
    assert (answer.verdict, answer.why) == (Verdict.FOUND, ("look at settings.py",))


def test_files_that_git_does_not_know_are_looked_through_too() -> None:
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> str:
        asked.append(command)
        return ""

    assert audit.ask_detect_secrets(run, ["a.py"]).verdict is Verdict.NOT_AUDITED
    assert "--all-files" in asked[0]


def test_a_secret_that_was_looked_at_in_one_file_is_new_in_another() -> None:
    known = {"results": {"a.py": [{"hashed_secret": "1", "is_secret": False}]}}
    told = '{"results": {"%s": [{"hashed_secret": "1", "type": "Secret Keyword"}]}}'
    assert audit.secrets(told % "a.py", known).verdict is Verdict.CLEAN
    assert audit.secrets(told % "b.py", known).verdict is Verdict.FOUND


def test_only_words_beside_a_text_are_left_to_tests() -> None:
    told = '{"results": {"tests/test_a.py": [{"hashed_secret": "1", "type": "%s"}]}}'
    assert audit.secrets(told % "Secret Keyword", {"results": {}}).verdict is Verdict.CLEAN
    assert audit.secrets(told % "Private Key", {"results": {}}).verdict is Verdict.FOUND


def test_one_that_is_a_secret_is_never_excused() -> None:
    told = '{"results": {"%s": [{"hashed_secret": "1", "type": "%s"}]}}'
    known = {"results": {"a.py": [{"hashed_secret": "1", "is_secret": True}]}}
    assert audit.secrets(told % ("a.py", "Secret Keyword"), known).verdict is Verdict.FOUND


@pytest.mark.parametrize("told", ["", "{}", "no answer", '{"results": 1}'])
def test_no_answer_is_not_clean(told: str) -> None:
    assert audit.secrets(told, {"results": {}}).verdict is Verdict.NOT_AUDITED
