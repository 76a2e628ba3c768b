"""How long somebody stays signed in, for whom a second step is needed, and when who they are is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from app.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """`idle` counts from the last page, `longest` from signing in."""

    idle: timedelta
    longest: timedelta


USUAL: Final = SessionLimits(timedelta(minutes=30), timedelta(hours=12))
# Whoever sees every organisation, or lets people in, is asked sooner.
_LIMITS: Final = {
    Role.STEWARD: SessionLimits(timedelta(minutes=15), timedelta(hours=8)),
    Role.ANALYST: SessionLimits(timedelta(minutes=30), timedelta(hours=8)),
}
SECOND_STEP: Final = timedelta(minutes=10)  # how long a right password waits for it
STEP_UP: Final = timedelta(
    minutes=5
)  # how fresh an answer must be before something that cannot be taken back
KEPT_FORM: Final = timedelta(hours=1)
KEPT_FOR_LATER: Final = timedelta(days=14)  # a form that somebody chose to come back to
MOST_KEPT: Final = 30  # of one person: more are forgotten, and hold people's records meanwhile
KNOWN_AFTER: Final = timedelta(hours=12)  # how long an ended session still tells whose form it was


class SecondStepFor(StrEnum):
    """Who needs a second step at signing in; everybody may have one."""

    NOBODY = "nobody"
    STEWARDS = "stewards"
    STEWARDS_AND_ANALYSTS = "stewards-and-analysts"
    EVERYBODY = "everybody"


_NEEDED: Final[dict[SecondStepFor, tuple[Role, ...]]] = {
    SecondStepFor.NOBODY: (),
    SecondStepFor.STEWARDS: (Role.STEWARD,),
    SecondStepFor.STEWARDS_AND_ANALYSTS: (Role.STEWARD, Role.ANALYST),
    SecondStepFor.EVERYBODY: tuple(Role),
}


def limits_of(role: Role) -> SessionLimits:
    """Return how long a session of a role lasts."""
    return _LIMITS.get(role, USUAL)


def needs_second_step(rule: SecondStepFor, role: Role) -> bool:
    """Tell whether the place asks a second step of a role."""
    return role in _NEEDED[rule]
