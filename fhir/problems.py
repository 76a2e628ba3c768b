"""Problems found in a message, each with its place and its remedy, and the OperationOutcome that tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fhir.systems import HTTP_ERROR_CODES

MAX_ISSUES = 50  # 10,000 unknown fields would give 10,000 issues: enough is enough for a reader


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: `path` is a FHIRPath, `code` a FHIR issue type, `sentence` has nothing personal in it."""

    path: str
    code: str
    sentence: str
    severity: str = "error"


class FhirRejected(Exception):
    """A message that cannot be taken; `status` and `rec_code` are of the BaRS catalogue."""

    def __init__(self, problems: Iterable[Problem], *, status: int = 400, rec_code: str = "REC_BAD_REQUEST"):
        self.problems = tuple(problems)
        self.status = status
        self.rec_code = rec_code
        super().__init__(f"{rec_code}: {len(self.problems)} problem(s)")


def operation_outcome(problems: Iterable[Problem], rec_code: str | None = None) -> dict[str, Any]:
    """Return an OperationOutcome with one issue a problem, at most MAX_ISSUES and a last one that says so."""
    listed = list(problems)
    shown = listed[:MAX_ISSUES]
    if len(listed) > MAX_ISSUES:
        rest = len(listed) - MAX_ISSUES
        shown.append(Problem("Bundle", "too-costly", f"{rest} more problems are not listed.", "information"))
    return {
        "resourceType": "OperationOutcome",
        "issue": [_issue(problem, rec_code) for problem in shown],
    }


def _issue(problem: Problem, rec_code: str | None) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": problem.severity, "code": problem.code}
    if rec_code:
        issue["details"] = {"coding": [{"system": HTTP_ERROR_CODES, "code": rec_code}]}
    issue["diagnostics"] = f"{problem.path}: {problem.sentence}" if problem.path else problem.sentence
    if problem.path:
        issue["expression"] = [problem.path]
    return issue
