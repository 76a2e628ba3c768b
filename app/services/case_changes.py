"""Changes that a practice sends after its referral: cancelled, sent by mistake, or new facts."""

from __future__ import annotations

from uuid import UUID

from app.domain.lifecycle import OPEN_PLACEMENT, OPEN_REFERRAL, Action, Track, decide
from app.domain.referral import Referral
from app.store import placements, referrals, tasks
from app.store.session import Tx
from fhir.messages import IncomingReferral

_ACT = "receive change"


def apply(tx: Tx, message: IncomingReferral, referral: Referral) -> UUID:
    """Apply a change to the referral it belongs to; return the referral's id.

    A change that comes too late changes nothing by itself: it becomes a task for the team.
    """
    if referral.status not in OPEN_REFERRAL:
        tasks.add_task(tx, "late-change", organisation_id=referral.team_id, referral_id=referral.id)
    elif message.status == "revoked":
        _end(tx, referral, Action.WITHDRAW, "requester-cancelled")
    elif message.status == "entered-in-error":
        _end(tx, referral, Action.ENTER_IN_ERROR, None)
    else:
        tasks.add_task(tx, "requester-update", organisation_id=referral.team_id, referral_id=referral.id)
    return referral.id


def _end(tx: Tx, referral: Referral, action: Action, reason: str | None) -> None:
    step = decide(Track.REFERRAL, referral.status, action, role=tx.actor.role, reason=reason)
    referrals.record(tx, referral.id, step, audit=_ACT)
    placements.record_plan(tx, referral.id, [])
    for placement in placements.list_for_referral(tx, referral.id, audit=_ACT):
        if placement.status in OPEN_PLACEMENT:
            withdrawn = decide(
                Track.PLACEMENT,
                placement.status,
                Action.WITHDRAW,
                role=tx.actor.role,
                reason="requester-cancelled",
            )
            placements.record(tx, placement.id, withdrawn, audit=_ACT)
