"""Questionnaires as forms, drawn from their definitions: inputs for answers and own words, a way to leave each out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from app.domain.errors import FieldProblem, Invalid
from app.domain.measures import Item, Measure
from app.domain.outcomes import ANSWERED_BY, SKIP_REASONS, Phase, Taken
from app.services.measures.measures_taken import LONGEST_WORDS
from app.web.frame.forms import Form, FormSchema, load, number, words

SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Told:
    """How the answers of one form came: on which day, by whom, in which way; `helper` names who answered for them."""

    taken_on: date
    said_by: str
    way: str
    helper: str = ""


def name_of(measure: Measure, phase: Phase, part: str) -> str:
    """Return the name of an input; `part` is an item's code, with "-words" what is told in own words, or "skip"."""
    return f"{measure.code}-{phase}-{part}"


def schema_of(measures: Iterable[Measure], *phases: Phase) -> Schema:
    """Return the form of questionnaires, of which every input may be left empty."""
    inputs: dict[str, Any] = {}
    for measure in measures:
        for phase in phases:
            inputs |= _inputs(measure, phase)
    made: type[Schema] = type("MeasuresForm", (FormSchema,), inputs)
    return made()


def read(form: Form, measures: Sequence[Measure], phase: Phase, told: Told) -> list[Taken]:
    """Return the questionnaires that were filled in, or left out with a reason; raises Invalid with every problem."""
    return taken_of(load(schema_of(measures, phase), form), measures, phase, told)


def taken_of(
    answered: Mapping[str, Any], measures: Iterable[Measure], phase: Phase, told: Told
) -> list[Taken]:
    """Return the same of a form that was loaded already; nothing of a questionnaire that nobody touched."""
    found, problems = [], []
    for measure in measures:
        reason = answered.get(name_of(measure, phase, SKIP)) or None
        answers = {
            item.code: value
            for item in measure.items
            if (value := answered.get(name_of(measure, phase, item.code))) is not None
        }
        said = _words(answered, measure, phase)
        if (answers or said) and reason:
            sentence = "Clear either the answers or the reason why they are left out."
            problems.append(FieldProblem(name_of(measure, phase, SKIP), sentence))
        elif answers or said or reason:
            found.append(_taken(measure, phase, answers, reason, told, said))
    if problems:
        raise Invalid(problems)
    return found


def _taken(
    measure: Measure,
    phase: Phase,
    answers: Mapping[str, int],
    reason: str | None,
    told: Told,
    said: Mapping[str, str],
) -> Taken:
    helper = {ANSWERED_BY: told.helper} if told.helper else {}
    return Taken(
        measure.code,
        phase,
        answers,
        told.taken_on,
        version=measure.version,
        said_by=told.said_by,
        way=told.way,
        skipped=reason,
        words={} if reason else {**said, **helper},
    )


def _words(answered: Mapping[str, Any], measure: Measure, phase: Phase) -> dict[str, str]:
    told = {code: answered.get(name_of(measure, phase, f"{code}-words")) for code in measure.in_words}
    return {code: said for code, said in told.items() if said}


def _inputs(measure: Measure, phase: Phase) -> dict[str, Any]:
    missing = "Choose a reason from the list."
    skip = fields.String(load_default="", validate=validate.OneOf([*SKIP_REASONS], error=missing))
    inputs: dict[str, Any] = {name_of(measure, phase, SKIP): skip}
    for item in measure.items:
        inputs[name_of(measure, phase, item.code)] = _number(item)
    for code in measure.in_words:
        name = name_of(measure, phase, f"{code}-words")
        inputs[name] = words("Your own words", longest=LONGEST_WORDS)
    return inputs


def _number(item: Item) -> fields.Integer:
    named = f"“{item.wording or 'The number'}”"
    if not item.answers:
        return number(item.low, item.high, named)
    sentence = f"{named}: choose one of the answers."
    return fields.Integer(
        load_default=None,
        validate=validate.OneOf([each.value for each in item.answers], error=sentence),
        error_messages={"invalid": sentence},
    )


def of_phase(taken: Taken, phase: Phase) -> Taken:
    """Return the same as answered of another time."""
    return replace(taken, phase=phase)
