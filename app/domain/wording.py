"""Sentences that can be said in another language: an English text that remembers its pattern and what was put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import TypeVar

_Code = TypeVar("_Code")


class Wording(str):
    """English as any other text; a page in another language looks its `pattern` up and puts the `values` in there.

    Several of them in a row (`parts`) are each looked up. Whatever else is done to one (slicing, adding) gives plain
    English.
    """

    __slots__ = ("is_raised", "parts", "pattern", "separator", "values")
    is_raised: bool
    pattern: str
    values: Mapping[str, object]
    parts: tuple[str, ...]
    separator: str

    def format(self, *args: object, **kwargs: object) -> str:
        """Stay as it is where nothing is to be filled in: libraries of forms fill in every message."""
        return str.format(self, *args, **kwargs) if "{" in self else self

    def __deepcopy__(self, memo: dict[int, object]) -> Wording:
        """Be one's own copy, as any text is: nothing in it can change."""
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Leave the process as plain English."""
        return str, (str(self),)


class AsWritten(str):
    """The words of a questionnaire: told as whoever owns them wrote them, in English on every page, and marked so."""

    __slots__ = ()


def worded(pattern: str, **values: object) -> Wording:
    """Return a sentence whose values stand in its pattern as %(name)s; a date is written as "12 March 2026".

    The pattern must be a literal, so that `make words` finds it; a percent sign in it is doubled where values follow.
    """
    english = pattern % {name: english_of(value) for name, value in values.items()} if values else pattern
    return _made(english, pattern=pattern, values=values)


def worded_all(words: Mapping[_Code, str]) -> dict[_Code, str]:
    """Return words by code, each of which can be said in another language; they must be literals too."""
    return {code: worded(english) for code, english in words.items()}


def worded_tags(words: Mapping[_Code, tuple[str, str]]) -> dict[_Code, tuple[str, str]]:
    """Return the same of words that come with the colour of their tag."""
    return {code: (worded(english), colour) for code, (english, colour) in words.items()}


def in_a_row(parts: Iterable[str], separator: str = " ") -> Wording:
    """Return sentences one behind the other; empty ones are left out."""
    kept = tuple(part for part in parts if part)
    return _made(separator.join(kept), parts=kept, separator=separator)


def first_up(wording: Wording) -> Wording:
    """Return the same with a capital letter first, in whichever language."""
    made = _made(wording[:1].upper() + wording[1:], parts=(wording,))
    made.is_raised = True
    return made


def english_of(value: object) -> str:
    """Return a value as it stands in an English sentence."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.day} {value:%B %Y}"
    return str(value)


def _made(
    english: str,
    *,
    pattern: str = "",
    values: Mapping[str, object] = MappingProxyType({}),
    parts: tuple[str, ...] = (),
    separator: str = "",
) -> Wording:
    made = Wording(english)
    made.is_raised = False
    made.pattern, made.values = pattern, values
    made.parts, made.separator = parts, separator
    return made
