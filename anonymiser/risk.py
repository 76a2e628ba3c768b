"""Checks a release from its bytes. It shares the policy with the recoder and none of its code, so as to catch it."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from anonymiser.dictionary import COLUMN_NAMES, COLUMNS
from anonymiser.policy import MINIMUM_OUTCOMES, MINIMUM_PEOPLE, QUASI_IDENTIFIERS

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """What a data file was found to be: its size, its smallest crowd, and every finding against it."""

    rows: int
    classes: int
    smallest_class_people: int | None
    smallest_class_outcomes: int | None
    rows_by_level: Mapping[str, int]
    findings: tuple[str, ...]


def measure(content: bytes, people: Mapping[str, str] | None = None) -> Measured:
    """Read a released CSV and measure every class of rows alike in all quasi-identifiers.

    `people` tells, for each row_id, the token of the person behind it; with it classes are counted in distinct
    people. Without it (from the files alone) each row counts as one person, which is the most there can be.
    Findings name lines (1 is the heading) and columns, never a cell.
    """
    rows, findings = _read(content)
    findings += _cell_findings(rows)
    if people is not None and {row["row_id"] for row in rows} != people.keys():
        findings.append("The rows of the data file are not those that were meant to be released.")
    crowds: dict[tuple[str, ...], set[str]] = defaultdict(set)
    outcomes: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        key = tuple(row[column] for column in QUASI_IDENTIFIERS)
        # A row nobody can account for adds nobody to its class.
        person = row["row_id"] if people is None else people.get(row["row_id"])
        crowds[key] |= {person} if person is not None else set()
        outcomes[key].add(row["outcome"])
    levels = Counter(row["detail_level"] for row in rows)
    findings += _class_findings(crowds.values(), outcomes.values())
    return Measured(
        rows=len(rows),
        classes=len(crowds),
        smallest_class_people=_smallest(crowds.values()),
        smallest_class_outcomes=_smallest(outcomes.values()),
        rows_by_level=dict(sorted(levels.items(), key=lambda level: (len(level[0]), level[0]))),
        findings=tuple(findings),
    )


def _read(content: bytes) -> tuple[list[Row], list[str]]:
    try:
        lines = list(csv.reader(io.StringIO(content.decode("ascii"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [], ["The data file is not plain ASCII CSV."]
    if not lines or tuple(lines[0]) != COLUMN_NAMES:
        return [], ["The heading of the data file is not the columns of the data dictionary."]
    findings = []
    if content.count(b"\n") != content.count(b"\r\n") or not content.endswith(b"\r\n"):
        findings.append("The lines of the data file do not all end as RFC 4180 says.")
    ragged = [number for number, line in enumerate(lines, start=1) if len(line) != len(COLUMN_NAMES)]
    if ragged:
        return [], [*findings, f"Line {ragged[0]} of the data file has more or fewer cells than the heading."]
    return [dict(zip(COLUMN_NAMES, line, strict=True)) for line in lines[1:]], findings


def _cell_findings(rows: list[Row]) -> list[str]:
    findings = []
    for column in COLUMNS:
        strange = [
            number
            for number, row in enumerate(rows, start=2)
            if not column.allows(row[column.name]) or row[column.name].startswith(FORMULA_STARTS)
        ]
        if strange:
            findings.append(
                f"Line {strange[0]}, {column.name}: not an allowed value ({len(strange)} such lines)."
            )
    identifiers = [row["row_id"] for row in rows]
    if len(set(identifiers)) != len(identifiers):
        findings.append("A row_id appears twice.")
    if identifiers != sorted(identifiers):
        findings.append(
            "The rows are not in the order of their random ids, so their order may tell something."
        )
    return findings


def _class_findings(crowds: Iterable[set[str]], outcomes: Iterable[set[str]]) -> list[str]:
    findings = []
    small = sum(len(crowd) < MINIMUM_PEOPLE for crowd in crowds)
    alike = sum(len(distinct) < MINIMUM_OUTCOMES for distinct in outcomes)
    if small:
        findings.append(f"Classes of fewer than {MINIMUM_PEOPLE} people: {small}.")
    if alike:
        findings.append(f"Classes with fewer than {MINIMUM_OUTCOMES} distinct outcomes: {alike}.")
    return findings


def _smallest(groups: Iterable[set[str]]) -> int | None:
    return min((len(group) for group in groups), default=None)
