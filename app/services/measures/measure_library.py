"""Loads the measures that an installation knows: those shipped here, and those of its own folder laid over them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.domain.errors import FieldProblem, Invalid
from app.domain.frameworks import Framework
from app.domain.measures import Library, Measure, library_of
from app.domain.versions import Place, natural
from app.services.measures.framework_file import framework_of, unknown_measures
from app.services.measures.measure_file import measure_of
from app.services.measures.measure_packs import Pack, is_pack, laid_over, pack_of

SHIPPED: Final = Path(__file__).resolve().parents[2] / "measures"
FRAMEWORKS: Final = "frameworks"  # the part of an installation's own folder that says what is asked
_ORDER: Final = ("ons4", "ucla3", "goal-progress")  # on a list of all: what is asked of everybody first


@cache
def shipped() -> Library:
    """Return the measures that come with the program."""
    return load(None)


def load(folder: Path | None) -> Library:
    """Return the shipped measures and those of the installation's own folder, older versions first.

    Raises Invalid with every problem of every file at once; a problem's `field` is file and key.
    """
    found = _Found()
    for path in sorted(SHIPPED.glob("*.toml")):
        found.read(path)
    if folder is not None:
        if not folder.is_dir():
            raise Invalid(
                [FieldProblem(str(folder), "There is no such folder; make it, or mend the setting.")]
            )
        for path in [*sorted(folder.glob("*.toml")), *sorted((folder / FRAMEWORKS).glob("*.toml"))]:
            found.read(path)
    return found.library()


def check(path: Path, known: Library) -> str:
    """Return in words what a file holds; raises Invalid with every problem. `known` is what it may build upon."""
    found = _Found(known)
    found.read(path)
    found.library()
    return found.said


@dataclass(frozen=True, slots=True)
class Read:
    """What one text holds: a measure, words for one ("words"), or a framework; `measure` is what it asks, if it asks.

    `library` is what was known before with this laid over it.
    """

    kind: str
    code: str
    version: str
    said: str
    measure: Measure | None
    library: Library


def read_text(text: str, known: Library) -> Read:
    """Return what a text in our own form adds to what is known; raises Invalid with every problem of it."""
    tables = _tables_of(text)
    found = _Found(known, with_frameworks=True)
    try:
        found.take(tables, Path("here"))
    except Invalid as fault:
        found.problems += fault.problems
    library = found.library()
    kind, code, version = found.named
    return Read(kind, code, version, found.said, library.find(code, version), library)


class _Found:
    """What was read so far, and everything that is wrong with it."""

    def __init__(self, known: Library | None = None, *, with_frameworks: bool = False):
        self.measures = {(each.code, each.version): each for each in (known.measures if known else ())}
        held = known.frameworks if known and with_frameworks else ()
        self.frameworks: list[tuple[str, Framework]] = [("What is known here", each) for each in held]
        self.named = ("", "", "")
        self.packs: list[tuple[str, Pack]] = []
        self.problems: list[FieldProblem] = []
        self.said = ""
        self._fresh: set[tuple[str, str]] = set()

    def read(self, path: Path) -> None:
        """Take one file in; what is wrong with it is kept for the end."""
        try:
            self.take(_tables(path), path)
        except Invalid as fault:
            self.problems += _in_file(path.name, fault)

    def library(self) -> Library:
        """Put it all together; raises Invalid with every problem of every file."""
        self._check_twice()
        for name, pack in self.packs:
            self._lay(name, pack)
        frameworks = [each for _, each in self.frameworks]
        library = library_of(_in_order(self.measures.values(), frameworks), frameworks)
        if not self.problems:  # else a measure may only be missing because its own file is wrong
            for name, framework in self.frameworks:
                self.problems += _in_file(name, Invalid(unknown_measures(framework, library)))
        if self.problems:
            raise Invalid(self.problems)
        return library

    def take(self, tables: Mapping[str, Any], path: Path) -> None:
        """Take in what a file's tables tell; raises Invalid with what is wrong with it by itself."""
        if path.parent.name == FRAMEWORKS or "core" in tables:
            framework, own = framework_of(tables)
            self.frameworks.append((path.name, framework))
            self.named = ("framework", framework.code, framework.version)
            self.said = f"the framework {framework.code}, version {framework.version}"
            if own is not None:
                self._add(own)
        elif is_pack(tables):
            pack = pack_of(tables, path.parent)
            self.packs.append((path.name, pack))
            self.named = ("words", pack.of, pack.version)
            self.said = f"words for {pack.of}, version {pack.version}"
        else:
            measure = measure_of(tables)
            self.named = ("measure", measure.code, measure.version)
            self.said = f"the measure {measure.code}, version {measure.version}"
            self._add(measure)

    def _add(self, measure: Measure) -> None:
        key = (measure.code, measure.version)
        if key in self._fresh:
            sentence = (
                f"{measure.code} {measure.version} stands in another file too: give this one a new version."
            )
            raise Invalid([FieldProblem("version", sentence)])
        self._fresh.add(key)
        self.measures[key] = measure

    def _check_twice(self) -> None:
        """Of two files that say the same nobody knows which is meant: refused, and neither taken silently."""
        agreed: dict[tuple[str, str, date], str] = {}
        for name, each in self.frameworks:
            first = agreed.setdefault((each.code, each.version, each.effective_from), name)
            if first != name:
                sentence = (
                    f"{each.code} {each.version} of {each.effective_from} stands in {first} too: "
                    "give this one a new version, or take one of the files out."
                )
                self.problems.append(FieldProblem(f"{name}: version", sentence))
        laid: dict[tuple[str, str], str] = {}
        for name, pack in self.packs:
            first = laid.setdefault((pack.of, pack.version), name)
            if first != name:
                sentence = f"{first} has words for {pack.of} {pack.version} too: put them into one file."
                self.problems.append(FieldProblem(f"{name}: of", sentence))

    def _lay(self, name: str, pack: Pack) -> None:
        key = (pack.of, pack.version)
        try:
            if key not in self.measures:
                known = ", ".join(f"{code} {version}" for code, version in self.measures)
                raise Invalid(
                    [FieldProblem("of", f"There is no such measure and version; use one of: {known}.")]
                )
            self.measures[key] = laid_over(self.measures[key], pack)
        except Invalid as fault:
            self.problems += _in_file(name, fault)


def _tables_of(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Invalid([FieldProblem("", f"This cannot be read as TOML: {fault}.")]) from None


def _tables(path: Path) -> Mapping[str, Any]:
    try:
        return _tables_of(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as fault:
        raise Invalid([FieldProblem("", f"This cannot be read as TOML: {fault}.")]) from None
    except OSError:
        raise Invalid([FieldProblem("", "This file cannot be read: look at its permissions.")]) from None


def _in_file(name: str, fault: Invalid) -> Iterator[FieldProblem]:
    for each in fault.problems:
        yield FieldProblem(": ".join(filter(None, (name, each.field))), each.sentence, each.code)


def _in_order(measures: Iterable[Measure], frameworks: Sequence[Framework]) -> list[Measure]:
    """Return measures as lists show them, older versions first: by the day in force, then as people count."""
    latest_first = sorted(frameworks, key=lambda each: each.effective_from, reverse=True)
    since = {(each.code, each.version): each.effective_from for each in latest_first}  # its first day stays

    def place(measure: Measure) -> tuple[int, str, date, Place]:
        known = _ORDER.index(measure.code) if measure.code in _ORDER else len(_ORDER)
        day = since.get((measure.code, measure.version), date.min)
        return known, measure.code, day, natural(measure.version)

    return sorted(measures, key=place)
