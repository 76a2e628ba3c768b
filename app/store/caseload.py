"""The team's caseload, selected, counted and ordered in the database; only the order by name needs names opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from app.domain.caseload import (
    CONSENT_ENDS_SOON_DAYS,
    CONSENT_HOLDS_DAYS,
    TODAY,
    AskAbout,
    Show,
    Sort,
    Wanted,
    Whose,
)
from app.domain.consent_wordings import Kind
from app.domain.lifecycle import (
    ANSWER_RUNS_OUT,
    OPEN_REFERRAL,
    FeedbackStatus,
    PlacementStatus,
    ReferralStatus,
)
from app.domain.vocabulary import Priority
from app.store.session import Tx
from app.store.sharing import ASK_FIRST, SHARE
from app.store.tables_care import ConsentRow, FeedbackRow, PlacementRow, ReferralRow

_PRESSING = (Priority.STAT, Priority.ASAP, Priority.URGENT)


def count_today(tx: Tx, whose: Whose) -> Mapping[Show, int]:
    """Return how many rows each list of the top of the page has; each is the number of rows that it opens."""
    columns = [func.count().filter(_shown(tx, show)).label(show.value) for show in TODAY]
    found = tx.session.execute(select(*columns).select_from(ReferralRow).where(_of(tx, whose))).one()
    return {show: getattr(found, show.value) for show in TODAY}


def count(tx: Tx, wanted: Wanted) -> int:
    """Return how many referrals are on a list."""
    return tx.session.scalar(select(func.count()).select_from(_ids(tx, wanted).subquery())) or 0


def list_ids(tx: Tx, wanted: Wanted, *, page: int, size: int) -> Sequence[UUID]:
    """Return one page of a list's referrals in their order; a list by name is ordered by who opens the names."""
    query = _ids(tx, wanted).order_by(*_order(tx, wanted.sort)).limit(size).offset((page - 1) * size)
    return [row.id for row in tx.session.execute(query)]


