"""A requester's own referrals as lists: counted, selected and ordered in the database, as far as they may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, select, true
from sqlalchemy.orm import aliased

from app.domain.lifecycle import (
    OPEN_REFERRAL,
    Action,
    FeedbackStatus,
    ReferralStatus,
    Track,
    available_actions,
)
from app.domain.loops_wanted import LoopShow
from app.domain.vocabulary import Role
from app.store.session import Tx
from app.store.tables_care import FeedbackRow, ReferralRow

_OURS = ReferralRow.is_history.is_(False)
_TO_CLOSE = [
    each for each in ReferralStatus if Action.CLOSE in available_actions(Track.REFERRAL, each, Role.SYSTEM)
]
_TO_READ = [
    each
    for each in FeedbackStatus
    if Action.ACKNOWLEDGE in available_actions(Track.FEEDBACK, each, Role.PRACTICE)
]


def count(tx: Tx) -> Mapping[LoopShow, int]:
    """Return how many referrals each list has."""
    columns = [func.count().filter(_shown(show)).label(show.value) for show in LoopShow]
    found = tx.session.execute(select(*columns).select_from(ReferralRow).where(_OURS)).one()._mapping
    return {show: found[show.value] for show in LoopShow}


def list_ids(tx: Tx, show: LoopShow, *, page: int, size: int) -> Sequence[UUID]:
    """Return one page of a list: what is to be filed first, then the newest."""
    to_file = case((_shown(LoopShow.TO_FILE), 0), else_=1)
    order = (to_file, ReferralRow.received_at.desc(), ReferralRow.id)
    query = select(ReferralRow.id).where(_OURS, _shown(show)).order_by(*order)
    return tx.session.scalars(query.limit(size).offset((page - 1) * size)).all()


def list_people(tx: Tx, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """Return (referral, person) of all of them, the newest first, `most` at most."""
    query = select(ReferralRow.id, ReferralRow.person_id).where(_OURS)
    rows = tx.session.execute(query.order_by(ReferralRow.received_at.desc(), ReferralRow.id).limit(most))
    return [(row.id, row.person_id) for row in rows]


def _shown(show: LoopShow) -> ColumnElement[bool]:
    is_open = ReferralRow.status.in_(OPEN_REFERRAL)
    match show:
        case LoopShow.ALL:
            return true()
        case LoopShow.OPEN:
            return is_open
        case LoopShow.ENDED:
            return ~is_open
        case LoopShow.TO_FILE:
            return ReferralRow.status.in_(_TO_CLOSE) & _is_unread()


def _is_unread() -> ColumnElement[bool]:
    """The newest message about it has not been said to be in the record."""
    told, newer = aliased(FeedbackRow), aliased(FeedbackRow)
    later = exists().where(newer.referral_id == told.referral_id, newer.number > told.number)
    unread = exists().where(told.referral_id == ReferralRow.id, told.status.in_(_TO_READ), ~later)
    return unread.correlate(ReferralRow)
