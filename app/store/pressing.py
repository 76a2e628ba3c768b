"""How much a referral presses: as its own requester asks, and as those ask that are worked together with it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.domain.deadlines import is_urgent
from app.domain.lifecycle import ANSWER_RUNS_OUT
from app.domain.vocabulary import Priority
from app.store import duplicates
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import PlacementRow, ReferralRow

# What a requester says of its request alone, by the column that holds for the request as it is worked.
OWN_COLUMN: Final = MappingProxyType({"priority": "asked_priority", "safeguarding": "asked_safeguarding"})
_RANK: Final = tuple(Priority)  # from routine on, each presses more than the one before


def share(tx: Tx, referral_id: UUID, *, audit: str) -> None:
    """Have a referral and those worked together with it press as the one of them that presses most.

    What its own requester asked is kept beside it, so that one that stands by itself again has its own back; offers
    that were shortened have their own day again when nothing presses any more.
    """
    with tx.as_system("press") as inside:  # each requester changes its own, and never learns of the others
        rows = [_held(inside, each) for each in duplicates.worked_with(inside, referral_id)]
        asked = [(row.asked_priority or row.priority, _own_safeguarding(row)) for row in rows]
        priority = max((own for own, _ in asked), key=_RANK.index)
        safeguarding = any(own for _, own in asked)
        for row, (own_priority, own_safeguarding) in zip(rows, asked, strict=True):
            before = (row.priority, row.safeguarding)
            row.priority, row.safeguarding = priority, safeguarding
            row.asked_priority = own_priority if own_priority != priority else None
            row.asked_safeguarding = own_safeguarding if own_safeguarding != safeguarding else None
            if before != (priority, safeguarding):
                detail: dict[str, str | bool] = {"priority": priority, "safeguarding": safeguarding}
                inside.audit(Entry(audit, "referral", str(row.id), row.person_id, detail))
            if not is_urgent(priority):
                _give_back(inside, row, audit)
        inside.session.flush()


def _held(tx: Tx, referral_id: UUID) -> ReferralRow:
    return tx.session.get_one(ReferralRow, referral_id, with_for_update=True)


def _own_safeguarding(row: ReferralRow) -> bool:
    return row.safeguarding if row.asked_safeguarding is None else row.asked_safeguarding


def _give_back(tx: Tx, referral: ReferralRow, audit: str) -> None:
    query = select(PlacementRow).where(
        PlacementRow.referral_id == referral.id, PlacementRow.respond_by_before.is_not(None)
    )
    for row in tx.session.scalars(query):
        if row.status in ANSWER_RUNS_OUT and row.respond_by_before is not None:
            row.respond_by = max(row.respond_by, row.respond_by_before)
            detail = {"respond_by": row.respond_by.isoformat()}
            tx.audit(Entry(audit, "placement", str(row.id), referral.person_id, detail))
        row.respond_by_before = None
