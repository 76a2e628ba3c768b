"""The questions on paper: a letter that asks, where one goes with it, and pages with boxes to tick and send back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.domain import crisis
from app.domain.frameworks import Prompt
from app.domain.measures import Item, Measure
from app.letters.typesetting import typeset

_TEMPLATE: Final = Path(__file__).with_name("question_paper.typ")


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the words of its boxes; without any it is answered in words alone."""

    words: str
    boxes: tuple[str, ...]
    in_a_row: bool  # numbers; else one box a line
    own_words: bool = False  # with lines to write on


@dataclass(frozen=True, slots=True)
class Part:
    """One questionnaire; its source stands under it.

    `help_now` is whom to turn to at once, before questions of which an answer cannot wait for the post; else nothing.
    """

    title: str
    introduction: str
    questions: tuple[Question, ...]
    source: str
    help_now: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionPaper:
    """All that is printed; the letter's own part is empty where the pages alone are wanted.

    `title` is seen in tabs and lists and tells nothing of the person, who stands on the pages as `reference` alone.
    """

    title: str
    reference: str
    sender: tuple[str, ...]
    to: tuple[str, ...]
    date: str
    heading: str
    paragraphs: tuple[str, ...]
    closing: tuple[str, ...]
    parts: tuple[Part, ...]
    send_back: str
    help_heading: str = crisis.HEADING


def question_paper_pdf(paper: QuestionPaper, *, written_at: datetime) -> bytes:
    """Return it as a PDF/UA file, the same bytes for the same words and time."""
    return typeset(paper, written_at=written_at, template=_TEMPLATE)


def parts_of(measures: Iterable[Measure]) -> tuple[Part, ...]:
    """Return questionnaires as they are printed."""
    return tuple(
        Part(
            title=f"Part {number}",  # the measure's name is for staff
            introduction="" if all(item.answers for item in measure.items) else measure.introduction,
            questions=(*map(_question, measure.items), *map(_prompt, measure.narrative)),
            source=f"Source: {measure.attribution}.",
            help_now=_help_now(measure),
        )
        for number, measure in enumerate(measures, start=1)
    )


def _question(item: Item) -> Question:
    words = item.wording or "In your own words:"
    if item.answers:
        return Question(words, tuple(each.words for each in item.answers), False, item.own_words)
    if item.high - item.low > _LONGEST_ROW:
        return Question(
            f"{words} Write a number from {item.low} to {item.high}.", (" ",), True, item.own_words
        )
    numbers = tuple(str(number) for number in range(item.low, item.high + 1))
    return Question(words, numbers, True, item.own_words)


def _help_now(measure: Measure) -> tuple[str, ...]:
    if not crisis.asks_what_cannot_wait(measure):
        return ()
    return (_DO_NOT_WAIT, *(route.words for route in crisis.ROUTES))


def _prompt(prompt: Prompt) -> Question:
    return Question(prompt.wording, (), False, True)


_DO_NOT_WAIT: Final = (
    "Nobody reads this page until it reaches us. If things are very hard now, do not wait for us:"
)
_LONGEST_ROW: Final = 14  # boxes that stand beside one another in large print
