"""What others did to a referral since a moment, as the audit has it: acts and roles, never what was written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.store.audit import Entry
from app.store.outcomes import About
from app.store.session import Tx
from app.store.tables_care import TransitionRow
from app.store.tables_messages import AuditRow

_HAND_OVER = "hand over"


def moments_of_others(tx: Tx, referral_id: UUID, *, since: datetime) -> frozenset[datetime]:
    """Return when somebody else than the actor took a step of the referral or of a placement, after a moment."""
    query = select(TransitionRow.at).where(
        TransitionRow.referral_id == referral_id,
        TransitionRow.at > since,
        TransitionRow.user_id.is_distinct_from(tx.actor.user_id),
    )
    return frozenset(tx.session.scalars(query))


def acts_of_others(
    tx: Tx, about: About, *, besides: str, since: datetime, acts: Collection[str], audit: str
) -> Sequence[tuple[datetime, str]]:
    """Return when which of these acts was done to one referral by anybody but `besides`, oldest first.

    To be asked as the platform: nobody reads the audit but the steward and, of themselves, the person.
    """
    row = AuditRow
    query = select(row.at, row.act).where(
        row.person_id == about.person_id,
        row.subject_id == str(about.referral_id),
        row.at > since,
        row.actor != besides,
        row.act.in_(acts),
        or_(
            row.act != _HAND_OVER, row.detail.has_key("owner")
        ),  # whoever only opened that page changed nothing
    )
    tx.audit(Entry(audit, "referral", str(about.referral_id), about.person_id))
    return [(at, act) for at, act in tx.session.execute(query.distinct().order_by(row.at, row.act))]
