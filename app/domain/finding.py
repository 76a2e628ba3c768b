"""What somebody looks for in the directory: words understood, the rest as choices; nothing of it is about a person.

Each word must be found in an entry, or mean a need that the service helps with ("lonely"); small words that say nothing
about what is wanted ("help", "near", "me") are left aside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from enum import StrEnum

from app.domain.areas import Point
from app.domain.directory_words import Weekday
from app.domain.vocabulary import Access, Need

MOST_WORDS = 8
SHORTEST_TO_MEND = 4  # a typing slip in three letters could be anything
_ALIKE, _SAME = 0.75, 0.9
_WORD = re.compile(r"[a-z0-9]+")
NearMiles = (1, 2, 3, 5, 10)


class TimeOfDay(StrEnum):
    """When in the day somebody can come."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


# a session counts when it starts in the part of the day, local time
TIMES: dict[TimeOfDay, tuple[time, time]] = {
    TimeOfDay.MORNING: (time(0), time(12)),
    TimeOfDay.AFTERNOON: (time(12), time(17)),
    TimeOfDay.EVENING: (time(17), time(23, 59, 59)),
}


@dataclass(frozen=True, slots=True)
class Meant:
    """A word that was typed (without accents, in small letters), or a phrase, and the needs that it means."""

    word: str
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """From where distance is told: a postcode's point and areas, or those of a district."""

    point: Point | None
    codes: frozenset[str]  # of app.domain.areas


@dataclass(frozen=True, slots=True)
class Search:
    """Everything that must hold of an entry; what is empty is not asked for."""

    words: tuple[Meant, ...] = ()
    any_word: bool = False  # one of the words is enough
    need: Need | None = None
    near: Near | None = None
    within: int | None = None  # miles; what comes to the person counts as near
    days: tuple[Weekday, ...] = ()
    times: tuple[TimeOfDay, ...] = ()
    language: str | None = None
    access: tuple[Access, ...] = ()
    free: bool = False
    open_now: bool = False


@dataclass(frozen=True, slots=True)
class NeedWords:
    """The words that people use for needs, and those that say nothing about what is wanted."""

    needs: Mapping[str, tuple[Need, ...]]  # a word or phrase, in small letters and without accents
    small: frozenset[str]

    @classmethod
    def of(cls, needs: Mapping[str, Iterable[str]], small: Iterable[str]) -> NeedWords:
        """Return them from lists by need; a word may stand in several."""
        found: dict[str, tuple[Need, ...]] = {}
        for need, phrases in needs.items():
            for phrase in phrases:
                told = plain(phrase)
                found[told] = (*found.get(told, ()), Need(need))
        return cls(found, frozenset(plain(word) for word in small))

    def understand(self, text: str) -> tuple[Meant, ...]:
        """Return what was typed, word by word, at most MOST_WORDS; the longest phrase that means a need is one word."""
        words = plain(text).split()[: MOST_WORDS * 2]
        found: list[Meant] = []
        at = 0
        while at < len(words):
            taken = next(
                n for n in range(len(words) - at, 0, -1) if n == 1 or self._means(words[at : at + n])
            )
            phrase = " ".join(words[at : at + taken])
            if phrase not in self.small:
                found.append(Meant(phrase, self._means(words[at : at + taken])))
            at += taken
        return tuple(dict.fromkeys(found))[:MOST_WORDS]

    def nearly(self, meant: Meant) -> Meant:
        """Return a word with the need of the word that it is one slip away from: "bereavment" has the right stem."""
        found = get_close_matches(meant.word, self.needs, n=1, cutoff=_SAME) if len(meant.word) > 5 else []
        return Meant(meant.word, self.needs[found[0]]) if found else meant

    def _means(self, words: list[str]) -> tuple[Need, ...]:
        phrase = " ".join(words)
        return self.needs.get(phrase) or self.needs.get(phrase.removesuffix("s"), ())


def plain(text: str) -> str:
    """Return the letters and digits in small letters without accents, words apart by one space."""
    spelt = unicodedata.normalize("NFKD", text.casefold().replace("’", "").replace("'", ""))
    return " ".join(_WORD.findall("".join(letter for letter in spelt if not unicodedata.combining(letter))))


def mend(word: str, known: Collection[str]) -> str | None:
    """Return the known word that a typing slip most likely meant, None when none is like enough."""
    if len(word) < SHORTEST_TO_MEND or any(letter.isdigit() for letter in word):
        return None
    found = get_close_matches(word, [each for each in known if each != word], n=1, cutoff=_ALIKE)
    return found[0] if found else None
