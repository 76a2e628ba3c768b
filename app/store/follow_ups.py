"""Follow-ups: planned with the end of help, held while somebody acts on one, and read by page and sweep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select, update
from sqlalchemy.orm import aliased

from app.domain.duplicates import Decision
from app.domain.errors import NotFound
from app.domain.follow_up import OPEN, REOPENED, UNDER_WAY, AskBy, FollowUpStatus, Going
from app.domain.lifecycle import OPEN_REFERRAL
from app.store import duplicates
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import ConsentRow, PersonRow, ReferralRow
from app.store.tables_duplicates import ReferralBondRow
from app.store.tables_follow_up import FollowUpRow

PAGE = 25
ASK = "follow-up"  # the kind of the person's word on being asked
SHARE = "share-with-provider"
_LOOKED_AT = 500  # by one sweep


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One asking of one person; `look_on` None when nothing more happens by itself."""

    id: UUID
    referral_id: UUID
    person_id: UUID
    team_id: UUID
    reference: str
    months: int
    due_on: date
    status: FollowUpStatus
    way: AskBy | None
    look_on: date | None
    asked_at: datetime | None
    asked_times: int
    calls: int
    reason: str | None
    mail_id: UUID | None
    settled_at: datetime | None

    @property
    def going(self) -> Going:
        """Where it is, as the rules look at it."""
        return Going(self.status, self.way, self.asked_times, self.calls)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do, or to wait for."""
        return self.status in OPEN

    @property
    def is_under_way(self) -> bool:
        """Whether its day has come and it is not settled."""
        return self.status in UNDER_WAY


def plan(tx: Tx, referral_id: UUID, team_id: UUID, days: Sequence[tuple[int, date]], *, audit: str) -> None:
    """Write the follow-ups of an end; of those that an earlier end left open the day moves, settled ones stay."""
    known = {row.months: row for row in tx.session.scalars(_rows(FollowUpRow.referral_id == referral_id))}
    for months, day in days:
        row = known.get(months)
        if row is None:
            values = {"referral_id": referral_id, "team_id": team_id, "months": months, "due_on": day}
            tx.session.add(FollowUpRow(**values, status=FollowUpStatus.PLANNED, look_on=day))
        elif row.status in OPEN or row.reason == REOPENED:
            row.due_on, row.look_on, row.status = day, day, FollowUpStatus.PLANNED
            row.settled_at, row.reason, row.asked_times, row.calls = None, None, 0, 0
            row.settled_by, row.asked_at, row.mail_id = None, None, None
    tx.session.flush()
    tx.audit(Entry(audit, "follow-up", str(referral_id), _person_of(tx, referral_id)))


def list_due(tx: Tx) -> Sequence[UUID]:
    """Return the follow-ups on which something is due today, for the sweep; ids only, none of an open referral."""
    query = (
        select(FollowUpRow.id)
        .join(ReferralRow, ReferralRow.id == FollowUpRow.referral_id)
        .where(FollowUpRow.look_on <= tx.today, FollowUpRow.status.in_(OPEN))
        .where(ReferralRow.status.not_in(OPEN_REFERRAL))
        .order_by(FollowUpRow.look_on, FollowUpRow.id)
        .limit(_LOOKED_AT)
    )
    return tx.session.scalars(query).all()


def list_stopped(tx: Tx, *, team_id: UUID | None = None) -> Sequence[UUID]:
    """Return those that must stop before their day, to be looked up as the platform; of one team, if it is named.

    Whoever has died or whose referral was opened again, whatever stands open; of what is under way also whose newest
    word is no, to being asked or to contact (by any referral) or to being told of (by those that are worked as one).
    """
    referral = ReferralRow
    no_more = _newest_word(ASK, ConsentRow.person_id == referral.person_id)
    no_consent = _newest_word(SHARE, _said_of_one_worked_with())
    no_contact = _newest_word("contact", ConsentRow.person_id == referral.person_id)
    query = (
        select(FollowUpRow.id)
        .join(referral, referral.id == FollowUpRow.referral_id)
        .join(PersonRow, PersonRow.id == referral.person_id)
        .where(FollowUpRow.status.in_(OPEN), *_of_team(team_id))
        .where(
            or_(
                PersonRow.deceased,
                referral.status.in_(OPEN_REFERRAL),
                and_(
                    FollowUpRow.status.in_(UNDER_WAY),
                    or_(no_more.is_(False), no_consent.is_(False), no_contact.is_(False)),
                ),
            )
        )
        .order_by(FollowUpRow.id)
        .limit(_LOOKED_AT)
    )
    return tx.session.scalars(query).all()


def list_under_way(tx: Tx, *, team_id: UUID) -> Sequence[tuple[UUID, UUID]]:
    """Return a team's follow-ups whose day has come and that are not settled, each with its referral; ids only."""
    query = select(FollowUpRow.id, FollowUpRow.referral_id)
    found = tx.session.execute(query.where(FollowUpRow.status.in_(UNDER_WAY), *_of_team(team_id)))
    return [(each, referral_id) for each, referral_id in found]


