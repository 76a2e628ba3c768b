"""A person asks for all that is kept of them: the pieces of the bundle, what may be withheld and why, until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from html import escape
from types import MappingProxyType
from typing import Final

from app.domain.errors import FieldProblem, Invalid
from app.domain.follow_up import add_months

_A_PIECE: Final = 800  # bytes of a page round the words of one piece
MOST_ON_A_PAGE: Final = 80_000  # bytes of a page's pieces: with what stands round them it stays under 100 KiB


class AccessStatus(StrEnum):
    """How far a request is."""

    ASKED = "asked"
    RELEASED = "released"


ASKED_HOW: Final[Mapping[str, str]] = MappingProxyType(
    {
        "own-page": "On their own page",
        "telephone": "By telephone",
        "letter": "By letter",
        "in-person": "In person",
    }
)
# Why a piece may be withheld; the person is told the reason, never what it was.
WITHHOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "third-party": "It tells about somebody else, who has not agreed",
        "serious-harm": "Reading it could seriously harm the person or somebody else, as a health professional judged",
        "legal": "It is legal advice, or the law forbids telling it",
        "child": "It would not be in a child's best interests",
    }
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One value: `key` names it within the bundle; `withheld` is the reason, and then there is no value."""

    key: str
    what: str
    value: str
    read_first: bool = False
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One table's rows, each a list of its pieces; a row without any value is left out."""

    title: str
    rows: Sequence[Sequence[Piece]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that one team keeps of a person, and the kinds of things that are told of nobody, each with its reason."""

    sections: Sequence[Section]
    not_told: Sequence[tuple[str, str]] = ()

    def keys(self) -> frozenset[str]:
        """Return the name of every piece."""
        return frozenset(piece.key for section in self.sections for row in section.rows for piece in row)

    def to_read(self) -> tuple[Section, ...]:
        """Return what must be read before it is given."""
        marked = (
            (section.title, [[piece for piece in row if piece.read_first] for row in section.rows])
            for section in self.sections
        )
        told = (Section(title, [row for row in rows if row]) for title, rows in marked)
        return tuple(section for section in told if section.rows)

    def seen(self) -> str:
        """Return a digest of all that must be read first: another one is something that nobody has read yet."""
        told = [
            (piece.key, piece.value) for section in self.to_read() for row in section.rows for piece in row
        ]
        return sha256(repr(told).encode()).hexdigest()

    def readable(self) -> frozenset[str]:
        """Return the name of every piece that must be read first, and that may be withheld."""
        return frozenset(piece.key for section in self.to_read() for row in section.rows for piece in row)

    def without(self, withheld: Mapping[str, str]) -> Bundle:
        """Return the bundle with pieces taken out, their reasons in their place."""
        return replace(self, sections=tuple(_without(each, withheld) for each in self.sections))


def in_pages(sections: Sequence[Section], *, most: int = MOST_ON_A_PAGE) -> Sequence[Sequence[Section]]:
    """Return the sections in their order as pages of at most `most` bytes; no row is cut: a longer one has a page."""
    pages: list[list[Section]] = [[]]
    left = most
    for section in sections:
        rows: list[Sequence[Piece]] = []
        for row in section.rows:
            weight = sum(len(escape(piece.value).encode()) + _A_PIECE for piece in row)
            if weight > left and left < most:
                pages[-1] += [replace(section, rows=rows)] if rows else []
                pages.append([])
                rows, left = [], most
            rows.append(row)
            left -= weight
        pages[-1] += [replace(section, rows=rows)] if rows else []
    return pages


def _without(section: Section, withheld: Mapping[str, str]) -> Section:
    rows = [
        [
            replace(piece, value="", withheld=withheld[piece.key]) if piece.key in withheld else piece
            for piece in row
        ]
        for row in section.rows
    ]
    return replace(section, rows=rows)


def due_day(received_on: date) -> date:
    """Return the last day for an answer, before weekends and holidays are looked at: one calendar month on."""
    return add_months(received_on, 1)


def check_withheld(known: Collection[str], keys: Sequence[str], reason: str) -> None:
    """Raise Invalid with what is wrong about what somebody wants to withhold."""
    problems = []
    if not keys:
        problems.append(FieldProblem("pieces", "Tick what must be withheld.", "required"))
    elif set(keys) - set(known):
        problems.append(FieldProblem("pieces", "Something on the page has changed since. Look at it again."))
    if reason not in WITHHOLD:
        problems.append(FieldProblem("reason", "Choose why it must be withheld.", "required"))
    if problems:
        raise Invalid(problems)
