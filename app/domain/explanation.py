"""Why a service was suggested, in words with their weight: shown before the decision and kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence and what it adds to the order; 0 or less is a caution."""

    sentence: str
    points: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that speaks for and against one service for one person.

    `position` is its place in the list that the person deciding saw, of `suitable` services; `ruled_out` how many
    others were not suitable. The three are None where it was not taken from a list. `rules` are the codes of `against`,
    in its order.
    """

    reasons: tuple[Reason, ...] = ()  # the weightiest first
    cautions: tuple[Reason, ...] = ()
    against: tuple[str, ...] = ()  # hard rules; one is enough
    position: int | None = None
    suitable: int | None = None
    ruled_out: int | None = None
    override: str | None = (
        None  # why it was asked although it takes nobody: a code of capacity.OVERRIDE_REASONS
    )
    rules: tuple[str, ...] = ()  # of routing_values.HardRule
    although: str | None = (
        None  # why it was asked although rules stand against it: a code of routing_values.ALTHOUGH_REASONS
    )

    @property
    def is_suitable(self) -> bool:
        """True when no hard rule stands against it; no evidence makes up for one."""
        return not self.against

    @property
    def points(self) -> int:
        """What orders the list, and means nothing more."""
        return sum(reason.points for reason in (*self.reasons, *self.cautions))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What speaks for it."""
        return tuple(reason.sentence for reason in self.reasons)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What rules it out, then what to check."""
        return (*self.against, *(reason.sentence for reason in self.cautions))

    def as_data(self) -> dict[str, Any]:
        """As it is stored: JSON's own types."""
        return {
            "reasons": [[reason.sentence, reason.points] for reason in self.reasons],
            "cautions": [[reason.sentence, reason.points] for reason in self.cautions],
            "against": list(self.against),
            "position": self.position,
            "suitable": self.suitable,
            "ruled_out": self.ruled_out,
            "override": self.override,
            "rules": list(self.rules),
            "although": self.although,
        }


def from_data(told: Mapping[str, Any]) -> Explanation:
    """Return what `as_data` wrote."""
    return Explanation(
        tuple(Reason(*each) for each in told["reasons"]),
        tuple(Reason(*each) for each in told["cautions"]),
        tuple(told["against"]),
        told["position"],
        told["suitable"],
        told["ruled_out"],
        told.get("override"),
        tuple(told.get("rules", ())),
        told.get("although"),
    )


NOT_EXPLAINED = Explanation()
