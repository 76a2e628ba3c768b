"""The days and hours on which a place works: what every time limit and every reminder is counted in."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PLACE_TIME: Final = ZoneInfo("Europe/London")
OPENS: Final = time(9)
CLOSES: Final = time(17)
HOURS: Final = CLOSES.hour - OPENS.hour  # of one working day
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Monday to Friday without the days in `closed`, from OPENS to CLOSES by the place's own clock.

    No working hour lies in the night in which the clocks change, so that hours are counted as the wall shows them.
    """

    closed: Container[date]

    def is_worked(self, day: date) -> bool:
        """Tell whether somebody is at work on a day."""
        return day.weekday() < _SATURDAY and day not in self.closed

    def on_or_after(self, day: date) -> date:
        """Return the day itself when it is worked, else the next that is."""
        while not self.is_worked(day):
            day += _DAY
        return day

    def after(self, day: date, days: int) -> date:
        """Return the working day so many working days after a day; 0 is the day itself or the next one worked."""
        if days <= 0:
            return self.on_or_after(day)
        for _ in range(days):
            day = self.on_or_after(day + _DAY)
        return day

    def before(self, day: date, days: int) -> date:
        """Return the working day so many working days before a day."""
        for _ in range(days):
            day -= _DAY
            while not self.is_worked(day):
                day -= _DAY
        return day

    def end_of(self, day: date) -> datetime:
        """Return when work on a day ends, of a day that is not worked when it would."""
        return datetime.combine(day, CLOSES, PLACE_TIME)

    def start_of(self, day: date) -> datetime:
        """Return when work on a day begins."""
        return datetime.combine(day, OPENS, PLACE_TIME)

    def hours_after(self, moment: datetime, hours: float) -> datetime:
        """Return the moment so many working hours later, never one outside them: 0 at night is the next opening."""
        at, left = self._next_worked(moment.astimezone(PLACE_TIME)), timedelta(hours=hours)
        while at + left > self.end_of(at.date()):
            left -= self.end_of(at.date()) - at
            at = self.start_of(self.on_or_after(at.date() + _DAY))
        return at + left

    def hours_between(self, first: datetime, last: datetime) -> float:
        """Return the working hours from one moment to a later one, 0 when it is not later."""
        first, last = first.astimezone(PLACE_TIME), last.astimezone(PLACE_TIME)
        total, day = timedelta(), first.date()
        while day <= last.date():
            if self.is_worked(day):
                begun, ended = max(first, self.start_of(day)), min(last, self.end_of(day))
                total += max(ended - begun, timedelta())
            day += _DAY
        return total / timedelta(hours=1)

    def _next_worked(self, at: datetime) -> datetime:
        day = self.on_or_after(at.date())
        if day != at.date():
            return self.start_of(day)
        if at >= self.end_of(day):
            return self.start_of(self.on_or_after(day + _DAY))
        return max(at, self.start_of(day))
