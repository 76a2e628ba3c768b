"""A group's word of what came of help that somebody else had ended: of which help it is taken, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.lifecycle import HELPS, OPEN_REFERRAL, PlacementStatus, ReferralStatus

DAYS: Final = 60  # after the help ended: later on nobody remembers well, and the record has been read
LONGEST: Final = 1000  # characters: it stands above what was told before
KNOWN_LATER: Final = "known-later"  # of REOPEN_REASONS: why an ended referral is told anew
_SAID_NO: Final = "consent-withdrawn"  # nobody is asked for a word about somebody who wants nothing told
_STANDS: Final = OPEN_REFERRAL | {
    ReferralStatus.COMPLETED,
    ReferralStatus.ENDED_EARLY,
    ReferralStatus.CLOSED,
}


class Settled(StrEnum):
    """What the link worker made of a word that came late."""

    PASSED_ON = "passed-on"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a placement and its referral stand, and from which status the placement was taken back."""

    status: str
    before: str | None
    reason: str | None
    ended_on: date | None
    referral_status: str


def last_day(ended: Ended) -> date | None:
    """Return until when the group may tell what came of it; None where it cannot at all.

    Only of help that it gave and did not end itself: whoever ends help themselves writes the outcome then.
    """
    was_helping = ended.status == PlacementStatus.WITHDRAWN and ended.before in HELPS
    if not was_helping or ended.reason == _SAID_NO or ended.referral_status not in _STANDS:
        return None
    return ended.ended_on + timedelta(days=DAYS) if ended.ended_on else None
