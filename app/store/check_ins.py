"""Askings whether help has arrived: planned after a yes, held while somebody acts on one, read by page and sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.domain.check_in import OPEN, Arrived, CheckInStatus
from app.domain.errors import NotFound
from app.domain.follow_up import AskBy
from app.domain.lifecycle import HELPS, OPEN_REFERRAL
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import PersonRow, PlacementRow, ReferralRow
from app.store.tables_check_in import CheckInRow

PAGE = 25
_LOOKED_AT = 500  # by one sweep


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One asking of one person; `look_on` None when nothing more happens by itself."""

    id: UUID
    referral_id: UUID
    person_id: UUID
    team_id: UUID
    reference: str
    day: int
    due_on: date
    status: CheckInStatus
    way: AskBy | None
    look_on: date | None
    asked_at: datetime | None
    answer: Arrived | None
    answered_at: datetime | None
    by_person: bool  # the person said it themselves, by their link
    reason: str | None

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do, or to wait for."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class SaidYes:
    """A referral to which somebody has said yes, the first time then; nobody planned anything for it yet."""

    referral_id: UUID
    team_id: UUID
    at: datetime


def list_unplanned(tx: Tx, *, within_days: int) -> Sequence[SaidYes]:
    """Return open referrals with a yes of the last days and nothing planned, for the sweep; none of a sandbox."""
    planned = select(CheckInRow.id).where(CheckInRow.referral_id == ReferralRow.id)
    first = func.min(PlacementRow.answered_at)
    query = (
        select(ReferralRow.id, ReferralRow.team_id, first)
        .join(PlacementRow, PlacementRow.referral_id == ReferralRow.id)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.team_id)
        .where(ReferralRow.status.in_(OPEN_REFERRAL), PlacementRow.status.in_(HELPS))
        .where(PlacementRow.answered_at >= tx.now - timedelta(days=within_days))
        .where(~ReferralRow.is_history, OrganisationRow.environment != "sandbox", ~planned.exists())
        .group_by(ReferralRow.id)
        .order_by(ReferralRow.id)
        .limit(_LOOKED_AT)
    )
    return [SaidYes(referral_id, team_id, at) for referral_id, team_id, at in tx.session.execute(query) if at]


def plan(tx: Tx, yes: SaidYes, days: Sequence[tuple[int, date]], *, audit: str) -> None:
    """Write the askings of a referral."""
    for day, due_on in days:
        values = {"referral_id": yes.referral_id, "team_id": yes.team_id, "day": day, "due_on": due_on}
        tx.session.add(CheckInRow(**values, status=CheckInStatus.PLANNED, look_on=due_on))
    tx.session.flush()
    tx.audit(Entry(audit, "check-in", str(yes.referral_id), _person_of(tx, yes.referral_id)))


def list_due(tx: Tx) -> Sequence[UUID]:
    """Return those on which something is due: their day has come, or the referral has ended or its person died."""
    query = (
        select(CheckInRow.id)
        .join(ReferralRow, ReferralRow.id == CheckInRow.referral_id)
        .join(PersonRow, PersonRow.id == ReferralRow.person_id)
        .where(CheckInRow.status.in_(OPEN))
        .where(
            or_(
                CheckInRow.look_on <= tx.today,
                ReferralRow.status.not_in(OPEN_REFERRAL),
                PersonRow.deceased,
            )
        )
        .order_by(CheckInRow.look_on, CheckInRow.id)
        .limit(_LOOKED_AT)
    )
    return tx.session.scalars(query).all()


def list_sent(tx: Tx) -> Mapping[UUID, UUID]:
    """Return by message the askings that wait for an answer to it, for the sweep; ids only."""
    waits = (CheckInRow.status == CheckInStatus.ASKED, CheckInRow.mail_id.is_not(None))
    query = select(CheckInRow.mail_id, CheckInRow.id).where(*waits)
    return {mail_id: found for mail_id, found in tx.session.execute(query) if mail_id is not None}


def is_helped(tx: Tx, referral_id: UUID) -> bool:
    """Tell whether a service that said yes is left."""
    helps = (PlacementRow.referral_id == referral_id, PlacementRow.status.in_(HELPS))
    return bool(tx.session.scalar(select(select(PlacementRow.id).where(*helps).exists())))


def get(tx: Tx, check_in_id: UUID, *, audit: str, hold: bool = False) -> CheckIn:
    """Return one, held until the end of the transaction if wanted; raises NotFound when it is not the actor's."""
    query = _named().where(CheckInRow.id == check_in_id)
    if hold:
        query = query.with_for_update(of=CheckInRow).execution_options(populate_existing=True)
    found = tx.session.execute(query).first()
    if found is None:
        raise NotFound
    return _audited(tx, found, audit)


def record(tx: Tx, check_in_id: UUID, values: Mapping[str, Any], *, audit: str) -> None:
    """Write what became of one."""
    row = tx.session.get_one(CheckInRow, check_in_id)
    for name, value in values.items():
        setattr(row, name, value)
    is_open = row.status in OPEN
    row.settled_at = None if is_open else row.settled_at or tx.now
    row.look_on = row.look_on if is_open else None
    tx.session.flush()
    detail = {"referral": str(row.referral_id), "status": str(row.status), "day": row.day}
    tx.audit(Entry(audit, "check-in", str(check_in_id), _person_of(tx, row.referral_id), detail))


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[CheckIn]:
    """Return those of a referral that the actor may see, the earliest first."""
    query = _named().where(CheckInRow.referral_id == referral_id).order_by(CheckInRow.day)
    return [_audited(tx, found, audit) for found in tx.session.execute(query)]


def list_page(
    tx: Tx, statuses: Sequence[CheckInStatus], *, page: int, audit: str
) -> tuple[Sequence[CheckIn], int]:
    """Return a page of those that the actor may see, the longest due first; and how many."""
    these = CheckInRow.status.in_(statuses)
    order = (CheckInRow.due_on, CheckInRow.id)
    found = tx.session.execute(_named().where(these).order_by(*order).limit(PAGE).offset((page - 1) * PAGE))
    lines = [_audited(tx, each, audit) for each in found]
    return lines, tx.session.scalar(select(func.count()).select_from(CheckInRow).where(these)) or 0


def _named() -> Select[CheckInRow, UUID, str]:
    return select(CheckInRow, ReferralRow.person_id, ReferralRow.reference).join(
        ReferralRow, ReferralRow.id == CheckInRow.referral_id
    )


def _person_of(tx: Tx, referral_id: UUID) -> UUID | None:
    return tx.session.scalar(select(ReferralRow.person_id).where(ReferralRow.id == referral_id))


def _audited(tx: Tx, found: Any, audit: str) -> CheckIn:
    row, person_id, reference = found
    tx.audit(Entry(audit, "check-in", str(row.id), person_id))
    return CheckIn(
        id=row.id,
        referral_id=row.referral_id,
        person_id=person_id,
        team_id=row.team_id,
        reference=reference,
        day=row.day,
        due_on=row.due_on,
        status=CheckInStatus(row.status),
        way=AskBy(row.way) if row.way else None,
        look_on=row.look_on,
        asked_at=row.asked_at,
        answer=Arrived(row.answer) if row.answer else None,
        answered_at=row.answered_at,
        by_person=row.answer is not None and row.answered_by is None,
        reason=row.reason,
    )
