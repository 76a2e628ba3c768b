"""Whom somebody can turn to at once: the same words on every page, form and letter that asks what cannot wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.measures import Measure

HEADING: Final = "If you need help now"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to help: its words around the number that is rung, and that number as a telephone takes it."""

    before: str
    number: str
    after: str = ""

    @property
    def dial(self) -> str:
        """The digits alone."""
        return self.number.replace(" ", "")

    @property
    def words(self) -> str:
        """The whole line, for paper."""
        return f"{self.before}{self.number}{self.after}"


# Numbers as published by the NHS and the charities, November 2026.
ROUTES: Final = (
    Route("In danger, or badly hurt: ring ", "999"),
    Route(
        "Thinking of ending your life, or in a mental health crisis: ring ",
        "111",
        " and choose option 2, day and night",
    ),
    Route(
        "To talk to somebody: Samaritans, ring ",
        "116 123",
        ", free, day and night. By text: send SHOUT to 85258",
    ),
    Route(
        "Afraid of somebody at home: National Domestic Abuse Helpline, ring ",
        "0808 2000 247",
        ", free, day and night",
    ),
)


def asks_what_cannot_wait(measure: Measure) -> bool:
    """Tell whether one of its questions can have an answer that a person must look at today."""
    return any(item.alerts_above is not None for item in measure.items)
