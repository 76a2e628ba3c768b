"""What an import did, or would do: counts, then every entry that needs a look, in words that its source can act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import FieldProblem


class Outcome(StrEnum):
    """What becomes of one row of a source."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SET_ASIDE = "set aside"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `taken`: fields that changed at the source; `kept`: also changed there, but ours was changed here."""

    outcome: Outcome
    external_id: str | None
    name: str
    taken: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problems: tuple[FieldProblem, ...] = ()
    notes: tuple[FieldProblem, ...] = ()
    row: int | None = None  # as a spreadsheet counts, where it came from one


@dataclass(frozen=True, slots=True)
class Report:
    """All rows of one import, in the order in which they came; `warnings` are about the whole."""

    source: str
    applied: bool
    lines: tuple[Line, ...]
    warnings: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many rows came to this."""
        return sum(line.outcome is outcome for line in self.lines)

    @property
    def has_faults(self) -> bool:
        """True when a row could not be taken."""
        return self.count(Outcome.SET_ASIDE) > 0


def render(report: Report) -> Iterable[str]:
    """Return the report line by line."""
    yield f"{'Imported' if report.applied else 'Dry run, nothing is written:'} {report.source}"
    counts = Counter(line.outcome for line in report.lines)
    yield "  " + ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    yield from (f"  Look: {warning}" for warning in report.warnings)
    for number, line in enumerate(report.lines, start=1):
        told = list(_told(line))
        if told:
            name, known_as = line.name or "row without a name", line.external_id or "none"
            yield f"{line.outcome.value}: {name} (row {line.row or number}, id {known_as})"
            yield from (f"    {each}" for each in told)
    if not report.applied:
        yield "Run it again with --apply to write this."


def _told(line: Line) -> Iterable[str]:
    if line.taken and line.outcome is Outcome.CHANGED:
        yield f"now as the source has it: {', '.join(line.taken)}"
    if line.kept:
        yield f"changed there too, kept as changed here: {', '.join(line.kept)}"
    yield from (f"WRONG {each.field}: {each.sentence}" for each in line.problems)
    yield from (f"note {each.field}: {each.sentence}" for each in line.notes)
