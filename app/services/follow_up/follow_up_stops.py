"""Who must not be asked any more at this very moment: asked by every list, page, letter and step of a follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.errors import Conflict
from app.domain.follow_up import REOPENED, STOP_REASONS, FollowUpStatus, why_not
from app.domain.lifecycle import OPEN_REFERRAL
from app.services.follow_up.follow_up_plan import facts_of
from app.store import cautions, follow_ups, referrals
from app.store.follow_ups import FollowUp
from app.store.session import Tx

_READ, _ACT = "read follow-up", "stop follow-up"
_TAKEN_BACK = "asked-not-to"  # the one stop that is itself a tick


def why_not_now(tx: Tx, found: FollowUp, *, audit: str) -> str | None:
    """Return the code of STOP_REASONS why nobody may ask this person now, None when they may be asked."""
    with tx.as_system("follow-up") as system_tx:
        referral = referrals.get(system_tx, found.referral_id, audit=audit)
        if referral.status in OPEN_REFERRAL:
            return REOPENED
        return why_not(facts_of(system_tx, referral, audit=audit))


def check_may_be_asked(tx: Tx, found: FollowUp, *, audit: str, but_for: str | None = None) -> None:
    """Raise Conflict with the reason where the person must not be asked now; `but_for` a stop that is taken back."""
    reason = why_not_now(tx, found, audit=audit)
    if reason is not None and (reason != but_for or reason != _TAKEN_BACK):
        raise Conflict(f"{STOP_REASONS[reason]}. Nobody asks them any more.")


def list_stopped(tx: Tx, team_id: UUID) -> Sequence[UUID]:
    """Return a team's follow-ups that are under way and must not be asked; the next sweep settles them."""
    with tx.as_system("follow-up") as system_tx:
        stopped = follow_ups.list_stopped(system_tx, team_id=team_id)
        under_way = follow_ups.list_under_way(system_tx, team_id=team_id)
        theirs = [referral_id for _, referral_id in under_way]
        warned = cautions.list_do_not_contact(system_tx, theirs, audit=_READ)
    return [*stopped, *(each for each, referral_id in under_way if referral_id in warned)]


def stop_of_reopened(tx: Tx, referral_id: UUID) -> None:
    """Settle what is open of a referral that is taken up again: its next end plans anew."""
    for each in follow_ups.list_for_referral(tx, referral_id, audit=_ACT):
        if each.is_open:
            values = {"status": FollowUpStatus.STOPPED, "reason": REOPENED}
            follow_ups.record(tx, each.id, values, audit=_ACT)
