"""What people chose to say of themselves beyond the usual, as the evaluation counts it: the one place to add more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.characteristics import PREFER_NOT, Question
from app.services.measures.characteristics import answers_of, questions
from app.store.session import Tx


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One question that people could answer of themselves: a figure of the evaluation's reach.

    `key` is stable ("disability") and also the kind of group in a file of the area's people; `answers` gives codes of
    `words` for each person who answered; whoever is not in it was not asked or would rather not say. `several`: a
    person may be in several lines, once in each.
    """

    key: str
    title: str
    definition: str
    words: Mapping[str, str]
    answers: Mapping[UUID, Collection[str]]
    several: bool = False


def list_characteristics(tx: Tx, person_ids: Collection[UUID]) -> tuple[Characteristic, ...]:
    """Return the questions that the place asks, with the answers of these people, for a count.

    A question that none of them answered is left out: a figure of nobody tells nothing.
    """
    found = answers_of(tx, person_ids) if person_ids else {}
    told = (_characteristic(question, found.get(question.code, {})) for question in questions())
    return tuple(each for each in told if each.answers)


def _characteristic(question: Question, answers: Mapping[UUID, tuple[str, ...]]) -> Characteristic:
    """Answers of an older list that is not asked any more count as none."""
    known = {
        one: tuple(code for code in dict.fromkeys(codes) if code in question.answers)
        for one, codes in answers.items()
        if PREFER_NOT not in codes
    }
    return Characteristic(
        key=question.code,
        title=question.title,
        definition=f'by what they said if they wanted to: "{question.words}"',
        words=question.answers,
        answers={one: codes for one, codes in known.items() if codes},
        several=question.several,
    )
