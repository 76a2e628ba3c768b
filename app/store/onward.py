"""Wishes to pass somebody on, and words where else to go, sealed for the person; how far referrals went round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select

from app.domain.errors import NotFound
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.onward import IN_VAIN_IN_A_ROW, Leg, OnwardState
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import ServiceRow
from app.store.tables_care import PlacementRow, ReferralRow
from app.store.tables_register import OnwardRow


@dataclass(frozen=True, slots=True)
class Onward:
    """A wish to pass somebody on, or a signpost; `service_name` is of the one suggested or told of."""

    id: UUID
    referral_id: UUID
    placement_id: UUID | None  # the provider's who made it; None: the team did
    kind: str
    state: str
    service_id: UUID | None
    service_name: str | None
    reason: str
    made_at: datetime
    decided_at: datetime | None


def add(tx: Tx, values: Mapping[str, Any], reason: str, *, person_id: UUID, audit: str) -> UUID:
    """Write one; `values` are its referral, placement, kind, state and service."""
    row_id = uuid4()
    sealed = seal_for(tx, person_id, Cell("onward", "reason", row_id), reason or None)
    row = OnwardRow(**values, id=row_id, reason=sealed, made_by=tx.actor.user_id, made_at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    detail = {"referral": str(row.referral_id), "kind": row.kind}
    tx.audit(Entry(audit, "onward", str(row_id), person_id, detail))
    return row_id


def get(tx: Tx, onward_id: UUID, *, audit: str) -> Onward:
    """Return one; raises NotFound when absent or not shared with the actor."""
    found = tx.session.execute(_named().where(OnwardRow.id == onward_id)).first()
    if found is None:
        raise NotFound
    return _opened(tx, found, audit)


def record_decision(tx: Tx, onward_id: UUID, state: OnwardState, *, audit: str) -> None:
    """Write what the link worker made of it; raises NotFound."""
    row = tx.session.get(OnwardRow, onward_id, with_for_update=True)
    if row is None:
        raise NotFound
    row.state, row.decided_at, row.decided_by = state.value, tx.now, tx.actor.user_id
    tx.session.flush()
    tx.audit(Entry(audit, "onward", str(onward_id), None, {"state": state.value}))


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Onward]:
    """Return what the actor may see of a referral's, the oldest first."""
    query = _named().where(OnwardRow.referral_id == referral_id)
    return [_opened(tx, row, audit) for row in tx.session.execute(query.order_by(*_OLDEST))]


def list_for_placement(tx: Tx, placement_id: UUID, *, audit: str) -> Sequence[Onward]:
    """Return what one placement's provider wished or told, the oldest first."""
    query = _named().where(OnwardRow.placement_id == placement_id)
    return [_opened(tx, row, audit) for row in tx.session.execute(query.order_by(*_OLDEST))]


def list_legs(tx: Tx) -> Mapping[UUID, Sequence[Leg]]:
    """Return the placements of those open referrals that the actor sees and that may have gone round: three or more."""
    several = (
        select(PlacementRow.referral_id)
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .where(ReferralRow.status.in_(OPEN_REFERRAL), ReferralRow.is_history.is_(False))
        .group_by(PlacementRow.referral_id)
        .having(func.count() >= IN_VAIN_IN_A_ROW)
    )
    query = select(
        PlacementRow.referral_id,
        PlacementRow.id,
        PlacementRow.status,
        PlacementRow.offered_at,
        PlacementRow.started_at,
        PlacementRow.ended_at,
        PlacementRow.passed_from,
    ).where(PlacementRow.referral_id.in_(several))
    found: dict[UUID, list[Leg]] = defaultdict(list)
    for row in tx.session.execute(query):
        leg = Leg(row.id, row.status, row.offered_at, row.started_at, row.ended_at, row.passed_from)
        found[row.referral_id].append(leg)
    tx.audit(Entry("look who is sent round", "placement", "many", None, {"count": len(found)}))
    return found


_OLDEST = (OnwardRow.made_at, OnwardRow.id)


def _named() -> Select[OnwardRow, str, UUID]:
    return (
        select(OnwardRow, ServiceRow.name, ReferralRow.person_id)
        .join(ReferralRow, ReferralRow.id == OnwardRow.referral_id)
        .outerjoin(ServiceRow, ServiceRow.id == OnwardRow.service_id)
    )


def _opened(tx: Tx, found: Any, audit: str) -> Onward:
    row, service, person_id = found
    tx.audit(Entry(audit, "onward", str(row.id), person_id))
    return Onward(
        id=row.id,
        referral_id=row.referral_id,
        placement_id=row.placement_id,
        kind=row.kind,
        state=row.state,
        service_id=row.service_id,
        service_name=service,
        reason=open_for(tx, person_id, Cell("onward", "reason", row.id), row.reason) or "",
        made_at=row.made_at,
        decided_at=row.decided_at,
    )