def list_people(tx: Tx, wanted: Wanted, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """Return (referral, person) of a whole list, the newest first, `most` at most."""
    query = _ids(tx, wanted).order_by(ReferralRow.received_at.desc(), ReferralRow.id).limit(most)
    return [(row.id, row.person_id) for row in tx.session.execute(query)]


def list_to_ask_about(tx: Tx, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[AskAbout]]:
    """Return what the people of these referrals are to be asked about, as far as the actor's team was told."""
    columns = [condition.label(about.value) for about, condition in _to_ask_about(tx).items()]
    found = tx.session.execute(select(ReferralRow.id, *columns).where(ReferralRow.id.in_(ids)))
    return {row.id: [about for about in AskAbout if getattr(row, about.value)] for row in found}


def list_by_reference(tx: Tx, reference: str) -> Sequence[UUID]:
    """Return the referral with this reference that the actor may see: one or none."""
    return tx.session.scalars(select(ReferralRow.id).where(ReferralRow.reference == reference)).all()


def _ids(tx: Tx, wanted: Wanted) -> Select[UUID, UUID]:
    query = select(ReferralRow.id, ReferralRow.person_id).where(
        _of(tx, wanted.whose), _shown(tx, wanted.show)
    )
    return query.where(ReferralRow.status == wanted.state) if wanted.state else query


def _of(tx: Tx, whose: Whose) -> ColumnElement[bool]:
    ours = ReferralRow.is_history.is_(False)
    match whose:
        case Whose.MINE:
            return and_(ours, ReferralRow.owner_id == tx.actor.user_id)
        case Whose.DUTY:
            return and_(ours, ReferralRow.owner_id.is_(None))
        case Whose.TEAM:
            return ours


def _shown(tx: Tx, show: Show) -> ColumnElement[bool]:
    row, is_open = ReferralRow, ReferralRow.status.in_(OPEN_REFERRAL)
    # The one that is asked for is built and no other: to build all of them each time took a third of the page's work.
    conditions: dict[Show, Callable[[], ColumnElement[bool]]] = {
        Show.OPEN: lambda: is_open,
        Show.OVERDUE: lambda: is_open & (row.next_action_on < tx.today),
        Show.TODAY: lambda: is_open & (row.next_action_on == tx.today),
        Show.URGENT: lambda: is_open & _presses(),
        Show.NEW: lambda: row.status == ReferralStatus.RECEIVED,
        Show.NEEDS_PROVIDER: lambda: row.status == ReferralStatus.IN_TRIAGE,
        Show.PROVIDER_SILENT: lambda: is_open & _placed(PlacementRow.status.in_(ANSWER_RUNS_OUT)),
        Show.ANSWER_DUE: lambda: is_open & _placed(_answer_due(tx)),
        Show.CONSENT: lambda: is_open & or_(*_to_ask_about(tx).values()),
        Show.NEWS_FAILED: _news_failed,
        Show.ALL: true,
    }
    return conditions[show]()


def _presses() -> ColumnElement[bool]:
    return or_(ReferralRow.priority.in_(_PRESSING), ReferralRow.safeguarding)


def _placed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(PlacementRow.referral_id == ReferralRow.id, condition).correlate(ReferralRow)


def _answer_due(tx: Tx) -> ColumnElement[bool]:
    """The provider's time is up today, or it has asked something and waits for the team."""
    late = and_(PlacementRow.status.in_(ANSWER_RUNS_OUT), PlacementRow.respond_by <= tx.today)
    return or_(late, PlacementRow.status == PlacementStatus.INFORMATION_REQUESTED)


def _to_ask_about(tx: Tx) -> Mapping[AskAbout, ColumnElement[bool]]:
    """What somebody is to be asked about, by its condition; contact and research count for all of a person's own."""
    still = ConsentRow.expires_on >= tx.today
    return {
        AskAbout.SHARING: _consent_lacks(tx),
        AskAbout.CONTACT: _yes_ends(tx, Kind.CONTACT),
        AskAbout.RESEARCH: _yes_ends(tx, Kind.RESEARCH, still),
    }


def _yes_ends(tx: Tx, kind: Kind, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """The person's newest word of a kind is a yes whose last day is near, or past unless `more` says otherwise."""
    newer = aliased(ConsentRow)
    later = exists().where(
        newer.person_id == ConsentRow.person_id,
        newer.kind == kind,
        newer.recorded_at > ConsentRow.recorded_at,
    )
    ends = exists().where(
        ConsentRow.person_id == ReferralRow.person_id,
        ConsentRow.kind == kind,
        ConsentRow.given,
        ConsentRow.expires_on <= tx.today + timedelta(days=CONSENT_ENDS_SOON_DAYS),
        ~later,
        *more,
    )
    return ends.correlate(ReferralRow)


def _consent_lacks(tx: Tx) -> ColumnElement[bool]:
    """Nothing was said about sharing, "not yet" was, or a yes is nearly a year old or soon at its last day. A no lacks
    nothing.
    """
    said, newer = aliased(ConsentRow), aliased(ConsentRow)
    ends_soon = tx.now - timedelta(days=CONSENT_HOLDS_DAYS - CONSENT_ENDS_SOON_DAYS)
    still_long = or_(
        said.expires_on.is_(None), said.expires_on > tx.today + timedelta(days=CONSENT_ENDS_SOON_DAYS)
    )
    later = exists().where(
        newer.referral_id == said.referral_id,
        newer.kind.in_((SHARE, ASK_FIRST)),
        newer.recorded_at > said.recorded_at,
    )
    holds = exists().where(
        said.referral_id == ReferralRow.id,
        said.kind == SHARE,
        or_(said.given.is_(False), and_(said.recorded_at > ends_soon, still_long)),
        ~later,
    )
    return ~holds.correlate(ReferralRow)


def _news_failed() -> ColumnElement[bool]:
    """The newest message to whoever asked did not arrive, also after the end."""
    told, newer = aliased(FeedbackRow), aliased(FeedbackRow)
    later = exists().where(newer.referral_id == told.referral_id, newer.number > told.number)
    failed = exists().where(told.referral_id == ReferralRow.id, told.status == FeedbackStatus.FAILED, ~later)
    return failed.correlate(ReferralRow)


def _order(tx: Tx, sort: Sort) -> tuple[Any, ...]:
    row = ReferralRow
    still_open = case((row.status.in_(OPEN_REFERRAL), 0), else_=1)
    urgency = case(
        (row.safeguarding & row.status.in_(OPEN_REFERRAL), 0),
        *((row.priority == each, place) for place, each in enumerate(_PRESSING, start=1)),
        else_=len(_PRESSING) + 1,
    )
    overdue = case((row.next_action_on < tx.today, 0), else_=1)
    presses = case((row.status.in_(OPEN_REFERRAL) & (row.priority != Priority.ROUTINE), 0), else_=1)
    soonest = (row.next_action_on.asc().nulls_last(), row.received_at.desc(), row.id)
    match sort:
        case Sort.WAITING:
            return (still_open, row.received_at, row.id)
        case Sort.URGENCY:
            return (still_open, urgency, *soonest)
        case _:
            return (overdue, presses, *soonest)
