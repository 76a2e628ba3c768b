"""Reads what the evaluation of a requester or of a team counts: the referrals of a period and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.lifecycle import ReferralStatus
from app.store.audit import Entry
from app.store.evaluation import TAKEN_BACK
from app.store.loaded import kept
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow


@dataclass(frozen=True, slots=True)
class Sent:
    """One referral: its days are London's; nothing of it says who the person is."""

    referral_id: UUID
    person_id: UUID
    team_id: UUID
    reference: str
    status: str
    reason: str | None
    needs: tuple[str, ...]
    source: str  # what whoever asked is: app.domain.sources
    received_on: date
    ended_on: date | None


def list_sent(tx: Tx, *, since: date | None, until: date | None, audit: str) -> Sequence[Sent]:
    """Return the referrals received in a period (both days belong to it) that the actor may see, the oldest first.

    What was sent by mistake, twice, or taken back because the person no longer agreed is left out.
    """
    row, requester = ReferralRow, aliased(OrganisationRow)
    query = (
        select(
            row.id,
            row.person_id,
            row.team_id,
            row.reference,
            row.status,
            row.end_reason,
            row.needs,
            requester.source_kind,
            row.received_at,
            row.ended_at,
        )
        .join(requester, requester.id == row.requester_id)
        .where(*_counted(), *_between(since, until))
        .order_by(row.received_at, row.id)
    )
    found = [
        Sent(
            referral_id=each.id,
            person_id=each.person_id,
            team_id=each.team_id,
            reference=each.reference,
            status=each.status,
            reason=each.end_reason,
            needs=tuple(each.needs),
            source=each.source_kind,
            received_on=_day(each.received_at),
            ended_on=_day(each.ended_at) if each.ended_at else None,
        )
        for each in tx.session.execute(query)
    ]
    tx.audit(Entry(audit, "referral", "many", None, {"count": len(found)}))
    return found


def _counted() -> list[ColumnElement[bool]]:
    row = ReferralRow
    taken_back = row.end_reason.is_(None), row.end_reason.not_in(TAKEN_BACK)
    return [
        kept(),
        row.status != ReferralStatus.ENTERED_IN_ERROR,
        or_(row.status != ReferralStatus.WITHDRAWN, *taken_back),
    ]


def _between(since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    day = func.date(func.timezone(LONDON.key, ReferralRow.received_at))
    first = [day >= since] if since else []
    return first + ([day <= until] if until else [])


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()
