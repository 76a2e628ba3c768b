"""Unusual looks: counted from the audit's newest lines, written once each, decided on by somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.domain.errors import Conflict, NotFound
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_emergency import LookAlertRow as Row

PAGE = 25
_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(7243006)")
_LAST_RUN = text("select max(at) from audit_event where at > :since and act = :act")
# Who did it is in the label ("user:<id>"); organisations of a seat are told apart by nothing: the account is one.
_OF_ACCOUNTS = """
    from audit_event e join user_account u on e.actor = 'user:' || u.id
    where e.at >= :since and e.act = any(:acts)"""
_COUNTED = (
    """select u.id as user_id, min(e.organisation_id::text)::uuid as organisation_id,
    date_trunc(cast(:within as text), e.at, 'Europe/London') as from_at, {what} as count"""
    + _OF_ACCOUNTS
    + """
    group by u.id, from_at having {what} >= :at_least"""
)
_COUNT_PEOPLE = text(_COUNTED.format(what="count(distinct e.person_id)"))
_COUNT_LINES = text(_COUNTED.format(what="count(*)"))
_PAIRS = text(
    "select distinct u.id as user_id, u.full_name, e.organisation_id, e.person_id,"
    " date_trunc(cast(:within as text), e.at, 'Europe/London') as from_at"
    + _OF_ACCOUNTS
    + " and e.person_id is not null"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One kind of what is noticed: whose lines are counted, how, and from how many on it is shown."""

    words: str
    acts: Sequence[str]
    counts: str
    within: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """What was counted of one account, from a moment on; `person_id` where it is about one person."""

    kind: str
    user_id: UUID
    organisation_id: UUID | None
    from_at: datetime
    count: int
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """An account and a person whose record it opened."""

    user_id: UUID
    full_name: str
    organisation_id: UUID | None
    person_id: UUID
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """What was noticed, of whom, and what somebody decided of it."""

    id: UUID
    kind: str
    user_id: UUID
    full_name: str
    organisation_name: str | None
    count: int
    from_at: datetime
    reviewed_at: datetime | None
    reviewed_by: UUID | None
    verdict: str | None


def take_turn(tx: Tx) -> bool:
    """Tell whether this process is the one that counts now."""
    return bool(tx.session.scalar(_ONE_AT_A_TIME))


def find_last_run(tx: Tx, act: str, since: datetime) -> datetime | None:
    """Return when it was counted last, None when not since."""
    found: datetime | None = tx.session.scalar(_LAST_RUN, {"act": act, "since": since})
    return found


def list_counted(tx: Tx, kind: str, limit: Limit, *, since: datetime) -> Sequence[Noticed]:
    """Return which accounts reached a limit within an hour or a day."""
    told = {"acts": list(limit.acts), "within": limit.within, "at_least": limit.at_least, "since": since}
    query = _COUNT_PEOPLE if limit.counts == "people" else _COUNT_LINES
    return [Noticed(kind, **row) for row in tx.session.execute(query, told).mappings()]


def list_pairs(tx: Tx, limit: Limit, *, since: datetime) -> Sequence[Pair]:
    """Return whose record each account opened."""
    told = {"acts": list(limit.acts), "within": limit.within, "since": since}
    return [Pair(**row) for row in tx.session.execute(_PAIRS, told).mappings()]


def record(tx: Tx, noticed: Collection[Noticed]) -> None:
    """Write what is new; what is known already and has grown is told with its new count, unless it is decided on."""
    for each in noticed:
        values = {name: getattr(each, name) for name in Noticed.__slots__}
        added = insert(Row).values(**values, noted_at=tx.now)
        once = ("kind", "user_id", "from_at", "person_id")
        grown = added.on_conflict_do_update(
            index_elements=once, set_={"count": each.count}, where=Row.reviewed_at.is_(None)
        )
        tx.session.execute(grown)


def list_page(tx: Tx, *, only_open: bool, page: int, audit: str) -> tuple[Sequence[Alert], int]:
    """Return a page of what was noticed, what nobody decided on first; and how many there are in all."""
    query = _named()
    if only_open:
        query = query.where(Row.reviewed_at.is_(None))
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    tx.audit(Entry(audit, "look alert", "all"))
    order = (Row.reviewed_at.desc().nulls_first(), Row.from_at.desc(), Row.id)
    found = tx.session.execute(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE))
    return [_alert(each) for each in found], total


def count_open(tx: Tx) -> int:
    """Return how many nobody has decided on."""
    return tx.session.scalar(select(func.count()).where(Row.reviewed_at.is_(None))) or 0


def get(tx: Tx, alert_id: UUID) -> Alert:
    """Return one; raises NotFound."""
    found = tx.session.execute(_named().where(Row.id == alert_id)).first()
    if found is None:
        raise NotFound
    return _alert(found)


def record_review(tx: Tx, alert_id: UUID, verdict: str, *, by: UUID) -> None:
    """Write what was decided; raises Conflict when somebody has already."""
    row = tx.session.get_one(Row, alert_id, with_for_update=True, populate_existing=True)
    if row.reviewed_at is not None:
        raise Conflict("Somebody has decided on this already.")
    row.verdict, row.reviewed_at, row.reviewed_by = verdict, tx.now, by
    tx.session.flush()


def _named() -> Any:
    return (
        select(Row, UserRow.full_name, OrganisationRow.name)
        .join(UserRow, UserRow.id == Row.user_id)
        .outerjoin(OrganisationRow, OrganisationRow.id == Row.organisation_id)
    )


def _alert(found: Any) -> Alert:
    row, full_name, organisation_name = found
    return Alert(
        id=row.id,
        kind=row.kind,
        user_id=row.user_id,
        full_name=full_name,
        organisation_name=organisation_name,
        count=row.count,
        from_at=row.from_at,
        reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by,
        verdict=row.verdict,
    )
