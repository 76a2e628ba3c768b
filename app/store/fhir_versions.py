"""Reads what a referral or a placement was before: from the versions that are kept, and from the steps taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.domain.lifecycle import Track
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import OutcomeRow, TransitionRow
from app.store.tables_versions import ReferralVersionRow


@dataclass(frozen=True, slots=True)
class ReferralVersion:
    """A referral as somebody could have read it."""

    version: int
    status: str
    end_reason: str | None
    needs: tuple[str, ...]
    priority: str
    reason: bytes | None  # the requester's words, sealed
    at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of a referral or of a placement, and the role that took it."""

    action: str
    after: str
    reason: str | None
    stage: str | None
    role: str
    at: datetime
    id: int
    said: bytes | None  # beside the coded reason, sealed


def list_versions(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[ReferralVersion]:
    """Return the versions of a referral that the actor may see, oldest first; one for each transaction."""
    row = ReferralVersionRow
    seen = select(func.max(row.version)).where(row.referral_id == referral_id).group_by(row.made_in, row.at)
    query = select(row).where(row.referral_id == referral_id, row.version.in_(seen)).order_by(row.version)
    tx.audit(Entry(audit, "referral", str(referral_id)))
    return [
        ReferralVersion(
            version=each.version,
            status=each.status,
            end_reason=each.end_reason,
            needs=tuple(each.needs),
            priority=each.priority,
            reason=each.reason,
            at=each.at,
        )
        for each in tx.session.scalars(query)
    ]


def list_steps(tx: Tx, referral_id: UUID, placement_id: UUID | None, *, audit: str) -> Sequence[StepTaken]:
    """Return the steps of a placement, or of the referral itself, oldest first."""
    row = TransitionRow
    own = row.placement_id == placement_id if placement_id else row.track == Track.REFERRAL
    track = row.track == (Track.PLACEMENT if placement_id else Track.REFERRAL)
    query = select(row).where(row.referral_id == referral_id, own, track).order_by(row.id)
    tx.audit(Entry(audit, "timeline", str(referral_id)))
    return [
        StepTaken(each.action, each.after, each.reason, each.stage, each.role, each.at, each.id, each.said)
        for each in tx.session.scalars(query)
    ]


def list_outcomes(tx: Tx, referral_id: UUID, placement_id: UUID | None) -> Sequence[tuple[datetime, str]]:
    """Return when each outcome of a placement, or any of the referral, was written, and its state; oldest first."""
    query: Select[datetime, str] = select(OutcomeRow.recorded_at, OutcomeRow.state)
    query = query.where(OutcomeRow.referral_id == referral_id).order_by(OutcomeRow.recorded_at)
    if placement_id is not None:
        query = query.where(OutcomeRow.placement_id == placement_id)
    return [(at, state) for at, state in tx.session.execute(query)]
