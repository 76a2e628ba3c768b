"""Milestones that were written down, the person's words beside them sealed; a removed one is kept and not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select

from app.domain.errors import NotFound
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.outcomes import About
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_follow_up import MilestoneRow


@dataclass(frozen=True, slots=True)
class Seen:
    """A milestone as it was written; `organisation_id` is of who wrote it."""

    id: UUID
    referral_id: UUID
    placement_id: UUID | None
    code: str
    happened_on: date
    words: str
    organisation_id: UUID | None
    by: str
    recorded_at: datetime


def add(tx: Tx, about: About, code: str, happened_on: date, *, words: str, audit: str) -> UUID:
    """Write one milestone, and what the person said of it."""
    row_id = uuid4()
    tx.session.add(
        MilestoneRow(
            id=row_id,
            referral_id=about.referral_id,
            placement_id=about.placement_id,
            code=code,
            happened_on=happened_on,
            words=seal_for(tx, about.person_id, Cell("milestone", "words", row_id), words or None),
            organisation_id=tx.actor.organisation_id,
            recorded_by=tx.actor.user_id,
            recorded_at=tx.now,
        )
    )
    tx.session.flush()
    tx.audit(Entry(audit, "milestone", str(row_id), about.person_id, {"referral": str(about.referral_id)}))
    return row_id


def list_of(tx: Tx, about: About, *, audit: str) -> Sequence[Seen]:
    """Return the milestones of a referral, or of one placement when `about` names it; the oldest first."""
    query = _named().where(MilestoneRow.referral_id == about.referral_id, MilestoneRow.removed_at.is_(None))
    if about.placement_id:
        query = query.where(MilestoneRow.placement_id == about.placement_id)
    tx.audit(Entry(audit, "milestone", str(about.referral_id), about.person_id))
    found = tx.session.execute(query.order_by(MilestoneRow.happened_on, MilestoneRow.recorded_at))
    return [_opened(tx, each, about.person_id) for each in found]


def record_removed(tx: Tx, milestone_id: UUID, about: About, *, audit: str) -> None:
    """Take one away that the actor's own organisation wrote for this referral; raises NotFound for every other."""
    row = tx.session.get(MilestoneRow, milestone_id, with_for_update=True)
    own = row is not None and row.organisation_id == tx.actor.organisation_id
    if row is None or not own or row.referral_id != about.referral_id or row.removed_at is not None:
        raise NotFound
    row.removed_at, row.removed_by = tx.now, tx.actor.user_id
    tx.session.flush()
    tx.audit(Entry(audit, "milestone", str(milestone_id), about.person_id))


def _named() -> Select[MilestoneRow, str]:
    return select(MilestoneRow, OrganisationRow.name).outerjoin(
        OrganisationRow, OrganisationRow.id == MilestoneRow.organisation_id
    )


def _opened(tx: Tx, found: Any, person_id: UUID) -> Seen:
    row, by = found
    words = open_for(tx, person_id, Cell("milestone", "words", row.id), row.words)
    return Seen(
        row.id,
        row.referral_id,
        row.placement_id,
        row.code,
        row.happened_on,
        words or "",
        row.organisation_id,
        by or "",
        row.recorded_at,
    )
