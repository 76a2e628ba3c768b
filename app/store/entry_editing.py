"""What whoever edits the directory reads and holds: entries by name, and the row that a change is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.domain.errors import NotFound
from app.domain.referral import Service
from app.domain.vocabulary import Environment, OrganisationKind
from app.store.directory import list_services_among
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import VenueRow

PAGE = 25


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A provider in the list, with what it offers; ended services too."""

    id: UUID
    name: str
    services: tuple[Service, ...]


def list_page(tx: Tx, *, words: str = "", page: int = 1) -> tuple[Sequence[EntryLine], int]:
    """Return a page of the providers outside the sandboxes and how many there are, by name.

    `words` stand in a provider's name or in the name of one of its services.
    """
    row = OrganisationRow
    asked: list[ColumnElement[bool]] = [
        row.kind == OrganisationKind.PROVIDER,
        row.environment == Environment.LIVE,
    ]
    if words:
        offered = exists().where(
            ServiceRow.provider_id == row.id, ServiceRow.name.icontains(words, autoescape=True)
        )
        asked.append(or_(row.name.icontains(words, autoescape=True), offered))
    total = tx.session.scalar(select(func.count()).select_from(row).where(*asked)) or 0
    query = select(row.id, row.name).where(*asked).order_by(row.name, row.id)
    shown = tx.session.execute(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    offers = list_services_of(tx, [one for one, _ in shown])
    return [
        EntryLine(one, name, tuple(each for each in offers if each.provider_id == one)) for one, name in shown
    ], total


def list_services_of(tx: Tx, provider_ids: Sequence[UUID]) -> Sequence[Service]:
    """Return all that providers offer, by name; ended services too."""
    ids = tx.session.scalars(select(ServiceRow.id).where(ServiceRow.provider_id.in_(provider_ids)))
    return list_services_among(tx, list(ids))


def list_providers(tx: Tx) -> Sequence[tuple[UUID, str]]:
    """Return the providers outside the sandboxes, by name."""
    row = OrganisationRow
    query = select(row.id, row.name).where(
        row.kind == OrganisationKind.PROVIDER, row.environment == Environment.LIVE
    )
    return [(one, name) for one, name in tx.session.execute(query.order_by(row.name, row.id))]


def hold_service(tx: Tx, service_id: UUID) -> None:
    """Be the one who changes a service until the transaction ends. Raises NotFound."""
    _hold(tx, ServiceRow, service_id)


def hold_organisation(tx: Tx, organisation_id: UUID) -> None:
    """Be the one who changes an organisation until the transaction ends. Raises NotFound."""
    _hold(tx, OrganisationRow, organisation_id)


def hold_venue(tx: Tx, venue_id: UUID) -> None:
    """Be the one who changes a venue until the transaction ends; a new one is nobody's. Raises nothing."""
    tx.session.get(VenueRow, venue_id, with_for_update=True, populate_existing=True)


def record_organisation(tx: Tx, organisation_id: UUID, name: str, provider_kind: str | None) -> None:
    """Write what a provider is called and how it is paid for."""
    row = tx.session.get_one(OrganisationRow, organisation_id)
    row.name, row.provider_kind = name, provider_kind
    tx.session.flush()


def _hold(tx: Tx, table: type[ServiceRow] | type[OrganisationRow], row_id: UUID) -> None:
    if tx.session.get(table, row_id, with_for_update=True, populate_existing=True) is None:
        raise NotFound
