"""A referral's cautions, sealed for the person like the rest of what the referrer told."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from app.domain.cautions import NONE, Cautions
from app.domain.errors import NotFound
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables_care import ReferralRow

_LISTS = ("communication", "safeguarding", "risks", "adjustments", "notes")


def record(tx: Tx, referral_id: UUID, cautions: Cautions, *, audit: str) -> None:
    """Write what must be known before contact; nothing to know is kept as nothing."""
    row = _row(tx, referral_id)
    text = None if cautions == NONE else json.dumps(asdict(cautions))
    row.cautions = seal_for(tx, row.person_id, Cell("referral", "cautions", row.id), text)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))


def get(tx: Tx, referral_id: UUID, *, audit: str) -> Cautions:
    """Return what must be known before contact."""
    row = _row(tx, referral_id)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))
    text = open_for(tx, row.person_id, Cell("referral", "cautions", row.id), row.cautions)
    if not text:
        return NONE
    told: dict[str, Any] = json.loads(text)
    return Cautions(**(told | {name: tuple(told.get(name, ())) for name in _LISTS}))


def _row(tx: Tx, referral_id: UUID) -> ReferralRow:
    row = tx.session.get(ReferralRow, referral_id)
    if row is None:
        raise NotFound
    return row
