"""Reads by condition for the FHIR door: any page of any kind of record costs the same few queries."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Subquery, and_, false, func, not_, or_, select

from app.domain.vocabulary import Role
from app.store import directory
from app.store.audit import Entry
from app.store.fence import is_beside
from app.store.fhir_reads_referrals import LOADED_TOO
from app.store.fhir_reads_sources import BEHIND_THE_WALL, FENCED, source_of
from app.store.session import Tx

Row = RowMapping


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values, or when `negated` none; `many`: the field is a list and shares one."""

    field: str
    values: tuple[Any, ...]
    negated: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from `low` on and before `high`; None is open; `outside` turns it round."""

    low: datetime | None
    high: datetime | None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """The field lies in one of these stretches."""

    field: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The field is empty, or is not."""

    field: str
    missing: bool


@dataclass(frozen=True, slots=True)
class UpTo:
    """The field is this number or less."""

    field: str
    value: int


Condition = OneOf | Within | Missing | UpTo


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two rows: the sort values and the id of the row before it, or behind it when `backward`.

    `last` is the last line that the first page knew, where reading adds lines: the walk goes no further.
    """

    values: tuple[datetime, ...]
    id: UUID | int
    backward: bool = False
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of all that match: in which order (field, descending), how many, from where."""

    order: tuple[tuple[str, bool], ...]
    count: int
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows, and whether there are more on either side."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


def find_page(tx: Tx, kind: str, conditions: Sequence[Condition], window: Window, *, audit: str) -> Found:
    """Return a page of what the actor may see; a row that comes or goes meanwhile moves no other.

    The ids first, and only then all that is told of each: what is not on the page is never worked out.
    """
    whole = _source(tx, kind, conditions)
    source = whole.c
    backward = window.mark is not None and window.mark.backward
    order = [(source[field], descending != backward) for field, descending in window.order]
    newest_first = bool(window.order) and window.order[-1][1]
    order.append((source.id, newest_first != backward))
    wanted = _wanted(whole, conditions)
    if window.mark is not None:
        wanted.append(_beyond(order, (*window.mark.values, window.mark.id)))
    query = select(source.id).where(*wanted).limit(window.count + 1)
    query = query.order_by(*(column.desc() if descending else column.asc() for column, descending in order))
    with _scope(tx, kind) as (inner, own):
        ids = inner.session.scalars(query.where(*own)).all()
        more, ids = len(ids) > window.count, ids[: window.count]
        told = select(whole).where(source.id.in_(ids), *own)
        found = {row["id"]: row for row in inner.session.execute(told).mappings()} if ids else {}
    rows = [found[each] for each in ids if each in found]
    _note(tx, kind, rows, audit)
    if backward:
        return Found(rows[::-1], has_next=True, has_previous=more)
    return Found(rows, has_next=more, has_previous=window.mark is not None)


def count_found(tx: Tx, kind: str, conditions: Sequence[Condition]) -> int:
    """Return how many rows match; a number, nothing of a record."""
    source = _source(tx, kind, conditions)
    query = select(func.count()).select_from(source).where(*_wanted(source, conditions))
    with _scope(tx, kind) as (inner, own):
        return inner.session.scalar(query.where(*own)) or 0


def newest(tx: Tx, kind: str) -> int | None:
    """Return the highest number among a kind's records that the actor may see, None when there are none."""
    source = source_of(kind, tx.actor.role)
    with _scope(tx, kind) as (inner, own):
        found: int | None = inner.session.scalar(select(func.max(source.c.id)).where(*own))
    return found


def list_by(
    tx: Tx, kind: str, field: str, values: Collection[Any], *, audit: str, limit: int = 1000
) -> Sequence[Row]:
    """Return the rows whose field has one of these values, by id; one more than `limit` when there are more."""
    source = source_of(kind, tx.actor.role, by_id=field == "id")
    wanted = _where(source.c[field], OneOf(field, tuple(values)))
    query = select(source).where(wanted).order_by(source.c.id).limit(limit + 1)
    with _scope(tx, kind) as (inner, own):
        rows = list(inner.session.execute(query.where(*own)).mappings())
    _note(tx, kind, rows, audit)
    return rows


