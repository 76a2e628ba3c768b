"""Whether a message to a person may still leave at the very moment when it would: also one that was queued before."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.lifecycle import OPEN_REFERRAL, UNANSWERED_PLACEMENT
from app.services.incoming.duplicates import cautions_of
from app.services.messages import contact_wishes
from app.store import follow_ups, people, referrals, safe_links, tasks
from app.store.session import Tx
from app.store.sharing import SHARE, asks_first

FOLLOW_UP: Final = "follow-up"
CHECK_IN: Final = "check-in"
ASKED: Final = (FOLLOW_UP, CHECK_IN)  # what nobody gets who asked us to stop asking
_ACT: Final = "look before a message leaves"


def offer_held_back(tx: Tx, placement_id: UUID) -> str | None:
    """Return the code why a group is not told of an offer any more, None when it is; to be asked as the platform.

    consent-withdrawn (the person's newest word on sharing is no), consent-ended (its last day has passed, or they asked
    to be asked first: what has begun goes on), closed (there is nothing left to do about it).
    """
    standing = safe_links.find_standing(tx, placement_id)
    if standing is None or tasks.find_consent(tx, standing.referral_id, SHARE) is False:
        return "consent-withdrawn"
    if standing.status in UNANSWERED_PLACEMENT and asks_first(tx, standing.referral_id):
        return "consent-ended"
    return None if standing.is_open else "closed"


def held_back(tx: Tx, referral_id: UUID, purpose: str, *, way: str | None = None) -> str | None:
    """Return the code why nothing may leave for this person now, None when it may; to be asked as the platform.

    died, not-safe (do not contact, or whereabouts that became secret), asked-not-to, closed (a check-in of a referral
    that has ended), contact-refused and contact-other-way: `way` is that of the message, None asks of any.
    """
    referral = referrals.get(tx, referral_id, audit=_ACT)
    person = people.get(tx, referral.person_id, audit=_ACT)
    if person.deceased:
        return "died"
    if person.restricted or cautions_of(tx, referral_id, audit=_ACT).do_not_contact:
        return "not-safe"
    if purpose in ASKED and follow_ups.asked_not_to(tx, referral.person_id):
        return "asked-not-to"
    if held := contact_wishes.why_held_back(tx, referral.person_id, way):
        return held
    if purpose == CHECK_IN and referral.status not in OPEN_REFERRAL:
        return "closed"
    return None
