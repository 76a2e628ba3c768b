"""Whom somebody can turn to at once: the same words on every page, form and letter that asks what cannot wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.measures import Measure
from app.domain.wording import worded

HEADING: Final = worded("If you need help now")


@dataclass(frozen=True, slots=True)
class Route:
    """One way to help: its words around the number that is rung, and that number as a telephone takes it."""

    line: str  # with %(number)s where it stands
    number: str

    @property
    def dial(self) -> str:
        """The digits alone."""
        return self.number.replace(" ", "")

    @property
    def words(self) -> str:
        """The whole line, for paper."""
        return worded(self.line, number=self.number)


# Numbers as published by the NHS and the charities, November 2026.
ROUTES: Final = (
    Route(worded("In danger, or badly hurt: ring %(number)s"), "999"),
    Route(
        worded(
            "Thinking of ending your life, or in a mental health crisis: ring %(number)s and choose option 2, day and "
            "night"
        ),
        "111",
    ),
    Route(
        worded(
            "To talk to somebody: Samaritans, ring %(number)s, free, day and night. By text: send SHOUT to 85258"
        ),
        "116 123",
    ),
    Route(
        worded(
            "Afraid of somebody at home: National Domestic Abuse Helpline, ring %(number)s, free, day and night"
        ),
        "0808 2000 247",
    ),
)


def asks_what_cannot_wait(measure: Measure) -> bool:
    """Tell whether one of its questions can have an answer that a person must look at today."""
    return any(item.alerts_above is not None for item in measure.items)
