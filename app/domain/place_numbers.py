"""The place's numbers as somebody types them: read by the fields of PlaceRules, whatever those are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

from app.domain.errors import FieldProblem, Invalid
from app.domain.place import DEFAULT_RULES, PlaceRules

LARGEST = 3650  # ten years of days; of points it is more than any evidence adds
MOST_NUDGE = 40  # points: as much as a need that is met adds, and no more
MOST_EMERGENCY = 240  # minutes: longer is no emergency any more
MOST_FOLLOW_UPS, LONGEST_FOLLOW_UP = 4, 60  # how often one person is asked; months
_HOLIDAYS = ("ENG", "WLS", "SCT", "NIR")
NAMES: tuple[str, ...] = tuple(each.name for each in fields(PlaceRules))


def changed(rules: PlaceRules, told: Mapping[str, object]) -> PlaceRules:
    """Return the rules with what was told, numbers as such or as text; raises Invalid with every problem."""
    problems = [
        FieldProblem(name, f"There is no such rule. The rules are: {', '.join(NAMES)}.", "not-found")
        for name in told
        if name not in NAMES
    ]
    values: dict[str, Any] = {}
    for name in (each for each in told if each in NAMES):
        try:
            values[name] = _value(name, told[name])
        except Invalid as fault:
            problems += fault.problems
    if problems:
        raise Invalid(problems)
    return replace(rules, **values)


def as_data(rules: PlaceRules) -> dict[str, Any]:
    """Return what differs from the house's own numbers: JSON's own types."""
    return {
        name: getattr(rules, name) for name in NAMES if getattr(rules, name) != getattr(DEFAULT_RULES, name)
    }


def from_data(kept: Mapping[str, Any]) -> PlaceRules:
    """Return what `as_data` wrote; a rule that there is no more, or a value it takes no more, is left aside."""
    rules = DEFAULT_RULES
    for name, value in kept.items():
        try:
            rules = changed(rules, {name: value})
        except Invalid:
            continue
    return rules


def _value(name: str, told: object) -> Any:
    usual = getattr(DEFAULT_RULES, name)
    if isinstance(usual, bool):
        return _one_of(name, told, {"yes": True, "no": False, "True": True, "False": False})
    if isinstance(usual, int):
        return _number(name, told)
    if isinstance(usual, tuple):
        return _months(name, told)
    if isinstance(usual, StrEnum):
        return _one_of(name, told, {each.value: each for each in type(usual)})
    return _one_of(name, told, {each: each for each in _HOLIDAYS})


def _number(name: str, told: object) -> int:
    most = {"nudge_points": MOST_NUDGE, "emergency_minutes": MOST_EMERGENCY}.get(name, LARGEST)
    text = str(told).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    if number is None or number > most:
        raise Invalid([FieldProblem(name, f"Give a whole number from 0 to {most}.")])
    return number


def _months(name: str, told: object) -> tuple[int, ...]:
    """Months or days as "3,6", "none", or the list that was kept; each once, the first first."""
    parts = told if isinstance(told, list | tuple) else str(told).strip().replace("none", "").split(",")
    texts = [str(part).strip() for part in parts if str(part).strip()]
    if len(texts) > MOST_FOLLOW_UPS or not all(
        text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= LONGEST_FOLLOW_UP
        for text in texts
    ):
        of = "days" if name == "check_in_days" else "months"
        sentence = (
            f"Give up to {MOST_FOLLOW_UPS} numbers of {of} from 1 to {LONGEST_FOLLOW_UP} with commas between, "
            "such as 3,6, or none."
        )
        raise Invalid([FieldProblem(name, sentence)])
    return tuple(sorted({int(text) for text in texts}))


def _one_of(name: str, told: object, known: Mapping[str, Any]) -> Any:
    if str(told) not in known:
        raise Invalid([FieldProblem(name, f"Choose one of: {', '.join(known)}.", "code-invalid")])
    return known[str(told)]
