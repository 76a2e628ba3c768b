"""A referral's cautions, sealed for the person like the rest of what the referrer told."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.cautions import NONE, Cautions
from app.domain.cautions_overall import why_ring
from app.domain.errors import NotFound
from app.store import duplicates, follow_ups
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, open_many, seal_for
from app.store.session import Tx
from app.store.tables_care import ReferralRow

_LISTS = ("communication", "safeguarding", "risks", "adjustments", "notes")


def record(tx: Tx, referral_id: UUID, cautions: Cautions, *, audit: str) -> None:
    """Write what must be known before contact; nothing to know is kept as nothing.

    Where it can stop contact, the sweep looks today at what is asked of the person months after, by whichever team.
    """
    row = _row(tx, referral_id)
    text = None if cautions == NONE else json.dumps(asdict(cautions))
    row.cautions = seal_for(tx, row.person_id, Cell("referral", "cautions", row.id), text)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))
    if why_ring(cautions):
        with tx.as_system("follow-up") as system_tx:  # a requester warns, the follow-ups are the teams'
            query = select(ReferralRow.id).where(ReferralRow.person_id == row.person_id)
            for each in system_tx.session.scalars(query.order_by(ReferralRow.id)).all():
                follow_ups.look_today(system_tx, each, audit=audit)


def get(tx: Tx, referral_id: UUID, *, audit: str) -> Cautions:
    """Return what must be known before contact."""
    row = _row(tx, referral_id)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))
    return read(open_for(tx, row.person_id, Cell("referral", "cautions", row.id), row.cautions))


def read(text: str | None) -> Cautions:
    """Return what stands in a text of the column, opened."""
    if not text:
        return NONE
    told: dict[str, Any] = json.loads(text)
    return Cautions(**(told | {name: tuple(told.get(name, ())) for name in _LISTS}))


def list_do_not_contact(tx: Tx, referral_ids: Collection[UUID], *, audit: str) -> frozenset[UUID]:
    """Return which of these referrals say, or are told by one that follows them, that nobody must make contact.

    To be looked up as the platform; one audit line each of what was opened.
    """
    following = [(each.referral_id, each.other_id) for each in duplicates.list_following(tx, referral_ids)]
    pairs = [*((each, each) for each in referral_ids), *following]  # who tells it, of which it is told
    who = {teller for teller, _ in pairs}
    told = select(ReferralRow).where(among(ReferralRow.id, who), ReferralRow.cautions.is_not(None))
    rows = tx.session.scalars(told).all()
    cells = [(row.person_id, Cell("referral", "cautions", row.id), row.cautions) for row in rows]
    for row in rows:
        tx.audit(Entry(audit, "referral", str(row.id), row.person_id))
    texts = {row.id: text for row, text in zip(rows, open_many(tx, cells), strict=True) if text}
    warned = {teller for teller, text in texts.items() if json.loads(text).get("do_not_contact")}
    return frozenset(of for teller, of in pairs if teller in warned)


def _row(tx: Tx, referral_id: UUID) -> ReferralRow:
    row = tx.session.get(ReferralRow, referral_id)
    if row is None:
        raise NotFound
    return row
