"""Looks at what could be wrong with what others have written and we have left lying: `make audit`.

Four questions, each answered with "clean", "found" or "not audited". A tool that could not look has found nothing, and
that is never told as clean: behind a mirror of the package index every package is "not found", and the tool is content.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from deploy.assurance import libraries
from deploy.assurance.evidence import HERE, ROOT

LOOKED_AT: Final = HERE / "looked-at.toml"
BASELINE: Final = HERE / "secrets.baseline"
OURS: Final = ("app", "fhir", "anonymiser", "clients", "migrations", "deploy")
# What is not looked through for secrets: other people's data, and files that are digests from end to end.
_LEFT_OUT: Final = ("tests/data/", "requirements", "deploy/uv.txt", "tests/bench/peers.txt", BASELINE.name)
_PACKED: Final = (".gz", ".mo", ".png", ".ico", ".parquet")
_INVENTED: Final = "Secret Keyword"  # a word such as password beside a text: tests are full of invented ones
_SECONDS: Final = 900
Run = Callable[[Sequence[str]], str]


class Verdict(StrEnum):
    """What an audit came to."""

    CLEAN = "clean"
    FOUND = "found"
    NOT_AUDITED = "not audited"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the lines that say why."""

    about: str
    verdict: Verdict
    why: tuple[str, ...] = ()


def packages(told: str) -> Answer:
    """Judge what pip-audit printed as JSON: one package that could not be looked up is enough not to be clean."""
    about = "known faults of packages"
    try:
        found = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer(about, Verdict.NOT_AUDITED, ("pip-audit gave no answer that can be read",))
    faulty = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {' '.join(fault['fix_versions']) or 'none yet'}"
        for each in found
        for fault in each.get("vulns", ())
    ]
    skipped = [each["name"] for each in found if "skip_reason" in each]
    if faulty:
        return Answer(about, Verdict.FOUND, tuple(faulty))
    if skipped or not found:
        unseen = f"{len(skipped)} of {len(found)} packages could not be looked up"
        return Answer(about, Verdict.NOT_AUDITED, (unseen, *skipped[:5]))
    return Answer(about, Verdict.CLEAN, (f"{len(found)} packages",))


def code(told: str, excused: Sequence[Mapping[str, Any]]) -> Answer:
    """Judge what bandit printed as JSON, from medium severity on, against what somebody has looked at, with reasons."""
    about = "dangerous code"
    try:
        report = json.loads(told)
        found = Counter(
            (each["test_id"], Path(each["filename"]).as_posix().removeprefix("./"))
            for each in report["results"]
            if each["issue_severity"] != "LOW"  # the linter's S rules are the same and stricter there
        )
        unread = [str(each["filename"]) for each in report["errors"]]
    except (ValueError, KeyError, TypeError):
        return Answer(about, Verdict.NOT_AUDITED, ("bandit gave no answer that can be read",))
    known = Counter({(each["rule"], each["file"]): each["times"] for each in excused})
    new = [f"{rule} in {file}: {times}" for (rule, file), times in sorted((found - known).items())]
    gone = [f"{rule} in {file} is excused and not there" for rule, file in sorted(known - found)]
    if new or gone:
        return Answer(about, Verdict.FOUND, (*new, *gone))
    return Answer(about, Verdict.NOT_AUDITED if unread else Verdict.CLEAN, tuple(unread))


def secrets(told: str, baseline: Mapping[str, Any]) -> Answer:
    """Judge what detect-secrets printed as JSON: all that it takes for a secret must have been looked at before."""
    about = "secrets in the tree"
    try:
        results = json.loads(told)["results"]
        found = {
            (file, each["hashed_secret"])
            for file, lines in results.items()
            for each in lines
            if not (file.startswith("tests/") and each["type"] == _INVENTED)
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return Answer(about, Verdict.NOT_AUDITED, ("detect-secrets gave no answer that can be read",))
    harmless = {
        (file, each["hashed_secret"])
        for file, lines in baseline["results"].items()
        for each in lines
        if each.get("is_secret") is False
    }
    new = sorted({file for file, _ in found - harmless})
    return Answer(about, Verdict.FOUND if new else Verdict.CLEAN, tuple(f"look at {file}" for file in new))


def ages(listed: str, locked: str, today: date) -> Answer:
    """Judge by the list of libraries which are past their time; what nobody has looked at in time is not clean."""
    about = "libraries past their time"
    try:
        judged = libraries.judge(libraries.ledger(listed), libraries.pins(locked), today)
    except (ValueError, KeyError, TypeError):
        return Answer(about, Verdict.NOT_AUDITED, (f"{libraries.LEDGER.name} cannot be read",))
    if judged.past:
        return Answer(about, Verdict.FOUND, (*judged.past, *judged.unseen))
    if judged.unseen:
        return Answer(about, Verdict.NOT_AUDITED, (*judged.unseen[:5], "look with `make libraries`"))
    return Answer(about, Verdict.CLEAN)


def excused() -> list[dict[str, Any]]:
    """Return what bandit finds and somebody has looked at."""
    return list(tomllib.loads(LOOKED_AT.read_text())["bandit"])


def baseline() -> dict[str, Any]:
    """Return what detect-secrets finds and somebody has looked at."""
    return dict(json.loads(BASELINE.read_text()))


def looked_through() -> list[str]:
    """Return the files of the tree that are searched for secrets."""
    listed = _run(["git", "ls-files", "--cached", "--others", "--exclude-standard"]).splitlines()
    return [
        name
        for name in listed
        if not any(part in name for part in _LEFT_OUT)
        and not name.endswith(_PACKED)
        and (ROOT / name).is_file()
    ]


def ask_pip_audit(run: Run, requirements: str = "requirements.txt") -> Answer:
    """Ask for known faults of what production installs."""
    asked = ["pip_audit", "--requirement", requirements, "--require-hashes", "--disable-pip"]
    return packages(run(["python", "-m", *asked, "--format", "json", "--progress-spinner", "off"]))


def ask_bandit(run: Run) -> Answer:
    """Ask for dangerous calls in our own code."""
    return code(run(["python", "-m", "bandit", "-q", "-r", *OURS, "-f", "json"]), excused())


def ask_detect_secrets(run: Run, files: Sequence[str]) -> Answer:
    """Ask for what looks like a secret; `--all-files`, or the tool leaves out in silence what git does not know yet."""
    asked = ["python", "-m", "detect_secrets", "scan", "--no-verify", "--all-files"]
    return secrets(run([*asked, *files]), baseline())


def _run(command: Sequence[str], *, cwd: Path = ROOT) -> str:
    program = [sys.executable, *command[1:]] if command[0] == "python" else list(command)
    try:
        ended = subprocess.run(
            program, cwd=cwd, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""  # read as no answer, which is never clean
    return ended.stdout


def main() -> int:
    """Ask all four and say what came of it; return 0 when all is clean, 1 when not, 2 when nobody could look."""
    answers = [ask_detect_secrets(_run, looked_through()), ask_bandit(_run), ask_pip_audit(_run)]
    answers.append(ages(libraries.LEDGER.read_text(), libraries.LOCK.read_text(), datetime.now(UTC).date()))
    for answer in answers:
        sys.stdout.write(f"{answer.about}: {answer.verdict}\n")
        sys.stdout.writelines(f"    {line}\n" for line in answer.why)
    verdicts = {answer.verdict for answer in answers}
    return 1 if Verdict.FOUND in verdicts else 2 if Verdict.NOT_AUDITED in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