def list_of_document(tx: Tx, kind: str, field: str, value: UUID, *, audit: str) -> Sequence[Row]:
    """Return all rows whose field is this, by id: for a document of one referral, also of one that was loaded."""
    source = source_of(kind, tx.actor.role, by_id=field == "id")
    query = select(source).where(source.c[field] == value).order_by(source.c.id)
    with _scope(tx, kind) as (inner, own):
        rows = list(inner.session.execute(query.where(*own), {LOADED_TOO: True}).mappings())
    _note(tx, kind, rows, audit)
    return rows


def list_ids(tx: Tx, kind: str, field: str, value: str) -> Sequence[UUID]:
    """Return the ids of the rows whose identifier this is; 100 at most, nothing of a record."""
    source = source_of(kind, tx.actor.role).c
    if field == "id" and not _is_uuid(value):
        return ()
    if field == "nhs_number":
        wanted: ColumnElement[bool] = source.nhs_number_index == tx.cipher.blind_index(value)
    elif field == "requester_identifiers":  # of any system, and any of them
        wanted = source[field].contains([json.loads(value)])
    else:
        wanted = source[field] == value
    with _scope(tx, kind) as (inner, own):
        return inner.session.scalars(select(source.id).where(wanted, *own).limit(100)).all()


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


@contextmanager
def _scope(tx: Tx, kind: str) -> Iterator[tuple[Tx, list[ColumnElement[bool]]]]:
    """Yield the scope to read in, and the condition that stands in for a wall that keeps readers out altogether."""
    if kind in BEHIND_THE_WALL and tx.actor.role not in (Role.PROVIDER, Role.RESIDENT):
        source = source_of(kind, tx.actor.role).c
        whose = source.team_id if tx.actor.role is Role.LINK_WORKER else source.requester_id
        with tx.as_system("fhir read") as inner:
            yield inner, [whose == tx.actor.organisation_id, directory.hears(tx.actor.organisation_id)]
    elif kind in FENCED:
        source = source_of(kind, tx.actor.role).c
        yield tx, [is_beside(source.fence, tx.actor.organisation_id)]
    else:
        yield tx, []


def _source(tx: Tx, kind: str, conditions: Sequence[Condition]) -> Subquery:
    """What is searched: whoever names ids finds what a read of them would give."""
    by_id = any(isinstance(each, OneOf) and each.field == "id" for each in conditions)
    return source_of(kind, tx.actor.role, by_id=by_id)


def _wanted(source: Subquery, conditions: Sequence[Condition]) -> list[ColumnElement[bool]]:
    return [_where(source.c[each.field], each) for each in conditions]


def _where(column: ColumnElement[Any], condition: Condition) -> ColumnElement[bool]:
    if isinstance(condition, Missing):
        return column.is_(None) if condition.missing else column.is_not(None)
    if isinstance(condition, Within):
        return or_(*(_in_span(column, span) for span in condition.spans))
    if isinstance(condition, UpTo):
        return column <= condition.value
    values = list(condition.values)
    found: ColumnElement[bool] = column.op("&&")(values) if condition.many else column.in_(values)
    if not values:
        found = false()
    # What has no value is not one of those that are left out.
    return or_(column.is_(None), not_(found)) if condition.negated else found


def _in_span(column: Any, span: Span) -> ColumnElement[bool]:
    parts = []
    if span.low is not None:
        parts.append(column >= span.low)
    if span.high is not None:
        parts.append(column < span.high)
    return not_(and_(*parts)) if span.outside else and_(*parts)


def _beyond(order: Sequence[tuple[Any, bool]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after these values: equal in all earlier columns and beyond in one."""
    ways = []
    for position, (column, descending) in enumerate(order):
        same = [earlier == value for (earlier, _), value in zip(order, values[:position], strict=False)]
        further = column < values[position] if descending else column > values[position]
        ways.append(and_(*same, further))
    return or_(*ways)


def _note(tx: Tx, kind: str, rows: Sequence[Row], audit: str) -> None:
    """One line of the audit for each referral that a row of it was read of; the directory is nobody's record.

    Of the audit itself one line for all that was read: it belongs to no person's lines, so that who polls them finds
    an end.
    """
    if kind == "AuditEvent":
        if rows:
            tx.audit(
                Entry(audit, "audit", str(tx.actor.organisation_id), None, {"type": kind, "lines": len(rows)})
            )
        return
    seen = {row["referral_id"]: row["person_id"] for row in rows if "referral_id" in row}
    for referral_id, person_id in seen.items():
        tx.audit(Entry(audit, "referral", str(referral_id), person_id, {"type": kind}))
