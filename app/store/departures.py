"""The gate by which messages about a person leave: one that is leaving and a word that stops it never pass together.

Whoever sends holds the gate open for the seconds that it takes; whoever writes a no shuts it, waits until what is under
way has gone, and then knows of every message whether it left. Both let go with the end of their transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select

from app.store.session import Tx
from app.store.tables_care import PlacementRow, ReferralRow
from app.store.tables_mail import MailRow
from app.store.tables_messages import AuditRow


@dataclass(frozen=True, slots=True)
class Written:
    """A message about an offer; `may_have_left`: somebody may have read it."""

    id: UUID
    placement_id: UUID
    may_have_left: bool


def hold_open(tx: Tx, *, referral_id: UUID | None, placement_id: UUID | None) -> None:
    """Hold the gate of whom a message is about open while it leaves; waits while somebody has it shut."""
    query = select(ReferralRow.person_id)
    if placement_id is not None:
        query = query.join(PlacementRow, PlacementRow.referral_id == ReferralRow.id)
        query = query.where(PlacementRow.id == placement_id)
    else:
        query = query.where(ReferralRow.id == referral_id)
    key = func.hashtextextended(_name(tx.session.scalars(query).one()), 0)
    tx.session.execute(select(func.pg_advisory_xact_lock_shared(key)))


def shut(tx: Tx, person_id: UUID) -> None:
    """Shut the gate of a person until the end of the transaction, once what is leaving has left."""
    key = func.hashtextextended(_name(person_id), 0)
    tx.session.execute(select(func.pg_advisory_xact_lock(key)))


def list_about(tx: Tx, placement_ids: Collection[UUID]) -> Sequence[Written]:
    """Return the messages about offers that left, may have left or still wait, with the gate shut."""
    stands = or_(MailRow.sent_at.is_not(None), MailRow.failed_at.is_(None))
    query = select(MailRow).where(MailRow.placement_id.in_(placement_ids), stands)
    return [
        Written(row.id, row.placement_id, row.sent_at is not None or row.was_tried)
        for row in tx.session.scalars(query)
        if row.placement_id is not None
    ]


def has_read(tx: Tx, person_id: UUID, organisation_id: UUID, *, since: datetime) -> bool:
    """Tell whether anybody of an organisation has read of a person since a moment, as the audit knows."""
    theirs = (AuditRow.person_id == person_id, AuditRow.organisation_id == organisation_id)
    return bool(tx.session.scalar(select(exists().where(*theirs, AuditRow.at >= since))))


def _name(person_id: UUID) -> str:
    return f"leaves|{person_id}"
