"""How placements ended, as codes alone: for telling each one's part without opening anybody's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select

from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import OutcomeRow


def states_of(tx: Tx, placement_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, str]:
    """Return the newest outcome state of each placement that has one."""
    query = (
        select(OutcomeRow.placement_id, OutcomeRow.state)
        .where(OutcomeRow.placement_id.in_(placement_ids))
        .order_by(OutcomeRow.recorded_at, OutcomeRow.id)
    )
    tx.audit(Entry(audit, "outcome", "states", None, {"count": len(placement_ids)}))
    return {row[0]: row[1] for row in tx.session.execute(query) if row[0] is not None}
