"""How far one referral has come round the loop, read from its steps: what the practice that asked is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.lifecycle import Action, FeedbackStatus, PlacementStatus, ReferralStatus, Track
from app.domain.referral import Step


class Stage(StrEnum):
    """The stages of the loop, in their order."""

    RECEIVED = "received"
    IN_TRIAGE = "in-triage"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    STARTED = "started"
    ENDED = "ended"
    TOLD = "told"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage and when it was first reached, counted from the last time that things began anew."""

    stage: Stage
    at: datetime


_STAGE_OF: Mapping[tuple[str, str], Stage] = MappingProxyType(
    {
        (Track.REFERRAL, ReferralStatus.RECEIVED): Stage.RECEIVED,
        (Track.REFERRAL, ReferralStatus.IN_TRIAGE): Stage.IN_TRIAGE,
        (Track.PLACEMENT, PlacementStatus.OFFERED): Stage.OFFERED,
        (Track.PLACEMENT, PlacementStatus.ACCEPTED): Stage.ACCEPTED,
        (Track.PLACEMENT, PlacementStatus.STARTED): Stage.STARTED,
        (Track.REFERRAL, ReferralStatus.COMPLETED): Stage.ENDED,
        (Track.REFERRAL, ReferralStatus.ENDED_EARLY): Stage.ENDED,
        (Track.REFERRAL, ReferralStatus.WITHDRAWN): Stage.ENDED,
        (Track.REFERRAL, ReferralStatus.ENTERED_IN_ERROR): Stage.ENDED,
        (Track.FEEDBACK, FeedbackStatus.SENT): Stage.TOLD,
        (Track.FEEDBACK, FeedbackStatus.ACKNOWLEDGED): Stage.ACKNOWLEDGED,
    }
)
_BEGINS_ANEW = (Action.REOPEN, Action.RETURN_TO_TRIAGE)
_KEPT = (Stage.RECEIVED, Stage.IN_TRIAGE)


def stages_reached(steps: Iterable[Step]) -> tuple[Reached, ...]:
    """Return the stages that a referral stands at, in the loop's order; `steps` oldest first.

    A referral that came back to triage or was reopened has lost its offers and its end: it has to reach them again.
    """
    found: dict[Stage, datetime] = {}
    for step in steps:
        if step.track == Track.REFERRAL and step.action in _BEGINS_ANEW:
            found = {stage: at for stage, at in found.items() if stage in _KEPT}
        stage = _STAGE_OF.get((step.track, step.after))
        if stage is not None:
            found.setdefault(stage, step.at)
    return tuple(Reached(stage, found[stage]) for stage in Stage if stage in found)
