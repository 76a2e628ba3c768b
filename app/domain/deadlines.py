"""A place's time limits as days: its rules, counted in its working days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.place import PlaceRules
from app.domain.vocabulary import Priority
from app.domain.working_days import WorkingDays


def is_urgent(priority: str) -> bool:
    """Tell whether a referral goes before others."""
    return priority != Priority.ROUTINE


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when what must have happened; every date that comes out of here is a working day."""

    rules: PlaceRules
    days: WorkingDays

    def triage_by(self, today: date, priority: str) -> date:
        """Return when a new referral must have been looked at."""
        limit = self.rules.urgent_triage_days if is_urgent(priority) else self.rules.triage_days
        return self.days.after(today, limit)

    def answer_by(self, today: date, answer_days: int, priority: str) -> date:
        """Return when a provider must have answered; an urgent referral waits no longer than the place allows."""
        limit = min(answer_days, self.rules.urgent_answer_days) if is_urgent(priority) else answer_days
        return self.days.after(today, max(limit, 1))

    def first_contact_by(self, accepted_on: date) -> date:
        """Return when whoever accepted must have reached the person."""
        return self.days.after(accepted_on, self.rules.first_contact_days)

    def team_contact_by(self, accepted_on: date, priority: str) -> date:
        """Return when the team must have made the first contact for a provider; at once where it presses."""
        return self.days.after(accepted_on, 0 if is_urgent(priority) else 1)

    def review_on(self, heard_on: date) -> date:
        """Return when a provider that helps is asked how it is going, from the day on which it was last heard of."""
        return self.days.on_or_after(heard_on + timedelta(days=self.rules.review_days))

    def reminders(self, offered_at: datetime, respond_by: date) -> tuple[datetime, ...]:
        """Return when an offer is recalled: half way to its day, and when the working day before that begins.

        One that would come before the offer, or not after the other, is left out.
        """
        whole = self.days.hours_between(offered_at, self.days.end_of(respond_by))
        half = self.days.hours_after(offered_at, whole / 2)
        last = self.days.start_of(self.days.before(respond_by, 1))
        return tuple(sorted({half, *_later(last, half)}))


def _later(last: datetime, half: datetime) -> Collection[datetime]:
    return (last,) if last > half else ()
