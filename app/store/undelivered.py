"""Everything that could not be carried, of all kinds in one list: by reference and organisation, never by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import FeedbackStatus
from app.domain.undelivered import Aside, Kind
from app.store.audit import Entry
from app.store.mail import TO_A_PERSON
from app.store.session import Tx
from app.store.set_aside import is_aside
from app.store.subscriptions import entitled
from app.store.tables import OrganisationRow
from app.store.tables_care import FeedbackRow, ReferralRow
from app.store.tables_mail import MailRow
from app.store.tables_messages import InboxRow, OutboxRow
from app.store.tables_stewardship import PutAsideRow
from app.store.tables_subscriptions import SubscriptionRow

PAGE = 25
MOST_AT_ONCE = 200  # tried again by one press


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One thing that did not get there: what, to whom, why as a code, since when; `tries` None is not counted.

    `reference` is of the referral that it tells of, where it tells of one. `can_be_sent` is False where its words are
    gone or its owner may not be told any more. `aside` is why somebody lets it rest, `aside_on` since when.
    """

    kind: Kind
    id: UUID
    reference: str | None
    what: str
    to: str
    why: str | None
    since: datetime
    tries: int | None
    can_be_sent: bool
    aside: Aside | None = None
    aside_on: datetime | None = None


def list_page(
    tx: Tx, *, kind: Kind | None, aside: bool, page: int, audit: str
) -> tuple[Sequence[Undelivered], int]:
    """Return a page of what could not be carried, the oldest first, and how many there are; as the platform."""
    tx.audit(Entry(audit, "undelivered", kind or "all"))
    found = _all(tx).subquery()
    wanted = [_aside_now(found.c) if aside else ~_aside_now(found.c)]
    if kind is not None:
        wanted.append(found.c.kind == kind)
    total = tx.session.scalar(select(func.count()).select_from(found).where(*wanted)) or 0
    row = PutAsideRow
    rests = and_(row.kind == found.c.kind, row.subject_id == found.c.id, row.ended_at.is_(None))
    query = select(found, row.reason, row.set_at).outerjoin(row, rests).where(*wanted)
    order = (found.c.since, found.c.kind, found.c.id)
    lines = tx.session.execute(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE))
    return [_line(each) for each in lines], total


def count_by_kind(tx: Tx) -> Mapping[Kind, int]:
    """Return how many of each kind could not be carried and are not set aside; kinds without any are left out."""
    found = _all(tx).subquery()
    query = select(found.c.kind, func.count()).where(~_aside_now(found.c)).group_by(found.c.kind)
    return {Kind(kind): number for kind, number in tx.session.execute(query)}


def list_to_send(tx: Tx, kind: Kind) -> Sequence[UUID]:
    """Return what of a kind can be tried again and is not set aside, the oldest first; MOST_AT_ONCE at most."""
    found = _all(tx).subquery()
    wanted = (found.c.kind == kind, found.c.can_be_sent, ~_aside_now(found.c))
    order = (found.c.since, found.c.id)
    return tx.session.scalars(select(found.c.id).where(*wanted).order_by(*order).limit(MOST_AT_ONCE)).all()


def get(tx: Tx, kind: Kind, subject_id: UUID, *, audit: str) -> Undelivered:
    """Return one; raises NotFound when it is absent or has been seen to."""
    tx.audit(Entry(audit, "undelivered", str(subject_id), None, {"kind": kind.value}))
    found, row = _all(tx).subquery(), PutAsideRow
    rests = and_(row.kind == found.c.kind, row.subject_id == found.c.id, row.ended_at.is_(None))
    query = select(found, row.reason, row.set_at).outerjoin(row, rests)
    line = tx.session.execute(query.where(found.c.kind == kind, found.c.id == subject_id)).first()
    if line is None:
        raise NotFound
    return _line(line)


