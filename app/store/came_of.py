"""What became of the referrals that somebody may see, a row each: codes and days, nobody's name and nobody's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.duplicates import Decision
from app.store.among import among
from app.store.audit import Entry
from app.store.loaded import kept
from app.store.session import LONDON, Tx
from app.store.tables_care import PlacementRow, ReferralRow
from app.store.tables_duplicates import ReferralBondRow


@dataclass(frozen=True, slots=True)
class Sent:
    """One referral, as whoever asked for it or works on it may know it."""

    referral_id: UUID
    person_id: UUID
    needs: tuple[str, ...]
    status: str
    received_on: date
    loaded: bool  # from before the platform


@dataclass(frozen=True, slots=True)
class Went:
    """How far it came: whether anybody who was asked has answered, and since when somebody helped."""

    answered: bool
    started_on: date | None


NOWHERE = Went(answered=False, started_on=None)


def list_sent(tx: Tx, *, since: date, until: date, audit: str) -> Sequence[Sent]:
    """Return the referrals received in a period (both days belong to it) that the actor may see, the oldest first.

    Those too that were loaded from before the platform.
    """
    row = ReferralRow
    day = func.date(func.timezone(LONDON.key, row.received_at))
    query = select(row.id, row.person_id, row.needs, row.status, row.received_at, row.is_history)
    query = query.where(day.between(since, until), kept()).order_by(row.received_at, row.id)
    found = [
        Sent(
            each.id,
            each.person_id,
            tuple(each.needs),
            each.status,
            _day(each.received_at),
            loaded=each.is_history,
        )
        for each in tx.session.execute(query)
    ]
    detail = {"since": since.isoformat(), "until": until.isoformat(), "count": len(found)}
    tx.audit(Entry(audit, "referral", "many", None, detail))
    return found


def went(tx: Tx, referral_ids: Collection[UUID]) -> Mapping[UUID, Went]:
    """Return how far each of these came; where two are worked as one, help stands with the one that leads."""
    bond = ReferralBondRow
    joined = (
        bond.referral_id == ReferralRow.id,
        bond.decision == Decision.TOGETHER,
        bond.undone_at.is_(None),
    )
    leads = func.coalesce(bond.other_id, ReferralRow.id)
    query = (
        select(
            ReferralRow.id,
            func.count(PlacementRow.answered_at).label("answers"),
            func.min(PlacementRow.started_at).label("started"),
        )
        .select_from(ReferralRow)
        .outerjoin(bond, joined[0] & joined[1] & joined[2])
        .outerjoin(PlacementRow, PlacementRow.referral_id == leads)
        .where(among(ReferralRow.id, referral_ids))
        .group_by(ReferralRow.id)
    )
    return {
        each.id: Went(each.answers > 0, _day(each.started) if each.started else None)
        for each in tx.session.execute(query)
    }


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()
