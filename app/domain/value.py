"""The value calculator: listed costs times stated assumptions, told as a range with its people or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from app.domain.errors import FieldProblem
from app.domain.pack import Number

LARGEST: Final = Decimal(1_000_000_000)
_FEWEST_PEOPLE: Final = 10
_FIRST_YEAR: Final = 1990
_PER_CENT: Final = Decimal(100)
_ONE_NUMBER: Final = (
    "This comes to one number alone. Give a range: the least and the most that it may be. "
    "A value is told as a range."
)


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gave for an input: a range, a best guess if there is one, and where it stands."""

    low: Decimal | None = None
    central: Decimal | None = None
    high: Decimal | None = None
    source: str = ""
    year: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return self == Given()


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a method; `look_up` says where to find it, `usual` what is confirmed."""

    code: str
    words: str
    unit: str
    look_up: str
    usual: Given = Given()


@dataclass(frozen=True, slots=True)
class Method:
    """One way to work a value out; its inputs are multiplied."""

    code: str
    title: str
    said: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value as a range in pounds, two figures exact, its ends rounded outwards; `central` where every input has a
    best guess."""

    method: Method
    given: Mapping[str, Given]
    people: Number
    low: Decimal
    high: Decimal
    central: Decimal | None

    @property
    def sentence(self) -> str:
        """The value in words, with its range, its number of people and what it assumes."""
        span = f"{pounds(self.low)} to {pounds(self.high)}"
        middle = f" (best guess {pounds(self.central)})" if self.central is not None else ""
        if self.method.code == "local":
            spent = self.given["spent"]
            return (
                f"{_span(spent, money=True)} was spent on work with {self.people.words} people. At the listed "
                f"multiplier that is {span} in the local economy{middle}, if the multiplier holds here."
            )
        share, units = self.given["share"], self.given["units"]
        return (
            f"{span}{middle}: the value of appointments at the listed cost, if {_span(share)} per cent of "
            f"{self.people.words} people had {_span(units)} appointments fewer in a year."
        )


def field_of(code: str, part: str) -> str:
    """Return the name of a field of the form: units_low."""
    return f"{code}_{part}"


def problems_of(
    method: Method, given: Mapping[str, Given], *, people: Number, this_year: int
) -> list[FieldProblem]:
    """Return what is missing for a number to be told: a range with a source and year for each input, and people."""
    problems = [problem for each in method.inputs for problem in _wrong(each, given[each.code], this_year)]
    if people.people is None or people.people < _FEWEST_PEOPLE:
        sentence = "There are fewer than 10 people in this pack, so no value is worked out."
        problems.append(FieldProblem("people", sentence))
    elif not problems and _is_one_number(method, given, people):
        problems.append(FieldProblem(field_of(method.inputs[-1].code, "high"), _ONE_NUMBER))
    return problems


def _is_one_number(method: Method, given: Mapping[str, Given], people: Number) -> bool:
    """Whether nothing was left open, or nothing of it is left in what would be printed."""
    if all(given[each.code].low == given[each.code].high for each in method.inputs):
        return True
    found = estimate(method, given, people=people)
    return found.low == found.high


def estimate(method: Method, given: Mapping[str, Given], *, people: Number) -> Estimate:
    """Return the value of inputs without problems: people and share where they count, times every input."""
    count = Decimal(people.people or 0) / _PER_CENT if method.code == "appointments" else Decimal(1)
    parts: Sequence[Given] = [given[each.code] for each in method.inputs]
    low = high = central = count
    for part in parts:
        low, high = low * (part.low or 0), high * (part.high or 0)
        central *= part.central or 0
    has_central = all(part.central is not None for part in parts)
    ends = (_rough(low, ROUND_FLOOR), _rough(high, ROUND_CEILING))
    return Estimate(method, given, people, *ends, _rough(central, ROUND_HALF_UP) if has_central else None)


def pounds(value: Decimal) -> str:
    """Return pounds without pence: £12,000."""
    return f"£{value.quantize(Decimal(1), ROUND_HALF_UP):,}"


def _wrong(asked: Input, given: Given, this_year: int) -> list[FieldProblem]:
    problems = []
    name = asked.words[0].lower() + asked.words[1:]
    most = _PER_CENT if asked.unit == "per cent" else LARGEST
    for part, value in (("low", given.low), ("high", given.high)):
        if value is None:
            end = "lowest" if part == "low" else "highest"
            sentence = f"Give the {end} number of: {name}. Without a range no value is told."
            problems.append(FieldProblem(field_of(asked.code, part), sentence, "required"))
        elif not 0 <= value <= most:
            sentence = f"Give a number from 0 to {most:,} for: {name}."
            problems.append(FieldProblem(field_of(asked.code, part), sentence))
    if given.low is not None and given.high is not None:
        if given.low > given.high:
            sentence = f"The lowest is above the highest: {name}."
            problems.append(FieldProblem(field_of(asked.code, "high"), sentence))
        elif given.central is not None and not given.low <= given.central <= given.high:
            sentence = f"The best guess must lie between the lowest and the highest: {name}."
            problems.append(FieldProblem(field_of(asked.code, "central"), sentence))
    if not given.source.strip():
        sentence = f"Write where it stands: {name}."
        problems.append(FieldProblem(field_of(asked.code, "source"), sentence, "required"))
    if given.year is None or not _FIRST_YEAR <= given.year <= this_year:
        sentence = f"Give the year of the source, from {_FIRST_YEAR} to {this_year}: {name}."
        problems.append(FieldProblem(field_of(asked.code, "year"), sentence, "required"))
    return problems


def _rough(value: Decimal, rounding: str) -> Decimal:
    """Two figures of whole pounds: more would pretend to know what was assumed."""
    if value == 0:
        return Decimal(0)
    return value.quantize(Decimal(1).scaleb(max(0, value.adjusted() - 1)), rounding)


def _span(given: Given, *, money: bool = False) -> str:
    low, high = (
        (pounds(value) if money else f"{value:,f}")
        for value in (given.low or Decimal(0), given.high or Decimal(0))
    )
    return low if low == high else f"{low} to {high}"
