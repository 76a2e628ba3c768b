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

from app.services.fhir_reading.fhir_reads_values import Lookup, Told, Wrong, parse, split
from app.store.fhir_reads import Condition, Mark, Window
from fhir.problems import FhirRejected, Problem
from fhir.views_capability import RESULT_PARAMETERS, parameters_of
from fhir.views_kinds import Include, Kind
from fhir.views_shape import Summary, elements_of_type
from fhir.views_table import INCLUDES, includes_of, revincludes_of

MOST: Final = 100
USUAL: Final = 50
JSON_FORMATS: Final = ("json", "application/json", "application/fhir+json")
XML_FORMATS: Final = ("xml", "text/xml", "application/xml", "application/fhir+xml")
PAGE: Final = "_page"  # where a page starts: made here, read here
_LARGEST: Final = 2**63 - 1  # what the database counts to
_CHAIN: Final = ".identifier"
ITERATE: Final = "_include:iterate"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,40}\Z")
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """Which elements of each resource are wanted: those of a `summary`, and the named `elements`."""

    summary: Summary = Summary.NONE
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A search as asked: `echo` says it again without anything that could be of a person.

    `iterated` are the references that are followed from what was brought along, too.
    """

    kind: Kind
    conditions: tuple[Condition, ...]
    lookups: tuple[Lookup, ...]
    window: Window
    includes: tuple[Include, ...]
    revincludes: tuple[Include, ...]
    iterated: tuple[Include, ...]
    shape: Shape
    count_only: bool
    with_total: bool
    ignored: tuple[str, ...]
    echo: tuple[tuple[str, str], ...]

    @property
    def brought_along(self) -> frozenset[str]:
        """The types that come beside what matches: who asks must be allowed to read them."""
        followed = {each.target for each in (*self.includes, *self.iterated)}
        return frozenset(followed | {each.source for each in self.revincludes})


@dataclass(slots=True)
class _Reading:
    """The parameters of one request, and what was found wrong with them so far."""

    kind: Kind
    base_url: str
    strict: bool
    controls: dict[str, list[str]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def control(self, name: str) -> str | None:
        return self.controls[name][-1] if name in self.controls else None


def read_query(kind: Kind, pairs: Pairs, *, base_url: str, strict: bool) -> Query:
    """Return what is asked; raises FhirRejected (400) naming every parameter that is wrong, 406 for a format."""
    reading = _sorted_out(kind, pairs, base_url, strict=strict)
    summary = _one_of(reading, "_summary", (*Summary, "count")) or "false"
    total = _one_of(reading, "_total", ("accurate", "estimate", "none")) or "accurate"
    order = _order(reading)
    count = _count(reading)
    window = Window(order, count or USUAL, _mark(reading, order))
    includes = _includes(reading, "_include", includes_of(kind.type))
    revincludes = _includes(reading, "_revinclude", revincludes_of(kind.type))
    iterated = _includes(reading, ITERATE, INCLUDES)
    shape = Shape(Summary.NONE if summary == "count" else Summary(summary), _elements(reading))
    _refuse(reading)
    return Query(
        kind=kind,
        conditions=tuple(each for one in reading.told for each in one.conditions),
        lookups=tuple(one.lookup for one in reading.told if one.lookup),
        window=window,
        includes=includes,
        revincludes=revincludes,
        iterated=iterated,
        shape=shape,
        count_only=summary == "count" or count == 0,
        with_total=total != "none",
        ignored=tuple(reading.ignored),
        echo=tuple(_echo(reading)),
    )


def read_shape(kind: Kind, pairs: Pairs, *, strict: bool) -> Shape:
    """Return which elements a read wants; raises FhirRejected as read_query does."""
    known = [(name, value) for name, value in pairs if name in _OF_A_READ]
    reading = _sorted_out(kind, known, "", strict=strict)
    reading.ignored += [name for name, _ in pairs if name not in _OF_A_READ]
    shape = Shape(Summary(_one_of(reading, "_summary", tuple(Summary)) or "false"), _elements(reading))
    _refuse(reading)
    return shape


def format_of(told: str) -> str | None:
    """Return "json" or "xml" for a value of _format, None for what is neither; a blank may be a plus sign unescaped."""
    media = told.split(";")[0].strip().replace(" ", "+")
    return "json" if media in JSON_FORMATS else "xml" if media in XML_FORMATS else None


_OF_A_READ: Final = ("_summary", "_elements", "_format", "_pretty")


def page_token(mark: Mark) -> str:
    """Return a mark as it stands in a link: opaque, and nothing of a person in it."""
    told = {"v": [value.isoformat() for value in mark.values], "i": mark.id, "b": mark.backward}
    told |= {"l": mark.last} if mark.last is not None else {}
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


def _sorted_out(kind: Kind, pairs: Pairs, base_url: str, *, strict: bool) -> _Reading:
    reading = _Reading(kind, base_url, strict)
    for name, value in pairs:
        plain, _, modifier = name.partition(":")
        if plain in RESULT_PARAMETERS or plain == PAGE:
            if modifier and name != ITERATE:
                reading.wrong.append(f"{plain}: no such modifier is taken here.")
            reading.controls.setdefault(name if name == ITERATE else plain, []).append(value)
        else:
            _sort_out(reading, name, value)
    return reading


def _sort_out(reading: _Reading, name: str, value: str) -> None:
    plain, modifier = _unchained(*name.partition(":")[::2])
    names = {each.name for each in parameters_of(reading.kind)}
    try:
        told = parse(reading.kind, plain, modifier, value, reading.base_url)
    except Wrong as fault:
        reading.wrong.append(f"{plain}: {fault}.")
        return
    if told is not None:
        reading.told.append(told)
    elif plain == "_has" or ("." in plain and plain.partition(".")[0] in names):
        # Left aside it would find more people than were asked for.
        shown = plain if _NAME.match(plain) else "one"
        reading.wrong.append(
            f"{shown}: a search through other resources is not taken here, but for .identifier."
        )
    else:
        reading.ignored.append(name if _NAME.match(name) else "one whose name is no name")


def _unchained(plain: str, modifier: str) -> tuple[str, str]:
    """`patient.identifier` and `subject:Patient.identifier` are what `patient:identifier` finds here."""
    if plain.endswith(_CHAIN) and not modifier:
        return plain.removesuffix(_CHAIN), "identifier"
    return plain, "identifier" if modifier == f"Patient{_CHAIN}" else modifier


def _refuse(reading: _Reading) -> None:
    asked = reading.control("_format")
    if asked is not None and format_of(asked) is None:
        sentence = f"_format: answers are given as {JSON_FORMATS[-1]} or {XML_FORMATS[-1]}."
        raise FhirRejected([Problem("", "processing", sentence)], status=406, rec_code="REC_NOT_ACCEPTABLE")
    problems = [Problem("", "value", sentence) for sentence in reading.wrong]
    if reading.strict:
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
            return Mark(values, number, bool(found["b"]), _last(found))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        pass
    reading.wrong.append(f"{PAGE}: follow the links of an answer as they are, with their own _sort.")
    return None


def _last(told: dict[str, object]) -> int | None:
    last = told.get("l")
    if last is None:
        return None
    if not isinstance(last, int) or not 0 <= last <= _LARGEST:
        raise ValueError
    return last


def _includes(reading: _Reading, name: str, known: tuple[Include, ...]) -> tuple[Include, ...]:
    found = []
    for told in reading.controls.get(name, ()):
        for code in _listed(reading, name, told):
            matched = [each for each in known if code in (each.code, f"{each.code}:{each.target}")]
            if not matched:
                listed = ", ".join(dict.fromkeys(each.code for each in known)) or "nothing"
                reading.wrong.append(
                    f"{name.partition(':')[0]}: {reading.kind.type} can bring along {listed}."
                )
            found += matched
    return tuple(dict.fromkeys(found))


def _listed(reading: _Reading, name: str, told: str) -> list[str]:
    try:
        return split(told)
    except Wrong as fault:
        reading.wrong.append(f"{name}: {fault}.")
        return []


def _elements(reading: _Reading) -> tuple[str, ...]:
    """Names of elements, a type before them or not; those of other types are for what is brought along."""
    told = reading.control("_elements")
    if not told:
        return ()
    kind, names = reading.kind.type, []
    for each in _listed(reading, "_elements", told):
        of, dot, name = each.partition(".")
        if not dot or of == kind:
            names.append(name if dot else of)
        elif of[:1].islower():  # a part of an element: the whole is given
            names.append(of)
    known = elements_of_type(kind) | {"resourceType"}
    if reading.strict and not set(names) <= known:
        reading.wrong.append(f"_elements: give names of elements of {kind}, with commas.")
    return ("id", *(name for name in names if name in known))


def _echo(reading: _Reading) -> Iterable[tuple[str, str]]:
    for one in reading.told:
        if one.echo is not None:
            yield one.echo
    for name in (*RESULT_PARAMETERS, ITERATE):
        yield from ((name, value) for value in reading.controls.get(name, ()))
