"""The calendar of the place: which days are bank holidays there, from the library that knows them."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

from app.domain.deadlines import Deadlines
from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.working_days import WorkingDays
from app.store import place_rules
from app.store.session import Tx


class BankHolidays:
    """The bank holidays of a part of the United Kingdom (ENG, WLS, SCT, NIR), of whatever year is asked for."""

    def __init__(self, part: str):
        self.part = part

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in _of_year(self.part, day.year)


@cache
def _of_year(part: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=part, years=year))


@cache
def deadlines(rules: PlaceRules = DEFAULT_RULES) -> Deadlines:
    """Return the time limits of a place in its own working days."""
    return Deadlines(rules, WorkingDays(BankHolidays(rules.bank_holidays_of)))


def limits_of(tx: Tx, given: PlaceRules | None = None) -> Deadlines:
    """Return the time limits that a use case goes by: those it was given, else the place's."""
    return deadlines(place_rules.of(tx, given))
