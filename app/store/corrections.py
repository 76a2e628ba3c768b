"""What was put right of people: written once, never changed, sealed with the person's key."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from app.domain.referral import Referral
from app.domain.their_details import Correction, Texts
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_many, seal_for
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_corrections import PersonCorrectionRow

_TABLE = "person_correction"


def add(tx: Tx, referral: Referral, made: Correction, *, placement_ids: Collection[UUID], audit: str) -> None:
    """Write what was put right on the page of a referral; whoever acts is who did it, and now is when."""
    row = PersonCorrectionRow(
        id=uuid4(),
        person_id=referral.person_id,
        referral_id=referral.id,
        team_id=referral.team_id,
        parts=list(made.parts),
        told_by=made.told_by,
        placement_ids=sorted(placement_ids),
        recorded_by=tx.actor.user_id,
        recorded_at=tx.now,
    )
    told = json.dumps({"before": dict(made.before), "after": dict(made.after)})
    row.texts = seal_for(tx, row.person_id, Cell(_TABLE, "texts", row.id), told)
    row.why = seal_for(tx, row.person_id, Cell(_TABLE, "why", row.id), made.why or None)
    tx.session.add(row)
    tx.session.flush()
    detail = {"fields": list(made.parts), "groups": len(placement_ids)}
    tx.audit(Entry(audit, "referral", str(referral.id), referral.person_id, detail))


def list_of_person(tx: Tx, person_id: UUID, *, audit: str) -> Sequence[Correction]:
    """Return what was put right of a person as far as the actor may see it, the newest first."""
    row = PersonCorrectionRow
    query = (
        select(row, UserRow.full_name)
        .outerjoin(UserRow, UserRow.id == row.recorded_by)
        .where(row.person_id == person_id)
        .order_by(row.recorded_at.desc(), row.id)
    )
    found = [(each, name) for each, name in tx.session.execute(query)]
    sealed = [
        (each.person_id, Cell(_TABLE, column, each.id), getattr(each, column))
        for each, _ in found
        for column in ("texts", "why")
    ]
    told = open_many(tx, sealed)
    if found:
        tx.audit(Entry(audit, "person", str(person_id), person_id, {"corrections": len(found)}))
    return [
        _correction(each, name, texts, why)
        for (each, name), texts, why in zip(found, told[::2], told[1::2], strict=True)
    ]


def list_put_aside(tx: Tx, person_id: UUID, *, audit: str) -> Sequence[Texts]:
    """Return what stood before each correction of a person, whichever team made it; to be asked as the platform."""
    return [each.before for each in list_of_person(tx, person_id, audit=audit)]


def find_told(tx: Tx, placement_id: UUID) -> datetime | None:
    """Return when an offer's group was last told to look again, None for never; to be asked as the platform."""
    row = PersonCorrectionRow
    return tx.session.scalar(
        select(func.max(row.recorded_at)).where(row.placement_ids.contains([placement_id]))
    )


def _correction(row: PersonCorrectionRow, name: str | None, texts: str | None, why: str | None) -> Correction:
    told: Mapping[str, Any] = json.loads(texts) if texts else {}
    return Correction(
        id=row.id,
        at=row.recorded_at,
        by=name or "",
        told_by=row.told_by,
        parts=tuple(row.parts),
        before=told.get("before", {}),
        after=told.get("after", {}),
        why=why or "",
        groups_told=len(row.placement_ids),
    )
