"""What was asked of an export, read from its parameters: every wrong one is told at once, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from fhir.problems import FhirRejected, Problem
from fhir.views_kinds import Kind
from fhir.views_shape import elements_of_type
from fhir.views_table import KINDS

# https://hl7.org/fhir/uv/bulkdata/export.html: the full name and the two short ones
FORMATS: Final = ("application/fhir+ndjson", "application/ndjson", "ndjson")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z]{0,40}\Z")
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which types, changed after when, which of their elements; `ignored` are parameters that were left aside."""

    types: tuple[str, ...]
    since: datetime | None
    elements: dict[str, tuple[str, ...]]
    ignored: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return it as JSON, for whoever does it later."""
        since = self.since.isoformat() if self.since else None
        return {"types": list(self.types), "since": since, "elements": self.elements}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Wanted:
        """Return what `told` made."""
        since = datetime.fromisoformat(told["since"]) if told["since"] else None
        elements = {kind: tuple(names) for kind, names in told["elements"].items()}
        return cls(tuple(told["types"]), since, elements)


@dataclass(slots=True)
class _Reading:
    types: list[str] = field(default_factory=list)
    since: datetime | None = None
    elements: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read_wanted(pairs: Pairs, *, of_patients: bool, may_see: Callable[[str], bool], lenient: bool) -> Wanted:
    """Return what is wanted; raises FhirRejected, 400 with every wrong parameter, 403 for a type out of scope.

    What is not understood is refused, because leaving it out exports more than was asked for; with `lenient`
    (Prefer: handling=lenient) it is left aside and named. `of_patients`: only what belongs to patients.
    """
    reading = _Reading()
    for name, value in pairs:
        read = _READERS.get(name)
        if read is None:
            reading.unknown.append(name if _NAME.match(name) else "one whose name is no name")
        else:
            read(reading, value)
    offered = [kind.type for kind in KINDS.values() if not of_patients or _is_of_patients(kind)]
    strangers = [each for each in reading.types if each not in offered]
    if strangers:
        reading.unknown.append("_type (one that is not exported here: " + ", ".join(offered) + " are)")
    _refuse(reading, lenient=lenient)
    asked = [each for each in dict.fromkeys(reading.types) if each in offered] or offered
    return Wanted(
        _seen(asked, reading, may_see), reading.since, _by_type(reading.elements), tuple(reading.unknown)
    )


def _is_of_patients(kind: Kind) -> bool:
    return kind.type == "Patient" or kind.parameter("patient") is not None


def _seen(asked: Sequence[str], reading: _Reading, may_see: Callable[[str], bool]) -> tuple[str, ...]:
    seen = tuple(each for each in asked if may_see(each))
    if not seen or (reading.types and len(seen) < len(asked)):
        sentence = (
            "The access token does not cover reading and searching what is to be exported: system/*.rs does."
        )
        raise FhirRejected([Problem("", "security", sentence)], status=403, rec_code="REC_FORBIDDEN")
    return seen


def _refuse(reading: _Reading, *, lenient: bool) -> None:
    problems = [Problem("", "value", sentence) for sentence in reading.wrong]
    if not lenient:
        unknown = "{}: not supported in an export here. Leave it out, or send Prefer: handling=lenient."
        names = dict.fromkeys(reading.unknown)
        problems += [Problem("", "not-supported", unknown.format(name)) for name in names]
    if problems:
        raise FhirRejected(problems)


def _by_type(elements: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Elements are named `Patient.birthDate`, or `id` for every type that has one of that name."""
    found: dict[str, list[str]] = {}
    for told in elements:
        kind, _, name = told.rpartition(".")
        for each in [kind] if kind else [one for one in KINDS if name in elements_of_type(one)]:
            found.setdefault(each, []).append(name)
    return {kind: tuple(names) for kind, names in found.items()}


def _types(reading: _Reading, value: str) -> None:
    reading.types += [each.strip() for each in value.split(",") if each.strip()]


def _since(reading: _Reading, value: str) -> None:
    told = value.replace(" ", "+")  # a plus sign in an address that nobody escaped
    try:
        if not _INSTANT.match(told):
            raise ValueError
        reading.since = datetime.fromisoformat(told)
    except ValueError:
        reading.wrong.append("_since: give an instant with its zone, as 2026-11-22T09:30:00Z.")


def _format(reading: _Reading, value: str) -> None:
    if value.replace(" ", "+") not in FORMATS:
        reading.wrong.append(f"_outputFormat: files are written as {FORMATS[0]} only.")


def _elements(reading: _Reading, value: str) -> None:
    for told in (each.strip() for each in value.split(",") if each.strip()):
        kind, _, name = told.rpartition(".")
        known = [kind] if kind in KINDS else [] if kind else list(KINDS)
        if any(name in elements_of_type(each) for each in known):
            reading.elements.append(told)
        else:
            reading.wrong.append(
                "_elements: give names as Patient.birthDate, or as id for every type; with commas."
            )


_READERS: Final[dict[str, Callable[[_Reading, str], None]]] = {
    "_type": _types,
    "_since": _since,
    "_outputFormat": _format,
    "_elements": _elements,
}
