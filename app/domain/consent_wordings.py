"""The words by which people are asked for their yes or no: a kind for each question, a version for each wording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.wording import worded

LONGEST_QUESTION: Final = 150
LONGEST_WORDS: Final = 1500
CHANGED_MEANWHILE: Final = worded(
    "The words of this question were changed while you had the page open. Read the new words, then answer again."
)


class Kind(StrEnum):
    """What is asked; the codes are those under which a person's word is kept."""

    SHARE = "share-with-provider"
    DATASET = "secondary-use"
    FOLLOW_UP = "follow-up"
    CONTACT = "contact"
    RESEARCH = "research"


KIND_WORDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.SHARE: "Groups are told about the person",
        Kind.DATASET: "What happened is counted in the dataset",
        Kind.FOLLOW_UP: "The person is asked later how things are",
        Kind.CONTACT: "How and whether we are in touch with the person",
        Kind.RESEARCH: "Approved research may use what happened",
    }
)


@dataclass(frozen=True, slots=True)
class ConsentWording:
    """One version: the question, and what the person is told beside it; no day where it came with the program."""

    kind: Kind
    version: int
    question: str
    words: str
    made_at: datetime | None = None
    made_by: str | None = None


# The first version of each; what stands in the database counts on from here.
SHIPPED: Final[Mapping[Kind, ConsentWording]] = MappingProxyType(
    {
        Kind.SHARE: ConsentWording(
            Kind.SHARE,
            1,
            worded("May groups be told about me?"),
            worded(
                "Groups that could help may be told your name, how to reach you and what you would like. You need not "
                "say yes, and you can change your mind at any time."
            ),
        ),
        Kind.DATASET: ConsentWording(
            Kind.DATASET,
            1,
            worded("May what happened be counted?"),
            worded(
                "We count how things went for many people. Your name and address are never in it. It helps to plan "
                "better help. Your own help does not change."
            ),
        ),
        Kind.FOLLOW_UP: ConsentWording(
            Kind.FOLLOW_UP,
            1,
            worded("May we ask you later how things are?"),
            worded(
                "We may ask you some months after the help has ended. You never have to answer. Your help does not "
                "change."
            ),
        ),
        Kind.CONTACT: ConsentWording(
            Kind.CONTACT,
            1,
            worded("May we get in touch with you?"),
            worded(
                "We may ring, text, e-mail or write to you about your help. You can choose the ways that suit you. If "
                "you say no, we wait until you come to us."
            ),
        ),
        Kind.RESEARCH: ConsentWording(
            Kind.RESEARCH,
            1,
            worded("May research use what happened?"),
            worded(
                "Research can link what happened to other records about you, to learn what helps people. Each study "
                "must be approved first. Your name and address are taken out. Your own help does not change."
            ),
        ),
    }
)


def kind_of(code: str) -> Kind | None:
    """Return the kind of a code, None for a code that is none."""
    return next((each for each in Kind if each == code), None)


def next_version(newest: ConsentWording, question: str, words: str, *, seen: int) -> ConsentWording:
    """Return the version that follows; `seen` is the newest as whoever writes it had it before them.

    Raises Invalid with every problem, Conflict when somebody else wrote a version meanwhile.
    """
    question, words = question.strip(), words.strip()
    problems = []
    if not question or len(question) > LONGEST_QUESTION or not question.isprintable():
        sentence = f"Write the question in one line of at most {LONGEST_QUESTION} characters."
        problems.append(FieldProblem("question", sentence))
    if not words or len(words) > LONGEST_WORDS or "\x00" in words:
        sentence = f"Write what the person is told, in at most {LONGEST_WORDS} characters."
        problems.append(FieldProblem("words", sentence))
    elif (question, words) == (newest.question, newest.words):
        problems.append(FieldProblem("words", "These are the words of today: change something first."))
    if problems:
        raise Invalid(problems)
    if seen != newest.version:
        raise Conflict("Somebody wrote a new version meanwhile. Look at it before you write another.")
    return ConsentWording(newest.kind, newest.version + 1, question, words)


def check_seen(newest: ConsentWording, seen: int | None, field: str) -> None:
    """Raise Invalid when a person was shown other words than those of today; None: nobody says what was shown."""
    if seen is not None and seen != newest.version:
        raise Invalid([FieldProblem(field, CHANGED_MEANWHILE, "conflict")])
