"""Keeps what an import needs to be run again: ids of a source, what it said last, and the rows set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.errors import FieldProblem
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import ProfileRow, VenueRow
from app.store.tables_imports import FieldOriginRow, SetAsideRow

ORGANISATION: Final = "organisation"
SERVICE: Final = "service"
VENUE: Final = "venue"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that could not be taken: JSON text as it came, and everything that is wrong with it."""

    source: str
    digest: str
    external_id: str | None
    raw: str
    problems: tuple[FieldProblem, ...]


def list_known(tx: Tx, subject: str, source: str) -> Mapping[str, UUID]:
    """Return our ids by those of a source, of organisations, services or venues."""
    query = {
        ORGANISATION: select(ProfileRow.external_id, ProfileRow.organisation_id).where(
            ProfileRow.source == source
        ),
        SERVICE: select(ServiceRow.external_id, ServiceRow.id).where(ServiceRow.source == source),
        VENUE: select(VenueRow.external_id, VenueRow.id).where(VenueRow.source == source),
    }[subject]
    return {external: ours for external, ours in tx.session.execute(query) if external is not None}


def list_origins(tx: Tx, source: str) -> Mapping[tuple[str, UUID], dict[str, Any]]:
    """Return what a source said last, by subject and our id: values by field."""
    found: dict[tuple[str, UUID], dict[str, Any]] = {}
    for row in tx.session.scalars(select(FieldOriginRow).where(FieldOriginRow.source == source)):
        found.setdefault((row.subject, row.subject_id), {})[row.field] = row.value
    return found


def record_origins(tx: Tx, subject: str, subject_id: UUID, source: str, values: Mapping[str, Any]) -> None:
    """Write what a source says now of some fields."""
    of_it = {"subject": subject, "subject_id": subject_id, "source": source, "imported_at": tx.now}
    query = insert(FieldOriginRow)
    said = {name: query.excluded[name] for name in ("source", "value", "imported_at")}
    keys = ["subject", "subject_id", "field"]
    rows = [of_it | {"field": field, "value": value} for field, value in values.items()]
    tx.session.execute(query.on_conflict_do_update(index_elements=keys, set_=said), rows)


def record_organisation_name(tx: Tx, organisation_id: UUID, name: str) -> None:
    """Call an organisation by another name."""
    change = update(OrganisationRow).where(OrganisationRow.id == organisation_id).values(name=name)
    tx.session.execute(change)


def record_set_aside(tx: Tx, row: SetAside) -> None:
    """Keep a row that could not be taken; one that came before is only seen again."""
    problems = [{"field": p.field, "sentence": p.sentence, "code": p.code} for p in row.problems]
    seen = {"problems": problems, "last_seen_at": tx.now, "settled_at": None}
    kept = {"source": row.source, "digest": row.digest, "external_id": row.external_id, "raw": row.raw}
    query = insert(SetAsideRow).values(kept | seen | {"first_seen_at": tx.now})
    tx.session.execute(query.on_conflict_do_update(index_elements=["source", "digest"], set_=seen))


def settle(tx: Tx, source: str, external_id: str) -> None:
    """Note that a service could be taken after all; what was set aside of it stays to be looked up."""
    waiting = (SetAsideRow.source == source, SetAsideRow.external_id == external_id)
    change = update(SetAsideRow).where(*waiting, SetAsideRow.settled_at.is_(None))
    tx.session.execute(change.values(settled_at=tx.now))


def list_waiting(tx: Tx, source: str) -> frozenset[str]:
    """Return the source's ids of which a row waits to be mended."""
    waiting = (SetAsideRow.source == source, SetAsideRow.settled_at.is_(None))
    ids = tx.session.scalars(select(SetAsideRow.external_id).where(*waiting))
    return frozenset(external_id for external_id in ids if external_id is not None)


def list_set_aside(tx: Tx) -> Sequence[SetAside]:
    """Return the rows that wait to be mended at their source, by source and when they first came."""
    query = select(SetAsideRow).where(SetAsideRow.settled_at.is_(None))
    rows = tx.session.scalars(
        query.order_by(SetAsideRow.source, SetAsideRow.first_seen_at, SetAsideRow.digest)
    )
    return [
        SetAside(
            row.source,
            row.digest,
            row.external_id,
            row.raw,
            tuple(FieldProblem(**problem) for problem in row.problems),
        )
        for row in rows
    ]
