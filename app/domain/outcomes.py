"""Outcome measures: their items, their directions, their scores; a missing item gives no total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import FieldProblem


class Phase(StrEnum):
    """When a measure was taken."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its range; `higher_is_better` False turns the sense of a change round."""

    code: str
    wording: str
    low: int
    high: int
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """A questionnaire; `total_code` None means that its items are never summed."""

    code: str
    name: str
    items: tuple[Item, ...]
    total_code: str | None
    attribution: str


# Personal well-being (ONS4), harmonised standard of the UK Government Statistical Service; four items that
# are never summed into one number, anxiety running the other way.
ONS4 = Measure(
    "ons4",
    "ONS personal wellbeing",
    (
        Item("life-satisfaction", "Overall, how satisfied are you with your life nowadays?", 0, 10),
        Item(
            "worthwhile",
            "Overall, to what extent do you feel the things you do in your life are worthwhile?",
            0,
            10,
        ),
        Item("happy", "Overall, how happy did you feel yesterday?", 0, 10),
        Item("anxious", "Overall, how anxious did you feel yesterday?", 0, 10, higher_is_better=False),
    ),
    None,
    "Office for National Statistics",
)

# UCLA three-item loneliness scale: hardly ever or never 1, some of the time 2, often 3; sum 3 to 9.
UCLA3 = Measure(
    "ucla3",
    "UCLA loneliness (three items)",
    (
        Item(
            "companionship",
            "How often do you feel that you lack companionship?",
            1,
            3,
            higher_is_better=False,
        ),
        Item("left-out", "How often do you feel left out?", 1, 3, higher_is_better=False),
        Item("isolated", "How often do you feel isolated from others?", 1, 3, higher_is_better=False),
    ),
    "loneliness",
    "Hughes and others, 2004",
)

MEASURES: Mapping[str, Measure] = MappingProxyType({measure.code: measure for measure in (ONS4, UCLA3)})


@dataclass(frozen=True, slots=True)
class Taken:
    """A measure as somebody answered it; an item may be missing."""

    measure: str
    phase: Phase
    answers: Mapping[str, int]
    taken_on: date


def check_answers(measure_code: str, answers: Mapping[str, int], field: str) -> list[FieldProblem]:
    """Return what is wrong with answers: unknown measure, unknown item, number out of range."""
    measure = MEASURES.get(measure_code)
    if measure is None:
        return [FieldProblem(field, f"Unknown measure; use one of: {', '.join(MEASURES)}.", "code-invalid")]
    known = {item.code: item for item in measure.items}
    problems = []
    for code, value in answers.items():
        item = known.get(code)
        if item is None:
            sentence = f"{measure.name} has no such item; its items are: {', '.join(known)}."
            problems.append(FieldProblem(field, sentence, "code-invalid"))
        elif not item.low <= value <= item.high:
            sentence = f"{measure.name}, {code}: give a whole number from {item.low} to {item.high}."
            problems.append(FieldProblem(f"{field}.{code}", sentence))
    return problems


def scores(taken: Taken) -> dict[str, int]:
    """Return each answered item by its code, and the total by its own where the measure has one and all are there."""
    measure = MEASURES[taken.measure]
    found = {item.code: taken.answers[item.code] for item in measure.items if item.code in taken.answers}
    if measure.total_code and len(found) == len(measure.items):
        found[measure.total_code] = sum(found.values())
    return found


def display(measure_code: str, code: str) -> str:
    """Return the words for an item or total of a measure."""
    measure = MEASURES[measure_code]
    return next((item.wording for item in measure.items if item.code == code), measure.name)
