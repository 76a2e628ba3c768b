"""What somebody said in their own words beside their answers: read by the person and their team, and never counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Final

from app.domain.measures import Library
from app.domain.outcomes import ANSWERED_BY, Phase, Taken
from app.domain.standing import not_taken_back
from app.domain.wording import AsWritten

WHO_ANSWERED: Final = "Who answered"
_LONGEST_NAME: Final = 150  # letters of a question's name


@dataclass(frozen=True, slots=True)
class Said:
    """Own words to one question, which is told as it was asked then; `months` after the end, of a follow-up.

    Of WHO_ANSWERED the words are the name of who answered for the person.
    """

    question: str
    phase: Phase
    months: int | None
    on: date
    words: str


def said_in(library: Library, taken: Iterable[Taken]) -> tuple[Said, ...]:
    """Return the own words of questionnaires, given oldest first, in the order in which they were first said.

    Words of what was left out afterwards are taken back. Of the same question of one day, told by the same teller in
    the same way, the last words count: somebody went back and put it better. Another version's is another question. One
    whose file is gone is told by its code. Who answered is told once of a sitting.
    """
    found: dict[tuple[object, ...], Said] = {}
    for each in not_taken_back(tuple(taken)):
        for code, words in each.words.items():
            is_name = code == ANSWERED_BY
            question = AsWritten(WHO_ANSWERED if is_name else question_of(library, each, code))
            asked = (words if is_name else (each.measure, each.version, code), each.phase, each.months)
            found[*asked, each.taken_on, each.said_by, each.way] = Said(
                question, each.phase, each.months, each.taken_on, words
            )
    return tuple(found.values())


def question_of(library: Library, taken: Taken, code: str) -> str:
    """Return the question that own words answer: the questionnaire's name where the words are the question."""
    measure = library.find(taken.measure, taken.version)
    item = measure.item(code) if measure else None
    if measure and item and item.own_words and not item.wording:
        return measure.name
    return library.display(taken.measure, code, taken.version)


def named_by_them(library: Library, taken: Iterable[Taken]) -> Mapping[tuple[str, str], str]:
    """Return what items of own words are about, by measure and item, as the person put it; all that they called it.

    For the person and their team alone: such an item has no other name.
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    for each in not_taken_back(tuple(taken)):
        measure = library.find(each.measure, each.version)
        for item in measure.items if measure else ():
            if item.own_words and (said := " ".join(each.words.get(item.code, "").split())):
                found.setdefault((each.measure, item.code), {})[said] = None
    return {key: _name(library, key[0], told) for key, told in found.items()}


def _name(library: Library, code: str, told: Iterable[str]) -> str:
    words = shorten(" / ".join(told), _LONGEST_NAME, placeholder=" ...")
    return f"{library.get(code).name}: “{words}”"
