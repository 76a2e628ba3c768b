"""Passing somebody on: the chain of placements, its hops, and when nobody seems to keep the person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.lifecycle import PlacementStatus

MOST_HOPS: Final = 3  # from so many on, somebody looks whether the person is sent round
IN_VAIN_IN_A_ROW: Final = 3
LONGEST_REASON: Final = 500  # characters


class OnwardKind(StrEnum):
    """What is done for the person: a referral that somebody answers for, or only a word where to go."""

    REFERRED = "referred"  # proposed to the link worker, who offers it to another service
    SIGNPOSTED = "signposted"  # the person was told of a service; nobody there knows of them


class OnwardState(StrEnum):
    """What became of it."""

    PROPOSED = "proposed"
    TAKEN_UP = "taken-up"  # the link worker asked somebody
    NOT_TAKEN_UP = "not-taken-up"
    TOLD = "told"  # of a signpost: there is nothing to decide


@dataclass(frozen=True, slots=True)
class Leg:
    """One placement as the chain sees it; `passed_from` is the placement that it came from."""

    id: UUID
    status: str
    offered_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    passed_from: UUID | None


@dataclass(frozen=True, slots=True)
class Round:
    """How often somebody was passed on, and how many asked in a row came to nothing."""

    hops: int = 0
    in_vain: int = 0

    @property
    def is_bounced(self) -> bool:
        """True when the person seems to be sent from one to the next."""
        return self.hops >= MOST_HOPS or self.in_vain >= IN_VAIN_IN_A_ROW

    @property
    def sentence(self) -> str:
        """Why it is so, in words; empty when it is not."""
        if self.hops >= MOST_HOPS:
            return f"Passed on {self.hops} times from one provider to the next."
        if self.in_vain >= IN_VAIN_IN_A_ROW:
            return f"{self.in_vain} in a row said no, did not answer, or ended before help began."
        return ""


def hops(legs: Iterable[Leg], placement_id: UUID) -> int:
    """Return how often the person was passed on until this placement: 0 for whoever the link worker asked first."""
    came_from = {leg.id: leg.passed_from for leg in legs}
    count, at = 0, came_from.get(placement_id)
    while at is not None and count <= len(came_from):
        count, at = count + 1, came_from.get(at)
    return count


def chain(legs: Iterable[Leg], placement_id: UUID) -> Sequence[UUID]:
    """Return the placements that led to this one, the first of them first, itself last."""
    came_from = {leg.id: leg.passed_from for leg in legs}
    found = [placement_id]
    while (before := came_from.get(found[-1])) is not None and before not in found:
        found.append(before)
    return found[::-1]


def travelled(legs: Collection[Leg]) -> Round:
    """Return how far a referral has gone round; an offer that still waits and one taken back count for nothing."""
    return Round(max((hops(legs, leg.id) for leg in legs), default=0), _in_vain(legs))


def _in_vain(legs: Collection[Leg]) -> int:
    count = 0
    for leg in sorted(legs, key=lambda each: (each.ended_at is None, each.ended_at or each.offered_at)):
        if _came_to_nothing(leg):
            count += 1
        elif leg.started_at is not None or leg.status == PlacementStatus.ACCEPTED:
            count = 0
    return count


def _came_to_nothing(leg: Leg) -> bool:
    if leg.status in (PlacementStatus.DECLINED, PlacementStatus.EXPIRED):
        return True
    return leg.status == PlacementStatus.ENDED_EARLY and leg.started_at is None
