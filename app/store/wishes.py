"""How a person would like to be helped, sealed for them: which group somebody wishes for tells who they are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.routing_values import NO_WISHES, Wishes
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables_care import ReferralRow

_LISTS = ("days", "kinds", "led_by")


def record(tx: Tx, referral_id: UUID, wishes: Wishes, *, audit: str) -> None:
    """Write the wishes of a referral's person; none at all is kept as nothing."""
    row = _row(tx, referral_id)
    text = None if wishes == NO_WISHES else json.dumps(asdict(wishes))
    row.wishes = seal_for(tx, row.person_id, Cell("referral", "wishes", row.id), text)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))


def get(tx: Tx, referral_id: UUID, *, audit: str) -> Wishes:
    """Return the wishes of a referral's person."""
    row = _row(tx, referral_id)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))
    text = open_for(tx, row.person_id, Cell("referral", "wishes", row.id), row.wishes)
    if not text:
        return NO_WISHES
    told: dict[str, Any] = json.loads(text)
    return Wishes(**(told | {name: tuple(told[name]) for name in _LISTS}))


def _row(tx: Tx, referral_id: UUID) -> ReferralRow:
    row = tx.session.get(ReferralRow, referral_id)
    if row is None:
        raise NotFound
    return row