def look_today(tx: Tx, referral_id: UUID, *, audit: str) -> None:
    """Let the next sweep look at what is under way of a referral, and of that which leads it: a warning came."""
    ids = [referral_id, duplicates.find_leader(tx, referral_id) or referral_id]
    under_way = (FollowUpRow.referral_id.in_(ids), FollowUpRow.status.in_(UNDER_WAY))
    tx.session.execute(update(FollowUpRow).where(*under_way).values(look_on=tx.today))
    tx.audit(Entry(audit, "follow-up", str(referral_id), _person_of(tx, referral_id)))


def list_mailed(tx: Tx) -> Mapping[UUID, UUID]:
    """Return by e-mail the follow-ups that wait for an answer to it, for the sweep; ids only."""
    waits = (FollowUpRow.status == FollowUpStatus.ASKED, FollowUpRow.mail_id.is_not(None))
    query = select(FollowUpRow.mail_id, FollowUpRow.id).where(*waits)
    return {mail_id: found for mail_id, found in tx.session.execute(query) if mail_id is not None}


def get(tx: Tx, follow_up_id: UUID, *, audit: str) -> FollowUp:
    """Return one; raises NotFound when it is absent or not shared with the actor."""
    return _one(tx, _named().where(FollowUpRow.id == follow_up_id), audit)


def get_for_update(tx: Tx, follow_up_id: UUID, *, audit: str) -> FollowUp:
    """Return one and hold it until the end of the transaction."""
    query = _named().where(FollowUpRow.id == follow_up_id).with_for_update(of=FollowUpRow)
    return _one(tx, query.execution_options(populate_existing=True), audit)


def record(tx: Tx, follow_up_id: UUID, values: Mapping[str, Any], *, audit: str) -> None:
    """Write what became of one: status, day and whatever goes with them; who settled it follows from the actor."""
    row = tx.session.get(FollowUpRow, follow_up_id)
    if row is None:
        raise NotFound
    for name, value in values.items():
        setattr(row, name, value)
    is_open = row.status in OPEN
    row.settled_at = None if is_open else row.settled_at or tx.now
    row.settled_by = None if is_open else row.settled_by or tx.actor.user_id
    row.look_on = row.look_on if is_open else None
    tx.session.flush()
    detail = {"referral": str(row.referral_id), "status": str(row.status), "months": row.months}
    tx.audit(Entry(audit, "follow-up", str(follow_up_id), _person_of(tx, row.referral_id), detail))


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[FollowUp]:
    """Return those of a referral that the actor may see, the earliest first."""
    query = _named().where(FollowUpRow.referral_id == referral_id).order_by(FollowUpRow.months)
    return [_audited(tx, found, audit) for found in tx.session.execute(query)]


def list_open_of_person(tx: Tx, person_id: UUID, *, audit: str) -> Sequence[FollowUp]:
    """Return all that is still open of a person, whichever referral it is of."""
    query = _named().where(ReferralRow.person_id == person_id, FollowUpRow.status.in_(OPEN))
    return [_audited(tx, found, audit) for found in tx.session.execute(query.order_by(FollowUpRow.due_on))]


