"""Who looked at a person's record, and when, as the audit has it: kinds of reader and days, for the person to read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Date, cast, func, or_, select

from app.store.audit import Entry
from app.store.session import LONDON, Tx
from app.store.tables_messages import AuditRow


def list_looks(
    tx: Tx, person_id: UUID, *, organisations: Collection[UUID], audit: str
) -> Sequence[tuple[str, date]]:
    """Return each role that touched the record and each day in London on which it did, the newest first.

    Of organisations only those named: a person's link is one team's, and tells nothing of another's.
    """
    day = cast(func.timezone(LONDON.key, AuditRow.at), Date).label("day")
    theirs = or_(AuditRow.organisation_id.is_(None), AuditRow.organisation_id.in_(organisations))
    query = select(AuditRow.role, day).where(AuditRow.person_id == person_id, theirs).distinct()
    tx.audit(Entry(audit, "audit", str(person_id), person_id))
    return [(row.role, row.day) for row in tx.session.execute(query.order_by(day.desc(), AuditRow.role))]