def call_again(tx: Tx, subscription_id: UUID, *, audit: str) -> None:
    """Have a subscription called afresh that was switched off because nobody answered; what waits for it is kept.

    Raises NotFound, and Conflict when its owner has switched it on or off since, or may not be told any more.
    """
    row = tx.session.get(SubscriptionRow, subscription_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    of_this = select(SubscriptionRow.id).where(SubscriptionRow.id == subscription_id)
    may_hear = tx.session.scalar(of_this.where(*entitled(tx)))
    if row.status != "off" or row.error is None or may_hear is None:
        raise Conflict("It is not waiting to be called again: its owner has changed it meanwhile.")
    row.status, row.error, row.attempts, row.failing_since = "requested", None, 0, None
    row.next_attempt_at, row.version, row.updated_at = tx.now, row.version + 1, tx.now
    tx.audit(Entry(audit, "subscription", str(subscription_id)))


def _aside_now(columns: Any) -> ColumnElement[bool]:
    return is_aside(columns.kind, columns.id)


def _all(tx: Tx) -> Any:
    return union_all(_news(), _mail(), _hooks(tx), _waiting())


def _news() -> Select[Any]:
    row, box = FeedbackRow, OutboxRow
    tries = select(func.sum(box.attempts)).where(box.feedback_id == row.id).scalar_subquery()
    return (
        _select(
            literal(Kind.NEWS.value),
            row.id,
            reference=ReferralRow.reference,
            what=row.kind,
            to=OrganisationRow.name,
            why=row.failure,
            since=row.composed_at,
            tries=tries,
            can_be_sent=exists().where(box.feedback_id == row.id),
        )
        .join(ReferralRow, ReferralRow.id == row.referral_id)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.requester_id)
        .where(row.status == FeedbackStatus.FAILED)
    )


def _mail() -> Select[Any]:
    row = MailRow
    of_staff = func.concat_ws(", ", OrganisationRow.name, row.to_address)
    return (
        _select(
            row.channel,
            row.id,
            reference=ReferralRow.reference,
            what=row.subject,
            to=func.coalesce(func.nullif(of_staff, ""), literal(TO_A_PERSON)),
            why=row.last_error,
            since=row.failed_at,
            tries=row.attempts,
            can_be_sent=row.body.is_not(None),
        )
        .outerjoin(ReferralRow, ReferralRow.id == row.referral_id)
        .outerjoin(OrganisationRow, OrganisationRow.id == row.organisation_id)
        .where(row.failed_at.is_not(None), row.left_at.is_(None))
    )


def _hooks(tx: Tx) -> Select[Any]:
    row = SubscriptionRow
    over = row.ends_at <= tx.now
    return (
        _select(
            literal(Kind.HOOK.value),
            row.id,
            reference=null(),
            what=func.split_part(row.criteria, "?", 1),  # what follows may name a person's record
            to=OrganisationRow.name,
            why=row.error,
            since=func.coalesce(row.failing_since, row.updated_at),
            tries=row.attempts,
            can_be_sent=and_(*entitled(tx)),
        )
        .join(OrganisationRow, OrganisationRow.id == row.organisation_id)
        .where(row.status == "off", row.error.is_not(None), or_(row.ends_at.is_(None), ~over))
    )


def _waiting() -> Select[Any]:
    row = InboxRow
    return _select(
        literal(Kind.WAITING.value),
        row.id,
        reference=null(),
        what=literal(""),
        to=row.sender,
        why=row.parked_reason,
        since=row.received_at,
        tries=null(),
        can_be_sent=literal(True),
    ).where(row.status == "parked")


def _select(kind: Any, subject_id: Any, **told: Any) -> Select[Any]:
    """One part of the union: the columns in one order, under the same names, text as text."""
    columns = told | {name: cast(told[name], Text) for name in ("reference", "what", "to", "why")}
    columns["tries"] = cast(told["tries"], Integer)
    names = ("reference", "what", "to", "why", "since", "tries", "can_be_sent")
    labelled = (columns[name].label(name) for name in names)
    return select(cast(kind, Text).label("kind"), subject_id.label("id"), *labelled)


def _line(row: Any) -> Undelivered:
    return Undelivered(
        Kind(row.kind),
        row.id,
        row.reference,
        row.what,
        row.to,
        row.why,
        row.since,
        None if row.tries is None else int(row.tries),
        row.can_be_sent,
        Aside(row.reason) if row.reason else None,
        row.set_at,
    )
