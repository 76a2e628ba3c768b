"""`make audit` is honest: a tool that could not look is never told as clean, and what is excused is still there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.assurance import audit
from deploy.assurance.audit import Answer, Verdict

# As pip-audit 2.10.1 printed it behind a mirror of the index, with exit code 0 and "No known vulnerabilities found".
BEHIND_A_MIRROR = """{"dependencies": [
{"name": "alembic", "skip_reason": "Dependency not found on PyPI and could not be audited: alembic (1.20.1)"},
{"name": "flask", "skip_reason": "Dependency not found on PyPI and could not be audited: flask (3.1.3)"}],
"fixes": []}"""
GOOD = {"name": "flask", "version": "3.1.3", "vulns": []}
FAULTY = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"], "aliases": [], "description": "..."}],
}
SKIPPED = json.loads(BEHIND_A_MIRROR)["dependencies"][0]


def told(*packages: object) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        (BEHIND_A_MIRROR, Verdict.NOT_AUDITED),
        (told(GOOD), Verdict.CLEAN),
        (told(GOOD, SKIPPED), Verdict.NOT_AUDITED),
        (told(GOOD, FAULTY), Verdict.FOUND),
        (told(SKIPPED, FAULTY), Verdict.FOUND),
        (told(), Verdict.NOT_AUDITED),
        ("", Verdict.NOT_AUDITED),
        ("{}", Verdict.NOT_AUDITED),
        ("[]", Verdict.NOT_AUDITED),
    ],
)
def test_packages_are_clean_only_when_every_one_was_looked_up(printed: str, verdict: Verdict) -> None:
    assert audit.packages(printed).verdict is verdict


def test_a_package_with_known_faults_is_never_clean_whatever_the_index(tmp_path: Path) -> None:
    """A real run: faults are found where the index can be asked, and elsewhere it is said that nobody looked."""
    printed: list[str] = []

    def run(command: Sequence[str]) -> str:
        printed.append(audit._run(command))
        return printed[-1]

    (tmp_path / "old.txt").write_text(f"jinja2==2.4.1 --hash=sha256:{'0' * 64}\n")
    answer = audit.ask_pip_audit(run, str(tmp_path / "old.txt"))
    assert answer.verdict is (Verdict.FOUND if '"vulns"' in printed[0] else Verdict.NOT_AUDITED), printed
    assert answer.why


def test_nothing_dangerous_is_in_our_code_but_what_was_looked_at() -> None:
    answer = audit.ask_bandit(audit._run)
    assert answer.verdict is Verdict.CLEAN, answer.why


def test_every_excuse_has_a_reason() -> None:
    assert [each for each in audit.excused() if len(each["why"]) < 20] == []


def found_by_bandit(*found: tuple[str, str, str], errors: Sequence[str] = ()) -> str:
    lines = [{"test_id": rule, "filename": file, "issue_severity": grave} for rule, file, grave in found]
    return json.dumps({"results": lines, "errors": [{"filename": each} for each in errors]})


EXCUSED = [{"rule": "B608", "file": "app/a.py", "times": 1, "why": "of our own words"}]
ONE = ("B608", "./app/a.py", "MEDIUM")


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        (found_by_bandit(ONE), Verdict.CLEAN),
        (found_by_bandit(ONE, ("B101", "app/a.py", "LOW")), Verdict.CLEAN),
        (found_by_bandit(ONE, ONE), Verdict.FOUND),
        (found_by_bandit(ONE, ("B602", "app/a.py", "HIGH")), Verdict.FOUND),
        (found_by_bandit(), Verdict.FOUND),
        (found_by_bandit(ONE, errors=["app/b.py"]), Verdict.NOT_AUDITED),
        ("", Verdict.NOT_AUDITED),
        ('{"results": []}', Verdict.NOT_AUDITED),
    ],
)
def test_code_is_clean_only_when_it_is_as_it_was_looked_at(printed: str, verdict: Verdict) -> None:
    assert audit.code(printed, EXCUSED).verdict is verdict


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.CLEAN, Verdict.CLEAN, Verdict.CLEAN), 0),
        ((Verdict.CLEAN, Verdict.CLEAN, Verdict.NOT_AUDITED), 2),
        ((Verdict.FOUND, Verdict.CLEAN, Verdict.NOT_AUDITED), 1),
    ],
)
def test_command_succeeds_only_when_all_was_looked_at(
    verdicts: tuple[Verdict, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, verdict in zip(("ask_detect_secrets", "ask_bandit", "ask_pip_audit"), verdicts, strict=True):
        answer = Answer(name, verdict, ("a reason",))
        monkeypatch.setattr(audit, name, lambda *_, answer=answer: answer)
    assert audit.main() == code
    assert ("not audited" in capsys.readouterr().out) is (Verdict.NOT_AUDITED in verdicts)
