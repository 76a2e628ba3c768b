"""Routine reminders that were put off until a day; what presses wakes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, update

from app.domain.vocabulary import Priority
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import ReferralRow
from app.store.tables_watch import SnoozeRow
from app.store.waits import live_referrals


def add(tx: Tx, referral_id: UUID, until: date, reason: str) -> None:
    """Put a referral's reminders off; what was put off before does not count any more."""
    end(tx, referral_id)
    tx.session.add(
        SnoozeRow(
            referral_id=referral_id,
            until_on=until,
            reason=reason,
            made_by=tx.actor.user_id,
            made_at=tx.now,
        )
    )
    told = {"until": until.isoformat(), "reason": reason}
    tx.audit(Entry("put reminders off", "referral", str(referral_id), None, told))


def end(tx: Tx, referral_id: UUID) -> None:
    """Let reminders of a referral come again."""
    theirs = (SnoozeRow.referral_id == referral_id, SnoozeRow.ended_at.is_(None))
    tx.session.execute(update(SnoozeRow).where(*theirs).values(ended_at=tx.now))


def find(tx: Tx, referral_id: UUID) -> tuple[date, str] | None:
    """Return until when and why a referral's reminders are put off, None when they are not."""
    query = select(SnoozeRow.until_on, SnoozeRow.reason).where(
        SnoozeRow.referral_id == referral_id, SnoozeRow.ended_at.is_(None), SnoozeRow.until_on > tx.today
    )
    found = tx.session.execute(query.order_by(SnoozeRow.until_on.desc()).limit(1)).first()
    return None if found is None else (found[0], found[1])


def list_pressing(tx: Tx) -> Sequence[UUID]:
    """Return the referrals that were put off and press now: a message made them urgent since."""
    query = (
        select(SnoozeRow.referral_id)
        .join(ReferralRow, ReferralRow.id == SnoozeRow.referral_id)
        .where(SnoozeRow.ended_at.is_(None), SnoozeRow.until_on > tx.today, *live_referrals())
        .where(or_(ReferralRow.safeguarding, ReferralRow.priority != Priority.ROUTINE))
    )
    return tx.session.scalars(query.distinct()).all()
