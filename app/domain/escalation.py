"""Who is told, and when, of what waits too long: the ladders as data, and which rungs a wait has reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.domain.deadlines import Deadlines, is_urgent
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.working_days import HOURS

URGENT_HOURS = 2  # working hours in which an urgent referral that just came must have been picked up


class Matter(StrEnum):
    """What waits."""

    NEXT_ACTION = "next-action"  # the owner of a referral
    ANSWER = "answer"  # a provider that was asked
    FIRST_CONTACT = "first-contact"  # a provider that said yes
    REVIEW = "review"  # a provider that helps and has not been heard of


class Told(StrEnum):
    """Who is told of it."""

    PROVIDER = "provider"
    OWNER = "owner"
    TEAM = "team"  # whoever of the team is on duty
    STEWARD = "steward"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: who is told, so many working hours after the thing was due."""

    hours: int
    told: Told
    to_requester: bool = False  # only while nobody has taken it on, and of those only who may hear of it


_DAY = HOURS
_ROUTINE: Mapping[Matter, tuple[Rung, ...]] = {
    Matter.NEXT_ACTION: (Rung(0, Told.OWNER), Rung(_DAY, Told.TEAM), Rung(3 * _DAY, Told.STEWARD)),
    Matter.FIRST_CONTACT: (Rung(0, Told.PROVIDER), Rung(2 * _DAY, Told.OWNER)),
    Matter.REVIEW: (Rung(0, Told.PROVIDER), Rung(5 * _DAY, Told.OWNER)),
}
_PRESSING: Mapping[Matter, tuple[Rung, ...]] = {
    Matter.NEXT_ACTION: (
        Rung(0, Told.OWNER),
        Rung(2, Told.TEAM),
        Rung(4, Told.STEWARD),
        Rung(_DAY, Told.PRACTICE, to_requester=True),
    ),
    Matter.FIRST_CONTACT: (Rung(0, Told.PROVIDER), Rung(_DAY, Told.OWNER), Rung(2 * _DAY, Told.STEWARD)),
    Matter.REVIEW: (Rung(0, Told.PROVIDER), Rung(2 * _DAY, Told.OWNER)),
}
# (matter, whether it presses) -> its ladder; the reminders of an offer go by its own dates and are the provider's
LADDERS: Mapping[tuple[Matter, bool], tuple[Rung, ...]] = MappingProxyType(
    {(matter, False): rungs for matter, rungs in _ROUTINE.items()}
    | {(matter, True): rungs for matter, rungs in _PRESSING.items()}
)


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that somebody must do: since when it waits, and the day by which it must have happened."""

    matter: Matter
    since: datetime
    due_on: date
    priority: str
    safeguarding: bool
    is_new: bool = False  # a referral that nobody has taken on yet
    tells_requester: bool = False  # new, and of somebody who may hear of it

    @property
    def presses(self) -> bool:
        """True when it climbs faster and can never be put off."""
        return presses(self.priority, self.safeguarding)


@dataclass(frozen=True, slots=True)
class Due:
    """A rung that has been reached, counted from 0."""

    rung: int
    told: Told
    at: datetime


def presses(priority: str, safeguarding: bool) -> bool:
    """Tell whether a referral is urgent or a safeguarding concern: its reminders cannot be muted."""
    return safeguarding or is_urgent(priority)


def reached(wait: Wait, now: datetime, limits: Deadlines) -> tuple[Due, ...]:
    """Return the rungs that a wait has reached, the lowest first."""
    return tuple(rung for rung in climb(wait, limits) if rung.at <= now)


def climb(wait: Wait, limits: Deadlines) -> Sequence[Due]:
    """Return the whole ladder of a wait with the moment of each rung."""
    if wait.matter is Matter.ANSWER:
        moments = limits.reminders(wait.since, wait.due_on)
        return [Due(number, Told.PROVIDER, at) for number, at in enumerate(moments)]
    due = due_at(wait, limits)
    rungs = LADDERS[wait.matter, wait.presses]
    return [
        Due(number, rung.told, limits.days.hours_after(due, rung.hours))
        for number, rung in enumerate(rungs)
        if wait.tells_requester or not rung.to_requester
    ]


def due_at(wait: Wait, limits: Deadlines) -> datetime:
    """Return when a wait is overdue: when its day has ended; of an urgent referral that just came, hours after it."""
    ends = limits.days.end_of(wait.due_on)
    if wait.matter is Matter.NEXT_ACTION and wait.is_new and is_urgent(wait.priority):
        return min(ends, limits.days.hours_after(wait.since, URGENT_HOURS))
    return ends


class SnoozeReason(StrEnum):
    """Why a routine reminder is put off."""

    AGREED_WITH_PERSON = "agreed-with-person"
    AGREED_WITH_PROVIDER = "agreed-with-provider"
    PERSON_AWAY = "person-away"
    WAITING_FOR_OTHERS = "waiting-for-others"


SNOOZE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        SnoozeReason.AGREED_WITH_PERSON: "Agreed with the person",
        SnoozeReason.AGREED_WITH_PROVIDER: "Agreed with the provider",
        SnoozeReason.PERSON_AWAY: "The person is away or ill",
        SnoozeReason.WAITING_FOR_OTHERS: "Waiting for somebody else",
    }
)


def check_snooze(today: date, until: date, reason: str, *, muted: bool, limits: Deadlines) -> None:
    """Raise Conflict when a reminder may not be put off at all, Invalid with whatever is wrong with how it would be."""
    if muted:
        raise Conflict(
            "This referral is urgent or a safeguarding concern: its reminders cannot be put off. "
            "Do what is due, or hand it over to somebody who can."
        )
    problems = []
    longest = limits.rules.longest_snooze_days
    if not today < until <= today + timedelta(days=longest):
        problems.append(FieldProblem("until", f"Give a day after today, at most {longest} days away."))
    if reason not in SNOOZE_REASONS:
        problems.append(FieldProblem("reason", f"Give a reason, one of: {', '.join(SNOOZE_REASONS)}."))
    if problems:
        raise Invalid(problems)
