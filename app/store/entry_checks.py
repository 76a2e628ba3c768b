"""Which entries somebody must look at: stale ones, whom to write to or to ring, what was said to have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Date, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.domain.directory import OWN_SOURCE
from app.domain.directory_words import ServiceStatus
from app.domain.errors import Conflict, NotFound
from app.domain.vocabulary import Capacity
from app.store.crypto import Cell
from app.store.dials import address
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import ProfileRow
from app.store.tables_entries import EntryChangeRow, EntryChaseRow, ServiceDialRow
from app.store.tables_mail import MailRow

MOST = 200  # in one go, and on one page
_Host = aliased(OrganisationRow)


@dataclass(frozen=True, slots=True)
class Asked:
    """An entry and whom to ask about it; `chased_at` is when they were last written to."""

    service_id: UUID
    service_name: str
    organisation_id: UUID
    organisation_name: str
    verified_on: date | None
    email: str | None
    phone: str | None
    contact_name: str | None
    host_name: str | None
    source: str
    is_strange: bool  # it came by an import, and its organisation was never written to
    chased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an organisation says is not right any more."""

    id: UUID
    service_id: UUID
    service_name: str
    organisation_name: str
    words: str
    told_at: datetime


def hold_chase(tx: Tx) -> bool:
    """Be the one process that chases until the transaction ends; False when another does."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended("chase entries", 0))
    return bool(tx.session.scalars(select(lock)).one())


def list_to_ask(tx: Tx, *, confirmed_before: date, not_since: datetime, strangers: bool) -> Sequence[Asked]:
    """Return stale entries with an address whose organisation was not written to about them of late.

    `strangers` are organisations that stand here by an import and were never written to: those alone, or all others.
    """
    whose = _is_strange() if strangers else ~_is_strange()
    stale = _is_stale(confirmed_before)
    return _asked(tx, _entries().where(stale, whose, address().is_not(None), ~_chased(not_since)))


def count_first_letters(tx: Tx, *, since: datetime) -> int:
    """Return how many organisations that stand here by an import were written to for the first time since then."""
    row = EntryChaseRow
    first = (
        select(ServiceRow.provider_id)
        .join(row, row.service_id == ServiceRow.id)
        .where(row.mail_id.is_not(None))
        .group_by(ServiceRow.provider_id)
        .having(func.min(row.chased_at) >= since, func.bool_or(ServiceRow.source != OWN_SOURCE))
    )
    return tx.session.scalar(select(func.count()).select_from(first.subquery())) or 0


def list_dials_to_ask(tx: Tx, *, quiet_since: datetime | None, not_since: datetime) -> Sequence[Asked]:
    """Return the services to ask how they stand today: "full until" has passed, or nobody has said for long.

    `quiet_since` None asks for the former alone. Whoever was written to since `not_since` is left in peace, but for a
    "full until" that passed after that letter. A service that stands here by an import, of which nobody has said
    how it stands, is not asked: nobody there has agreed to get anything from here.
    """
    row = ServiceRow
    full = and_(row.capacity == Capacity.FULL, row.full_until <= tx.today)
    told_since = EntryChaseRow.chased_at >= func.cast(row.full_until, EntryChaseRow.chased_at.type)
    asked_since = exists().where(EntryChaseRow.service_id == row.id, told_since).correlate(row)
    due: ColumnElement[bool] = and_(full, ~asked_since)
    if quiet_since is not None:
        since = func.coalesce(ServiceDialRow.checked_at, row.updated_at)
        agreed = or_(row.source == OWN_SOURCE, ServiceDialRow.checked_at.is_not(None))
        due = or_(due, and_(since <= quiet_since, agreed, ~_chased(not_since)))
    query = _entries().outerjoin(ServiceDialRow, ServiceDialRow.service_id == row.id)
    return _asked(tx, query.where(due, address().is_not(None)))


def list_to_ring(tx: Tx, *, confirmed_before: date, waited_since: datetime) -> Sequence[Asked]:
    """Return stale entries that no e-mail helps with: no address, not delivered, or no answer since `waited_since`."""
    last = _last_chase().subquery()
    undelivered = or_(last.c.mail_id.is_(None), last.c.failed_at.is_not(None))
    unanswered = and_(last.c.chased_at.is_not(None), or_(undelivered, last.c.chased_at <= waited_since))
    query = _entries().outerjoin(last, last.c.service_id == ServiceRow.id).add_columns(last.c.chased_at)
    query = query.where(_is_stale(confirmed_before), or_(address().is_(None), unanswered))
    return _asked(tx, query)


def record_chased(tx: Tx, service_id: UUID, kind: str, mail_id: UUID | None) -> None:
    """Write that an organisation was asked about a service, or could not be: its address is none."""
    tx.session.add(EntryChaseRow(service_id=service_id, kind=kind, mail_id=mail_id, chased_at=tx.now))
    tx.session.flush()


def add_change(tx: Tx, service_id: UUID, organisation_id: UUID, words: str) -> UUID:
    """Write what is said to have changed, sealed under a key of its own."""
    change_id = uuid4()
    key = tx.cipher.new_data_key(change_id)
    tx.session.add(
        EntryChangeRow(
            id=change_id,
            service_id=service_id,
            organisation_id=organisation_id,
            data_key=key.wrapped,
            key_id=key.key_id,
            words=tx.cipher.seal(key, Cell("entry_change", "words", change_id), words),
            told_at=tx.now,
        )
    )
    tx.session.flush()
    return change_id


def list_changes(tx: Tx) -> Sequence[Change]:
    """Return what nobody has settled yet, the oldest first."""
    query = (
        select(EntryChangeRow, ServiceRow.name, OrganisationRow.name)
        .join(ServiceRow, ServiceRow.id == EntryChangeRow.service_id)
        .join(OrganisationRow, OrganisationRow.id == ServiceRow.provider_id)
        .where(EntryChangeRow.settled_at.is_(None))
        .order_by(EntryChangeRow.told_at, EntryChangeRow.id)
        .limit(MOST)
    )
    return [
        Change(row.id, row.service_id, service, organisation, _words(tx, row), row.told_at)
        for row, service, organisation in tx.session.execute(query)
    ]


def record_settled(tx: Tx, change_id: UUID) -> UUID:
    """Write that the entry says what is right again; return which service. Raises NotFound, Conflict when it was."""
    row = tx.session.get(EntryChangeRow, change_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.settled_at is not None:
        raise Conflict("This change has been settled already.")
    row.settled_at, row.settled_by = tx.now, tx.actor.user_id
    return row.service_id


def _entries() -> Select[*tuple[Any, ...]]:
    """Services that run, outside the sandboxes, with whom to ask."""
    row = ServiceRow
    phone = func.coalesce(func.nullif(row.contact_phone, ""), func.nullif(ProfileRow.phone, ""))
    return (
        select(
            row.id,
            row.name,
            row.provider_id,
            OrganisationRow.name,
            row.verified_on,
            address(),
            phone,
            row.contact_name,
            _Host.name,
            row.source,
            _is_strange(),
        )
        .join(OrganisationRow, OrganisationRow.id == row.provider_id)
        .outerjoin(ProfileRow, ProfileRow.organisation_id == row.provider_id)
        .outerjoin(_Host, _Host.id == ProfileRow.host_id)
        .where(row.status != ServiceStatus.INACTIVE, OrganisationRow.environment == "live")
        .order_by(OrganisationRow.name, row.name, row.id)
        .limit(MOST)
    )


def _is_stale(confirmed_before: date) -> ColumnElement[bool]:
    """It was last confirmed, or else came here, long ago; and what is said to have changed is not being seen to."""
    row = EntryChangeRow
    is_seen_to = (
        exists().where(row.service_id == ServiceRow.id, row.settled_at.is_(None)).correlate(ServiceRow)
    )
    came = func.timezone("Europe/London", ServiceRow.listed_at).cast(Date)
    return and_(func.coalesce(ServiceRow.verified_on, came) < confirmed_before, ~is_seen_to)


def _is_strange() -> ColumnElement[bool]:
    """It stands here by an import, and its organisation was never written to about any of its entries."""
    theirs = aliased(ServiceRow)
    row = EntryChaseRow
    written = exists().where(
        theirs.provider_id == ServiceRow.provider_id, row.service_id == theirs.id, row.mail_id.is_not(None)
    )
    return and_(ServiceRow.source != OWN_SOURCE, ~written.correlate(ServiceRow))


def _chased(since: datetime) -> ColumnElement[bool]:
    theirs = EntryChaseRow.service_id == ServiceRow.id
    return exists().where(theirs, EntryChaseRow.chased_at > since).correlate(ServiceRow)


def _last_chase() -> Select[*tuple[Any, ...]]:
    """The newest "still right?" of each service, and whether its e-mail came back."""
    row = EntryChaseRow
    return (
        select(row.service_id, row.chased_at, row.mail_id, MailRow.failed_at)
        .outerjoin(MailRow, MailRow.id == row.mail_id)
        .where(row.kind == "still-right")
        .ext(distinct_on(row.service_id))
        .order_by(row.service_id, row.chased_at.desc())
    )


def _asked(tx: Tx, query: Select[*tuple[Any, ...]]) -> Sequence[Asked]:
    return [Asked(*told) for told in tx.session.execute(query)]


def _words(tx: Tx, row: EntryChangeRow) -> str:
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    return tx.cipher.open_text(key, Cell("entry_change", "words", row.id), row.words) or ""
