"""What was asked of the FHIR door, read from its parameters: every wrong one is told at once, by name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from app.services.fhir_reads_values import Lookup, Told, Wrong, parse, split
from app.store.fhir_reads import Condition, Mark, Window
from fhir.problems import FhirRejected, Problem
from fhir.views_capability import RESULT_PARAMETERS
from fhir.views_kinds import Include, Kind
from fhir.views_shape import elements_of_type
from fhir.views_table import includes_of, revincludes_of

MOST: Final = 100
USUAL: Final = 50
JSON_FORMATS: Final = ("json", "application/json", "application/fhir+json")
XML_FORMATS: Final = ("xml", "text/xml", "application/xml", "application/fhir+xml")
PAGE: Final = "_page"  # where a page starts: made here, read here
_LARGEST: Final = 2**63 - 1  # what the database counts to
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,40}\Z")
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """Which elements of each resource are wanted: `summary` the marked ones, `elements` the named ones."""

    summary: bool = False
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A search as asked: `echo` says it again without anything that could be of a person."""

    kind: Kind
    conditions: tuple[Condition, ...]
    lookups: tuple[Lookup, ...]
    window: Window
    includes: tuple[Include, ...]
    revincludes: tuple[Include, ...]
    shape: Shape
    count_only: bool
    with_total: bool
    ignored: tuple[str, ...]
    echo: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Reading:
    """The parameters of one request, and what was found wrong with them so far."""

    kind: Kind
    base_url: str
    controls: dict[str, list[str]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def control(self, name: str) -> str | None:
        return self.controls[name][-1] if name in self.controls else None


def read_query(kind: Kind, pairs: Pairs, *, base_url: str, strict: bool) -> Query:
    """Return what is asked; raises FhirRejected (400) naming every parameter that is wrong, 406 for a format."""
    reading = _sorted_out(kind, pairs, base_url)
    summary = _one_of(reading, "_summary", ("true", "false", "count")) or "false"
    total = _one_of(reading, "_total", ("accurate", "estimate", "none")) or "accurate"
    order = _order(reading)
    count = _count(reading)
    window = Window(order, count or USUAL, _mark(reading, order))
    includes = _includes(reading, "_include", includes_of(kind.type))
    revincludes = _includes(reading, "_revinclude", revincludes_of(kind.type))
    shape = Shape(summary == "true", _elements(reading))
    _refuse(reading, strict)
    return Query(
        kind=kind,
        conditions=tuple(each for one in reading.told for each in one.conditions),
        lookups=tuple(one.lookup for one in reading.told if one.lookup),
        window=window,
        includes=includes,
        revincludes=revincludes,
        shape=shape,
        count_only=summary == "count" or count == 0,
        with_total=total != "none",
        ignored=tuple(reading.ignored),
        echo=tuple(_echo(reading)),
    )


def read_shape(kind: Kind, pairs: Pairs, *, strict: bool) -> Shape:
    """Return which elements a read wants; raises FhirRejected as read_query does."""
    reading = _sorted_out(kind, ((name, value) for name, value in pairs if name in _OF_A_READ), "")
    reading.ignored += [name for name, _ in pairs if name not in _OF_A_READ]
    summary = _one_of(reading, "_summary", ("true", "false")) or "false"
    shape = Shape(summary == "true", _elements(reading))
    _refuse(reading, strict)
    return shape


def format_of(told: str) -> str | None:
    """Return "json" or "xml" for a value of _format, None for what is neither; a blank may be a plus sign unescaped."""
    media = told.split(";")[0].strip().replace(" ", "+")
    return "json" if media in JSON_FORMATS else "xml" if media in XML_FORMATS else None


_OF_A_READ: Final = ("_summary", "_elements", "_format")


def page_token(mark: Mark) -> str:
    """Return a mark as it stands in a link: opaque, and nothing of a person in it."""
    told = {"v": [value.isoformat() for value in mark.values], "i": mark.id, "b": mark.backward}
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


def _sorted_out(kind: Kind, pairs: Pairs, base_url: str) -> _Reading:
    reading = _Reading(kind, base_url)
    for name, value in pairs:
        plain, _, modifier = name.partition(":")
        if plain in RESULT_PARAMETERS or plain == PAGE:
            if modifier:
                reading.wrong.append(f"{plain}: no modifier is taken here.")
            reading.controls.setdefault(plain, []).append(value)
            continue
        try:
            told = parse(kind, plain, modifier, value, reading.base_url)
        except Wrong as fault:
            reading.wrong.append(f"{plain}: {fault}.")
            continue
        if told is None:
            reading.ignored.append(name if _NAME.match(name) else "one whose name is no name")
        else:
            reading.told.append(told)
    return reading


def _refuse(reading: _Reading, strict: bool) -> None:
    asked = reading.control("_format")
    if asked is not None and format_of(asked) is None:
        sentence = f"_format: answers are given as {JSON_FORMATS[-1]} or {XML_FORMATS[-1]}."
        raise FhirRejected([Problem("", "processing", sentence)], status=406, rec_code="REC_NOT_ACCEPTABLE")
    problems = [Problem("", "value", sentence) for sentence in reading.wrong]
    if strict:
        unknown = "{}: {} has no such search parameter; leave it out, or send Prefer: handling=lenient."
        names = dict.fromkeys(reading.ignored)
        problems += [Problem("", "not-supported", unknown.format(name, reading.kind.type)) for name in names]
    if problems:
        raise FhirRejected(problems)


def _one_of(reading: _Reading, name: str, values: Sequence[str]) -> str | None:
    told = reading.control(name)
    if told is not None and told not in values:
        reading.wrong.append(f"{name}: use one of: {', '.join(values)}.")
        return None
    return told


def _count(reading: _Reading) -> int | None:
    told = reading.control("_count")
    if told is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", told):
        reading.wrong.append("_count: give a whole number from 0 on.")
        return None
    return min(int(told), MOST)


def _order(reading: _Reading) -> tuple[tuple[str, bool], ...]:
    kind = reading.kind
    told = reading.control("_sort")
    if told is None:
        return ((kind.order, True),) if kind.order else ()
    names = _listed(reading, "_sort", told)
    if not {name.removeprefix("-") for name in names} <= set(kind.sorts):
        known = ", ".join(kind.sorts) or "nothing: they come in the order of their ids"
        reading.wrong.append(f"_sort: {kind.type} can be sorted by {known}.")
        return ()
    columns = {kind.sorts[name.removeprefix("-")]: name.startswith("-") for name in reversed(names)}
    return tuple(reversed(columns.items()))


def _mark(reading: _Reading, order: tuple[tuple[str, bool], ...]) -> Mark | None:
    told = reading.control(PAGE)
    if told is None:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
        values = tuple(datetime.fromisoformat(value) for value in found["v"])
        number = int(found["i"]) if reading.kind.prefix else UUID(found["i"])
        small = isinstance(number, UUID) or 0 <= number <= _LARGEST
        if small and len(values) == len(order) and all(value.tzinfo for value in values):
            return Mark(values, number, bool(found["b"]))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        pass
    reading.wrong.append(f"{PAGE}: follow the links of an answer as they are, with their own _sort.")
    return None


def _includes(reading: _Reading, name: str, known: tuple[Include, ...]) -> tuple[Include, ...]:
    found = []
    for told in reading.controls.get(name, ()):
        for code in _listed(reading, name, told):
            source_and_name = ":".join(code.split(":")[:2])
            match = next((each for each in known if each.code == source_and_name), None)
            target = code.split(":")[2:]
            if match is None or (target and target != [match.target]):
                listed = ", ".join(each.code for each in known) or "nothing"
                reading.wrong.append(f"{name}: {reading.kind.type} can bring along {listed}.")
            else:
                found.append(match)
    return tuple(dict.fromkeys(found))


def _listed(reading: _Reading, name: str, told: str) -> list[str]:
    try:
        return split(told)
    except Wrong as fault:
        reading.wrong.append(f"{name}: {fault}.")
        return []


def _elements(reading: _Reading) -> tuple[str, ...]:
    told = reading.control("_elements")
    names = tuple(_listed(reading, "_elements", told)) if told else ()
    if not set(names) <= elements_of_type(reading.kind.type):
        reading.wrong.append(f"_elements: give names of elements of {reading.kind.type}, with commas.")
        return ()
    return names


def _echo(reading: _Reading) -> Iterable[tuple[str, str]]:
    for one in reading.told:
        if one.echo is not None:
            yield one.echo
    for name in ("_count", "_sort", "_summary", "_elements", "_total", "_include", "_revinclude"):
        yield from ((name, value) for value in reading.controls.get(name, ()))