def list_page(
    tx: Tx,
    statuses: Collection[FollowUpStatus],
    *,
    page: int,
    newest: bool = False,
    without: Collection[UUID] = (),
    audit: str,
) -> tuple[Sequence[FollowUp], int]:
    """Return a page of those that the actor may see, the longest due first or the newest settled; and how many."""
    these = (FollowUpRow.status.in_(statuses), FollowUpRow.id.not_in(list(without)))
    wanted = _named().where(*these)
    order = FollowUpRow.settled_at.desc() if newest else FollowUpRow.due_on.asc()
    found = tx.session.execute(
        wanted.order_by(order, FollowUpRow.id).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    counted = select(func.count()).select_from(FollowUpRow).where(*these)
    return [_audited(tx, each, audit) for each in found], tx.session.scalar(counted) or 0


def asked_not_to(tx: Tx, person_id: UUID) -> bool:
    """Tell whether a person's newest word on being asked, by whatever referral, is no."""
    return find_stopped_by(tx, person_id) is not None


def find_stopped_by(tx: Tx, person_id: UUID) -> str | None:
    """Return who told us that a person wants to be asked no more (person, link-worker, practice), None if nobody."""
    theirs = (ConsentRow.person_id == person_id, ConsentRow.kind == ASK)
    newest = select(ConsentRow).where(*theirs).order_by(ConsentRow.recorded_at.desc(), ConsentRow.given)
    row = tx.session.scalars(newest.limit(1)).first()
    return None if row is None or row.given else row.source


def _of_team(team_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    return () if team_id is None else (FollowUpRow.team_id == team_id,)


def _newest_word(kind: str, said_of: ColumnElement[bool]) -> ScalarSelect[bool]:
    """Whether the newest word of a kind is a yes; of one moment's words the no counts."""
    words = select(ConsentRow.given).where(ConsentRow.kind == kind, said_of)
    newest = words.order_by(ConsentRow.recorded_at.desc(), ConsentRow.given).limit(1)
    return newest.correlate(ReferralRow).scalar_subquery()


def _said_of_one_worked_with() -> ColumnElement[bool]:
    """That a word was said of the referral, of that which leads it, or of another that follows the same."""
    up, beside = aliased(ReferralBondRow), aliased(ReferralBondRow)
    together = [(bond.decision == Decision.TOGETHER, bond.undone_at.is_(None)) for bond in (up, beside)]
    leads = select(up.other_id).where(up.referral_id == ReferralRow.id, *together[0]).limit(1)
    leader = leads.correlate(ReferralRow).scalar_subquery()
    others = select(beside.referral_id).where(
        beside.other_id == func.coalesce(leader, ReferralRow.id), *together[1]
    )
    said_of = ConsentRow.referral_id
    return or_(said_of == ReferralRow.id, said_of == leader, said_of.in_(others.correlate(ReferralRow)))


def _rows(*wanted: ColumnElement[bool]) -> Select[FollowUpRow]:
    return select(FollowUpRow).where(*wanted).with_for_update()


def _named() -> Select[FollowUpRow, UUID, str]:
    return select(FollowUpRow, ReferralRow.person_id, ReferralRow.reference).join(
        ReferralRow, ReferralRow.id == FollowUpRow.referral_id
    )


def _person_of(tx: Tx, referral_id: UUID) -> UUID | None:
    return tx.session.scalar(select(ReferralRow.person_id).where(ReferralRow.id == referral_id))


def _one(tx: Tx, query: Select[FollowUpRow, UUID, str], audit: str) -> FollowUp:
    found = tx.session.execute(query).first()
    if found is None:
        raise NotFound
    return _audited(tx, found, audit)


def _audited(tx: Tx, found: Any, audit: str) -> FollowUp:
    row, person_id, reference = found
    tx.audit(Entry(audit, "follow-up", str(row.id), person_id))
    return FollowUp(
        id=row.id,
        referral_id=row.referral_id,
        person_id=person_id,
        team_id=row.team_id,
        reference=reference,
        months=row.months,
        due_on=row.due_on,
        status=FollowUpStatus(row.status),
        way=AskBy(row.way) if row.way else None,
        look_on=row.look_on,
        asked_at=row.asked_at,
        asked_times=row.asked_times,
        calls=row.calls,
        reason=row.reason,
        mail_id=row.mail_id,
        settled_at=row.settled_at,
    )
