"""What was said when referrals were handed over, sealed for the person; and which were to come back by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from app.domain.hand_overs import Cover
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.referral import Referral
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_care import ReferralRow
from app.store.tables_hand_overs import HandOverRow

_TABLE: Final = "hand_over"
_Maker, _From = aliased(UserRow), aliased(UserRow)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What stands of a hand-over: who said it, and to whom the referral is to come back; "" is the team's duty."""

    by: str
    words: str
    back_on: date | None
    back_to: str
    back_to_id: UUID | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A referral whose cover is over, for the sweep: ids alone."""

    id: UUID
    referral_id: UUID
    team_id: UUID


def add(
    tx: Tx, referral: Referral, cover: Cover, *, before: UUID | None, to: UUID | None, audit: str
) -> None:
    """Write what is said to whoever takes a referral over; `before` is whose it was, None the team's duty."""
    row = HandOverRow(
        id=uuid4(),
        referral_id=referral.id,
        from_id=before,
        to_id=to,
        back_on=cover.back_on,
        made_by=tx.actor.user_id,
        made_at=tx.now,
    )
    row.words = seal_for(tx, referral.person_id, Cell(_TABLE, "words", row.id), cover.words or None)
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, _TABLE, str(row.id), referral.person_id, {"back_on": str(cover.back_on or "")}))


def settle(tx: Tx, referral_id: UUID) -> None:
    """End what stands of earlier hand-overs of a referral: it is handed over anew."""
    stand = (HandOverRow.referral_id == referral_id, HandOverRow.settled_at.is_(None))
    tx.session.execute(update(HandOverRow).where(*stand).values(settled_at=tx.now))


def find_standing(tx: Tx, referral: Referral, *, audit: str) -> HandedOver | None:
    """Return what was said at the hand-over that stands, None for none; not once somebody else has the referral."""
    row = HandOverRow
    query = (
        select(row, _Maker.full_name, _From.full_name)
        .join(ReferralRow, ReferralRow.id == row.referral_id)
        .outerjoin(_Maker, _Maker.id == row.made_by)
        .outerjoin(_From, _From.id == row.from_id)
        .where(row.referral_id == referral.id, row.settled_at.is_(None))
        .where(row.to_id.is_not_distinct_from(ReferralRow.owner_id))
    )
    found = tx.session.execute(query).first()
    if found is None:
        return None
    kept, by, back_to = found
    tx.audit(Entry(audit, _TABLE, str(kept.id), referral.person_id))
    words = open_for(tx, referral.person_id, Cell(_TABLE, "words", kept.id), kept.words)
    return HandedOver(by or "", words or "", kept.back_on, back_to or "", kept.from_id, kept.made_at)


def list_over(tx: Tx) -> Sequence[Due]:
    """Return the hand-overs whose day has come and that the team has no task of yet, where the referral is open."""
    row = HandOverRow
    stands = (row.settled_at.is_(None), row.asked_at.is_(None), row.back_on <= tx.today)
    query = (
        select(row.id, row.referral_id, ReferralRow.team_id)
        .join(ReferralRow, ReferralRow.id == row.referral_id)
        .where(*stands, ReferralRow.status.in_(OPEN_REFERRAL))
        .where(row.to_id.is_not_distinct_from(ReferralRow.owner_id))
    )
    return [Due(*found) for found in tx.session.execute(query)]


def record_asked(tx: Tx, hand_over_id: UUID) -> None:
    """Write that the team has its task."""
    one = update(HandOverRow).where(HandOverRow.id == hand_over_id)
    tx.session.execute(one.values(asked_at=tx.now))
