"""Whose turn it is in each state of the lifecycle: who holds the ball, so that nothing waits for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.lifecycle import FeedbackStatus, PlacementStatus, ReferralStatus, Track
from app.domain.vocabulary import Role

_MESSAGE_TURN = {
    FeedbackStatus.COMPOSED: Role.SYSTEM,
    FeedbackStatus.SENT: Role.PRACTICE,
    FeedbackStatus.DELIVERED: Role.PRACTICE,
    FeedbackStatus.FAILED: Role.STEWARD,
    FeedbackStatus.SUPERSEDED: Role.PRACTICE,  # its answer may still come, and changes nothing but our knowledge
}
TURN: Mapping[tuple[Track, str], Role] = MappingProxyType(
    {
        (Track.REFERRAL, ReferralStatus.RECEIVED): Role.LINK_WORKER,
        (Track.REFERRAL, ReferralStatus.IN_TRIAGE): Role.LINK_WORKER,
        (Track.REFERRAL, ReferralStatus.ACTIVE): Role.PROVIDER,
        (Track.REFERRAL, ReferralStatus.WAITING): Role.PROVIDER,
        (Track.REFERRAL, ReferralStatus.COMPLETED): Role.PRACTICE,
        (Track.REFERRAL, ReferralStatus.ENDED_EARLY): Role.PRACTICE,
        (Track.PLACEMENT, PlacementStatus.OFFERED): Role.PROVIDER,
        (Track.PLACEMENT, PlacementStatus.OPENED): Role.PROVIDER,
        (Track.PLACEMENT, PlacementStatus.INFORMATION_REQUESTED): Role.LINK_WORKER,
        (Track.PLACEMENT, PlacementStatus.ACCEPTED): Role.PROVIDER,
        (Track.PLACEMENT, PlacementStatus.WAITLISTED): Role.PROVIDER,
        (Track.PLACEMENT, PlacementStatus.STARTED): Role.PROVIDER,
        (Track.PLACEMENT, PlacementStatus.PAUSED): Role.PROVIDER,
        **{
            (track, status): role
            for track in (Track.FEEDBACK, Track.PROGRESS)
            for status, role in _MESSAGE_TURN.items()
        },
    }
)


def whose_turn(track: Track, status: str) -> Role | None:
    """Return who holds the ball, None when the track has ended."""
    return TURN.get((track, status))
