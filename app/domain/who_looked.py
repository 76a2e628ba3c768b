"""Who did what with a person's record, in plain words for the person: by day, never by the name of staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain import emergency
from app.domain.wording import worded_all

PAGE: Final = 30
WRONG_DATE: Final = "wrong date of birth for a link"  # an act of the audit: whoever has the link guessed
WRONG_CODE: Final = "wrong code for a link"  # likewise: the date of birth was right, the six digits were not

# What somebody did, by the first word of the act as the audit has it; whatever is not named changed something.
_READ: Final = ("read", "list", "look", "see", "find", "search", "check", "preview", "count", "open")
_PAPER: Final = ("print",)
_COPY: Final = ("download", "export")
_SENT: Final = ("send", "tell", "carry", "compose", "e-mail")
_SPECIAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "disclose to provider": "shown",
        WRONG_DATE: "tried",
        WRONG_CODE: "guessed",
        "open person's link": "opened",
        "refuse a person's sign-in": "refused",
        "check a person's sign-in": "read",
        "leave own page": "left",
        "end sign-in": "left",
        "part person's sign-in": "parted",
        "fhir search": "read",
        "fhir history": "read",
        "fhir export": "copied",
        "fhir notify": "sent",
        "extract for dataset": "counted",
        emergency.OPEN: "emergency",
        emergency.NOBODY: "read",
    }
)
KIND_WORDS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "emergency": "looked at your record in an emergency, for a short time",
            "read": "looked at your record",
            "shown": "read what they may know about you",
            "wrote": "wrote something in your record",
            "printed": "printed a page of your record",
            "copied": "made a copy of your record",
            "sent": "sent news about you",
            "opened": "opened your page",
            "tried": "tried to open your page with a wrong date of birth",
            "guessed": "tried to open your page with wrong digits",
            "refused": "did not open your page to somebody who signed in",
            "left": "closed your page",
            "parted": "let you use another sign-in for your page",
            "counted": "counted how things went, without your name",
        }
    )
)
_ORDER: Final = tuple(KIND_WORDS)


@dataclass(frozen=True, slots=True)
class Look:
    """What one kind of reader did on one day."""

    on: date
    who: str
    did: tuple[str, ...]  # of KIND_WORDS, as words


@dataclass(frozen=True, slots=True)
class LookPage:
    """A page of looks, the newest first."""

    looks: Sequence[Look]
    number: int
    last: int


def kind_of(act: str) -> str:
    """Return the kind of an act of the audit, a code of KIND_WORDS."""
    if act in _SPECIAL:
        return _SPECIAL[act]
    first = act.partition(" ")[0]
    for kind, words in (("read", _READ), ("printed", _PAPER), ("copied", _COPY), ("sent", _SENT)):
        if first in words:
            return kind
    return "wrote"


def looks_of(lines: Iterable[tuple[date, str, str]]) -> tuple[Look, ...]:
    """Return what was done, given day, who in words and the act: one line for each day and reader, newest first."""
    found: dict[tuple[date, str], set[str]] = {}
    for day, who, act in lines:
        found.setdefault((day, who), set()).add(kind_of(act))
    ordered = sorted(found, key=lambda key: (-key[0].toordinal(), key[1]))
    return tuple(
        Look(day, who, tuple(KIND_WORDS[kind] for kind in _ORDER if kind in found[day, who]))
        for day, who in ordered
    )


def paged(looks: Sequence[Look], number: int) -> LookPage:
    """Return one page; a number past the end is the last."""
    last = max(1, -(-len(looks) // PAGE))
    number = min(max(1, number), last)
    return LookPage(looks[(number - 1) * PAGE : number * PAGE], number, last)
