"""Categories of other directories: what was said of them, and which services stand under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import any_, func, select

from app.domain.directory import OWN_SOURCE, Term
from app.domain.directory_words import ServiceStatus
from app.domain.errors import NotFound
from app.domain.vocabulary import Need
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import TermRow
from app.store.tables_imports import FieldOriginRow


def get_for_update(tx: Tx, key: str) -> Term:
    """Return a category by "taxonomy:code" and keep others from changing it; raises NotFound."""
    query = select(TermRow).where(TermRow.taxonomy + ":" + TermRow.code == key).with_for_update()
    row = tx.session.scalar(query)
    if row is None:
        raise NotFound
    needs = None if row.needs is None else tuple(row.needs)
    return Term(row.taxonomy, row.code, row.name, row.parent, needs)


def record_needs(tx: Tx, term: Term, needs: Sequence[str] | None) -> None:
    """Write which needs a category means: none of ours when empty, nothing said when None."""
    row = tx.session.get(TermRow, (term.taxonomy, term.code), populate_existing=True)
    if row is None:
        raise NotFound
    row.needs = None if needs is None else list(needs)
    tx.session.flush()


def count_services(tx: Tx) -> Mapping[str, tuple[int, int]]:
    """Return how many services run under each category, and how many of them stand under something else alone."""
    key = func.unnest(ServiceRow.terms).label("key")
    waits = (ServiceRow.needs == [Need.OTHER.value]).label("waits")
    running = (
        select(key, waits)
        .join(OrganisationRow, OrganisationRow.id == ServiceRow.provider_id)
        .where(ServiceRow.status != ServiceStatus.INACTIVE, OrganisationRow.environment == "live")
        .subquery()
    )
    query = select(running.c.key, func.count(), func.count().filter(running.c.waits)).group_by(running.c.key)
    return {key: (services, waiting) for key, services, waiting in tx.session.execute(query)}


def list_imported_under(tx: Tx, key: str) -> Sequence[tuple[UUID, Sequence[str], Sequence[str], str]]:
    """Return the services that an import brought under a category and whose needs are still what it said.

    Each with its categories, its needs and its source.
    """
    row, origin = ServiceRow, FieldOriginRow
    of_needs = (origin.subject == "service", origin.subject_id == row.id, origin.field == "needs")
    query = (
        select(row.id, row.terms, row.needs, row.source, origin.value)
        .join(origin, (of_needs[0]) & (of_needs[1]) & (of_needs[2]) & (origin.source == row.source))
        .where(row.source != OWN_SOURCE, any_(row.terms) == key)
        .order_by(row.id)
        .with_for_update(of=row)
    )
    return [
        (service_id, terms, needs, source)
        for service_id, terms, needs, source, said in tx.session.execute(query)
        if said == needs
    ]


def record_service_needs(tx: Tx, service_id: UUID, needs: Sequence[str]) -> None:
    """Write the needs of a service. Raises NotFound."""
    row = tx.session.get(ServiceRow, service_id, populate_existing=True)
    if row is None:
        raise NotFound
    row.needs = list(needs)
    tx.session.flush()
