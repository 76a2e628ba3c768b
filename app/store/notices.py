"""From steps to notices: the steps nobody has looked at, what waits for each subscriber, how its last call went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select

from app.domain.lifecycle import Action, Track
from app.domain.vocabulary import NewsKind
from app.store.session import Tx
from app.store.subscriptions import Wanted, entitled, open_told
from app.store.tables_care import FeedbackRow, PlacementRow, ReferralRow, TransitionRow
from app.store.tables_subscriptions import NoticeRow, StepToTellRow, SubscriptionRow

LEASE = timedelta(seconds=60)  # longer than the longest call
MOST_NOTICES = 100  # in one call
_STAMPS = {
    Action.COMPOSE: FeedbackRow.composed_at,
    Action.SEND: FeedbackRow.sent_at,
    Action.DELIVER: FeedbackRow.delivered_at,
    Action.ACKNOWLEDGE: FeedbackRow.acknowledged_at,
}


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of a referral, of one of its placements, or of a message about it."""

    id: int
    referral_id: UUID
    placement_id: UUID | None
    track: str
    action: str
    after: str
    reason: str | None
    stage: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """That something happened to a resource: its type, its id and its version if it has one, nothing else."""

    type: str
    resource_id: UUID
    version: str | None
    happened_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription that is to be called; `failing` says that its last call failed."""

    id: UUID
    failing: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A leased subscription and what it is to be told now; no notices is the handshake.

    `attempts` have failed in a row, the first of them at `failing_since`.
    """

    id: UUID
    wanted: Wanted
    version: int
    last_number: int
    notices: tuple[Notice, ...]
    attempts: int = 0
    failing_since: datetime | None = None


def list_to_tell(tx: Tx, limit: int) -> Sequence[int]:
    """Return the oldest steps that nobody has looked at."""
    return tx.session.scalars(
        select(StepToTellRow.transition_id).order_by(StepToTellRow.transition_id).limit(limit)
    ).all()


def forget_steps(tx: Tx, ids: Collection[int]) -> bool:
    """Note that these were looked at; False when another process was first with one of them."""
    gone = delete(StepToTellRow).where(StepToTellRow.transition_id.in_(ids))
    return len(tx.session.scalars(gone.returning(StepToTellRow.transition_id)).all()) == len(ids)


def list_steps_of(tx: Tx, ids: Collection[int]) -> Sequence[StepTaken]:
    """Return all steps, oldest first, of the referrals that these steps are of."""
    referrals = select(TransitionRow.referral_id).where(TransitionRow.id.in_(ids))
    query = select(TransitionRow).where(TransitionRow.referral_id.in_(referrals)).order_by(TransitionRow.id)
    return [_step(row) for row in tx.session.scalars(query)]


def list_seen(tx: Tx, ids: Collection[int]) -> Sequence[StepTaken]:
    """Return those of the steps that the actor may see, oldest first."""
    query = select(TransitionRow).where(TransitionRow.id.in_(ids)).order_by(TransitionRow.id)
    return [_step(row) for row in tx.session.scalars(query)]


def list_concerned(tx: Tx, referrals: Collection[UUID]) -> Sequence[UUID]:
    """Return the organisations that are parties of these referrals."""
    row = ReferralRow
    live = (row.id.in_(referrals), row.is_history.is_(False))
    providers = select(PlacementRow.provider_id).where(PlacementRow.referral_id.in_(referrals))
    parties = select(row.requester_id).where(*live).union(select(row.team_id).where(*live), providers)
    return tx.session.scalars(parties).all()


def list_news_moved(tx: Tx, ids: Collection[int]) -> Mapping[int, Sequence[UUID]]:
    """Return by step the messages that it can have moved: steps name no message, but share its moment."""
    news, step = FeedbackRow, TransitionRow
    of_kind = or_(
        and_(step.track == Track.FEEDBACK, news.kind == NewsKind.OUTCOME),
        and_(step.track == Track.PROGRESS, news.kind != NewsKind.OUTCOME),
    )
    stamped = [(step.action == action, stamp == step.at) for action, stamp in _STAMPS.items()]
    moment = case(*stamped, else_=news.composed_at <= step.at)
    query = select(step.id, news.id).join(news, news.referral_id == step.referral_id)
    moved = defaultdict[int, list[UUID]](list)
    for step_id, news_id in tx.session.execute(query.where(step.id.in_(ids), of_kind, moment)):
        moved[step_id].append(news_id)
    return moved


