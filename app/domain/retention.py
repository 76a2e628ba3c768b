"""For how long a care record is kept: rules as data, the day on which a person's time is over, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.follow_up import add_months

_CHILD: Final = 18


@dataclass(frozen=True, slots=True)
class Rule:
    """How long: `years` from the last help or from death (`counts_from`), or until a birthday (`until_age`)."""

    code: str
    title: str
    source: str
    years: int | None = None
    counts_from: str | None = None
    until_age: int | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """What decides: the last day of help, birth, the day on which we learnt of a death, and what is about.

    `is_open`: something goes on still. `is_held`: a legal hold or an inquiry; nothing is over then.
    """

    last_help_on: date
    born_on: date | None = None
    died_on: date | None = None
    is_mental_health: bool = False
    is_open: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The last day for which a record is kept, and by which rule."""

    until: date
    rule: Rule


def read_rules(told: Mapping[str, Any]) -> Mapping[str, Rule]:
    """Return the rules of a file. Raises ValueError for one without a source, or without exactly one way to count."""
    rules = {}
    for code, entry in told["rules"].items():
        rule = Rule(
            code,
            entry["title"],
            entry.get("source", ""),
            entry.get("years"),
            entry.get("from"),
            entry.get("until_age"),
        )
        if not rule.source or (rule.years is None) == (rule.until_age is None):
            raise ValueError(f"{code}: a rule needs a source, and either years or an age.")
        if rule.years is not None and rule.counts_from not in ("last-help", "death"):
            raise ValueError(f"{code}: years count from last-help or from death.")
        rules[code] = rule
    return rules


def kept_until(life: Life, rules: Mapping[str, Rule]) -> Kept | None:
    """Return how long a record is kept: the longest rule that applies; None while nothing can be said of an end."""
    if life.is_open or life.is_held:
        return None
    found = [Kept(until, rules[code]) for code in _applies(life) if (until := _last_day(life, rules[code]))]
    return max(found, key=lambda kept: kept.until) if found else None


def is_over(life: Life, rules: Mapping[str, Rule], today: date) -> bool:
    """Tell whether the time of a record is over: from the day after its last day on."""
    kept = kept_until(life, rules)
    return kept is not None and today > kept.until


def _applies(life: Life) -> Iterator[str]:
    """Mental health outlasts the rest; whoever was a child when help ended is kept until grown up."""
    if life.is_mental_health:
        yield "mental-health-died" if life.died_on else "mental-health"
    yield "died" if life.died_on else "adult"
    if life.born_on is not None and (age := _age(life.born_on, life.last_help_on)) < _CHILD:
        yield "child-seventeen" if age == _CHILD - 1 else "child"


def _last_day(life: Life, rule: Rule) -> date | None:
    if rule.until_age is not None:
        return add_months(life.born_on, rule.until_age * 12) if life.born_on else None
    start = life.died_on if rule.counts_from == "death" else life.last_help_on
    return add_months(start, (rule.years or 0) * 12) if start else None


def _age(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
