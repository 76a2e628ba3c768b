"""Who wants to hear of steps, where and under which secrets; every change is audited, no secret ever is."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, any_, delete, exists, func, or_, select

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.vocabulary import Role
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.session import Tx
from app.store.tables import ApiClientRow, OrganisationRow
from app.store.tables_subscriptions import SubscriptionRow

_ROW = SubscriptionRow
LISTENING = ("requested", "active", "error")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What its owner decides. `told` may hold secrets: endpoint, headers, reason, contact."""

    status: str
    criteria: str
    payload: str | None
    content: str | None
    ends_at: datetime | None
    told: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it stands; `actor` is as whom it was asked for."""

    id: UUID
    actor: Actor
    wanted: Wanted
    error: str | None
    version: int
    updated_at: datetime


def count_own(tx: Tx) -> int:
    """Return how many subscriptions the actor's organisation has."""
    return tx.session.scalar(select(func.count()).select_from(_ROW)) or 0


def lock_organisation(tx: Tx) -> None:
    """Let nobody else add a subscription for the actor's organisation until this transaction ends."""
    key = func.hashtextextended(f"subscription of {tx.actor.organisation_id}", 0)
    tx.session.execute(select(func.pg_advisory_xact_lock(key)))


def list_own(tx: Tx, *, audit: str) -> Sequence[Subscription]:
    """Return the subscriptions that the actor may see, oldest first."""
    tx.audit(Entry(audit, "subscription", "all"))
    return [_opened(tx, row) for row in tx.session.scalars(select(_ROW).order_by(_ROW.created_at, _ROW.id))]


def get(tx: Tx, subscription_id: UUID, *, audit: str, for_update: bool = False) -> Subscription:
    """Return one; raises NotFound when it is absent or another organisation's."""
    tx.audit(Entry(audit, "subscription", str(subscription_id)))
    return _opened(tx, _row(tx, subscription_id, for_update=for_update))


def add(tx: Tx, wanted: Wanted, *, audit: str) -> UUID:
    """Write a new one for the actor's organisation and client."""
    subscription_id = uuid4()
    key = tx.cipher.new_data_key(subscription_id)
    row = _ROW(
        id=subscription_id,
        organisation_id=tx.actor.organisation_id,
        client_id=tx.actor.process,
        role=tx.actor.role,
        data_key=key.wrapped,
        key_id=key.key_id,
        version=0,
        created_at=tx.now,
        last_number=0,
        attempts=0,
    )
    _write(tx, row, wanted)
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "subscription", str(subscription_id), None, {"status": wanted.status}))
    return subscription_id


def record(tx: Tx, subscription_id: UUID, wanted: Wanted, *, audit: str) -> None:
    """Replace what its owner decides; it begins anew, as this client's, and is tried at once."""
    row = _row(tx, subscription_id, for_update=True)
    row.client_id = tx.actor.process or row.client_id
    row.role = tx.actor.role
    _write(tx, row, wanted)
    tx.audit(Entry(audit, "subscription", str(subscription_id), None, {"status": wanted.status}))


def remove(tx: Tx, subscription_id: UUID, *, audit: str) -> None:
    """Forget one, with all that waits to be told; raises NotFound."""
    _row(tx, subscription_id, for_update=True)
    tx.session.execute(delete(_ROW).where(_ROW.id == subscription_id))
    tx.audit(Entry(audit, "subscription", str(subscription_id)))


def list_listening(tx: Tx, organisations: Collection[UUID]) -> Sequence[Subscription]:
    """Return those of these organisations that are to be told; for the platform itself."""
    query = select(_ROW).where(
        _ROW.organisation_id.in_(organisations), *entitled(tx), _ROW.status.in_(LISTENING)
    )
    return [_opened(tx, row) for row in tx.session.scalars(query.order_by(_ROW.created_at, _ROW.id))]


def list_with_owners(tx: Tx) -> Sequence[tuple[Subscription, str]]:
    """Return every subscription of the place with its organisation's name; for the platform itself."""
    query = select(_ROW, OrganisationRow.name).join(
        OrganisationRow, OrganisationRow.id == _ROW.organisation_id
    )
    return [
        (_opened(tx, row), name) for row, name in tx.session.execute(query.order_by(OrganisationRow.name))
    ]


def entitled(tx: Tx) -> tuple[ColumnElement[bool], ...]:
    """A subscription that has not ended and whose client still speaks for its organisation."""
    speaks = or_(
        ApiClientRow.organisation_id == _ROW.organisation_id,
        OrganisationRow.ods == any_(ApiClientRow.practices),
    )
    client = exists().where(
        ApiClientRow.id == _ROW.client_id,
        ApiClientRow.active,
        OrganisationRow.id == _ROW.organisation_id,
        speaks,
    )
    return (client, or_(_ROW.ends_at.is_(None), _ROW.ends_at > tx.now))


def end_overdue(tx: Tx) -> Sequence[UUID]:
    """Switch off those whose end has come; return which."""
    query = (
        select(_ROW)
        .where(and_(_ROW.status != "off", _ROW.ends_at <= tx.now))
        .with_for_update(skip_locked=True)
    )
    found = tx.session.scalars(query).all()
    for row in found:
        row.status, row.version, row.updated_at = "off", row.version + 1, tx.now
        tx.audit(Entry("end subscription", "subscription", str(row.id)))
    return [row.id for row in found]


def open_told(tx: Tx, row: SubscriptionRow) -> dict[str, Any]:
    """Open what is sealed in a row."""
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    told: dict[str, Any] = json.loads(tx.cipher.open(key, _cell(row), row.told) or b"{}")
    return told


def _write(tx: Tx, row: SubscriptionRow, wanted: Wanted) -> None:
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    row.told = tx.cipher.seal(key, _cell(row), json.dumps(wanted.told)) or b""
    row.status, row.criteria = wanted.status, wanted.criteria
    row.payload, row.content, row.ends_at = wanted.payload, wanted.content, wanted.ends_at
    row.error = row.failing_since = None
    row.attempts, row.next_attempt_at = 0, tx.now
    row.version, row.updated_at = row.version + 1, tx.now


def _cell(row: SubscriptionRow) -> Cell:
    return Cell("subscription", "told", row.id)


def _row(tx: Tx, subscription_id: UUID, *, for_update: bool) -> SubscriptionRow:
    query = select(_ROW).where(_ROW.id == subscription_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = tx.session.scalars(query).first()
    if row is None:
        raise NotFound
    return row


def _opened(tx: Tx, row: SubscriptionRow) -> Subscription:
    wanted = Wanted(row.status, row.criteria, row.payload, row.content, row.ends_at, open_told(tx, row))
    actor = Actor(Role(row.role), row.organisation_id, process=row.client_id)
    return Subscription(row.id, actor, wanted, row.error, row.version, row.updated_at)