def add_notices(tx: Tx, subscription_id: UUID, notices: Sequence[Notice]) -> None:
    """Number the notices in their order and let them wait for a subscriber, if it is still there."""
    row = tx.session.get(SubscriptionRow, subscription_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    for number, each in enumerate(notices, start=row.last_number + 1):
        tx.session.add(
            NoticeRow(
                subscription_id=subscription_id,
                number=number,
                type=each.type,
                resource_id=each.resource_id,
                version=each.version,
                happened_at=each.happened_at,
            )
        )
    row.last_number += len(notices)
    tx.session.flush()


def list_due(tx: Tx) -> Sequence[Due]:
    """Return the subscriptions that are to be called now and are in nobody's hands."""
    row = SubscriptionRow
    query = select(row.id, row.attempts > 0).where(*_due(tx)).order_by(row.next_attempt_at)
    return [Due(*found) for found in tx.session.execute(query)]


def lease(tx: Tx, subscription_id: UUID) -> Call | None:
    """Take a subscription in hand for a minute; None when it is not due or another process has it."""
    query = select(SubscriptionRow).where(SubscriptionRow.id == subscription_id, *_due(tx))
    found = tx.session.scalars(query.with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    found.leased_until = tx.session.scalars(select(func.clock_timestamp())).one() + LEASE
    wanted = Wanted(
        found.status, found.criteria, found.payload, found.content, found.ends_at, open_told(tx, found)
    )
    notices = () if found.status == "requested" else _waiting(tx, subscription_id)
    last = notices[-1].number if notices else found.last_number
    return Call(found.id, wanted, found.version, last, notices, found.attempts, found.failing_since)


def record_taken(tx: Tx, call: Call) -> None:
    """The endpoint said yes: the subscription works, and what it was told waits no longer."""
    row = _unchanged(tx, call)
    if row is None:
        return
    tx.session.execute(
        delete(NoticeRow).where(
            NoticeRow.subscription_id == call.id, NoticeRow.number.in_([each.number for each in call.notices])
        )
    )
    row.attempts, row.failing_since, row.next_attempt_at = 0, None, tx.now
    _show(tx, row, "active", None)


def record_failed(tx: Tx, call: Call, error: str, *, again_in: timedelta | None) -> UUID | None:
    """Write how a call failed; without another attempt it is switched off, and whose it was is returned."""
    row = _unchanged(tx, call)
    if row is None:
        return None
    row.attempts += 1
    row.failing_since = row.failing_since or tx.now
    if again_in is None:
        _show(tx, row, "off", error)
        return row.organisation_id
    row.next_attempt_at = tx.now + again_in
    _show(tx, row, "requested" if row.status == "requested" else "error", error)
    return None


def _due(tx: Tx) -> tuple[ColumnElement[bool], ...]:
    row = SubscriptionRow
    waiting = exists().where(NoticeRow.subscription_id == row.id)
    wanted = or_(row.status == "requested", row.status.in_(("active", "error")) & waiting)
    free = or_(row.leased_until.is_(None), row.leased_until < func.clock_timestamp())
    return (wanted, free, row.next_attempt_at <= tx.now, *entitled(tx))


def _unchanged(tx: Tx, call: Call) -> SubscriptionRow | None:
    """Return the row, let go of; None when it went or its owner changed it while the call was under way."""
    row = tx.session.get(SubscriptionRow, call.id, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    row.leased_until = None
    return row if row.version == call.version else None


def _show(tx: Tx, row: SubscriptionRow, status: str, error: str | None) -> None:
    if (row.status, row.error) != (status, error):
        row.status, row.error = status, error
        row.version, row.updated_at = row.version + 1, tx.now


def _waiting(tx: Tx, subscription_id: UUID) -> tuple[Notice, ...]:
    query = select(NoticeRow).where(NoticeRow.subscription_id == subscription_id).order_by(NoticeRow.number)
    return tuple(
        Notice(row.type, row.resource_id, row.version, row.happened_at, row.number)
        for row in tx.session.scalars(query.limit(MOST_NOTICES))
    )


def _step(row: TransitionRow) -> StepTaken:
    return StepTaken(
        id=row.id,
        referral_id=row.referral_id,
        placement_id=row.placement_id,
        track=row.track,
        action=row.action,
        after=row.after,
        reason=row.reason,
        stage=row.stage,
        at=row.at,
    )
