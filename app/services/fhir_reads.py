"""The reads of the FHIR door: one resource, or a page of those that match, as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import NotAllowed, NotFound
from app.domain.vocabulary import OrganisationKind, Role
from app.services.fhir_reads_made import made
from app.services.fhir_reads_query import Query, page_token
from app.services.fhir_reads_told import made_for_provider
from app.services.fhir_reads_values import Lookup, read_id
from app.store import directory
from app.store import fhir_reads as store
from app.store.fhir_reads import Condition, Found, Mark, OneOf, Row
from app.store.machines import ApiClient
from app.store.session import Database, Tx
from fhir.problems import FhirRejected, Problem
from fhir.views_kinds import Kind
from fhir.views_table import KINDS

READ: Final = "fhir read"
SEARCH: Final = "fhir search"
MOST_INCLUDED: Final = 1000
# As whom a system acts that speaks for no practice: as the organisation that it is bound to.
_ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {OrganisationKind.PROVIDER: Role.PROVIDER, OrganisationKind.TEAM: Role.LINK_WORKER}
)
_READERS: Final = (Role.PRACTICE, *_ROLES.values())
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page: the resources that match and those brought along, how many match in all, and where the pages
    beside it start; `echo` is the search said again without anything of a person."""

    matches: Sequence[Json]
    included: Sequence[Json]
    total: int | None
    following: str | None
    previous: str | None
    echo: tuple[tuple[str, str], ...]


def actor_of(db: Database, client: ApiClient, ods: str | None) -> Actor:
    """Return as whom a system asks: as the provider or team that it is bound to, or as one practice.

    `ods` names the practice where it may speak for several. Raises FhirRejected (400) when it has to be named,
    NotAllowed when it may not speak for that one, or for anybody who refers, triages or helps.
    """
    if client.practices:
        return _practice(db, client, ods)
    with db.transaction(system("fhir read")) as tx:
        organisation = directory.get_organisation(tx, client.organisation_id)
    role = _ROLES.get(organisation.kind)
    if role is None:
        raise NotAllowed("This client is bound to no practice, team or provider: have it registered for one.")
    if ods is not None and ods.upper() != organisation.ods:
        raise NotAllowed(
            "This client speaks for its own organisation only: leave out NHSD-End-User-Organisation."
        )
    return Actor(role, organisation.id, process=client.id)


def _practice(db: Database, client: ApiClient, ods: str | None) -> Actor:
    if ods is None and len(client.practices) != 1:
        sentence = (
            "This client speaks for several practices. Name one in the header NHSD-End-User-Organisation"
            " (base64 of an Organization with its ODS code)."
        )
        raise FhirRejected([Problem("", "required", sentence)])
    wanted = (ods or client.practices[0]).upper()
    with db.transaction(system("fhir read")) as tx:
        practice = directory.find_organisation_by_ods(tx, wanted)
    if wanted not in client.practices or practice is None or practice.kind != OrganisationKind.PRACTICE:
        raise NotAllowed("This client may not speak for the practice in NHSD-End-User-Organisation.")
    return Actor(Role.PRACTICE, practice.id, process=client.id)


def read(db: Database, actor: Actor, kind: Kind, id: str) -> Json:
    """Return one resource; raises NotFound when it is absent or another organisation's."""
    check_acts_as(actor, *_READERS)
    wanted = read_id(kind, id)
    if wanted is None:
        raise NotFound
    with db.transaction(actor) as tx:
        rows = store.list_by(tx, kind.type, "id", [wanted], audit=READ)
        found = _made(tx, kind, rows, READ)
    if not found:
        raise NotFound
    return found[0]


def search(db: Database, actor: Actor, query: Query) -> Answer:
    """Return a page of what matches; raises FhirRejected (422) when more would be brought along than is sensible."""
    check_acts_as(actor, *_READERS)
    kind = query.kind
    with db.transaction(actor) as tx:
        resolved = [_resolved(tx, lookup) for lookup in query.lookups]
        conditions = [*query.conditions, *(condition for condition, _ in resolved)]
        total = store.count_found(tx, kind.type, conditions) if query.with_total or query.count_only else None
        echo = (*(pair for _, pair in resolved if pair), *query.echo)
        if query.count_only:
            return Answer((), (), total, None, None, echo)
        page = store.find_page(tx, kind.type, conditions, query.window, audit=SEARCH)
        matches = _made(tx, kind, page.rows, SEARCH)
        included = _included(tx, query, page.rows)
    return Answer(matches, included, total, *_beside(query, page), echo)


def _made(tx: Tx, kind: Kind, rows: Sequence[Row], act: str) -> list[Json]:
    write = made_for_provider if tx.actor.role is Role.PROVIDER else made
    return write(tx, kind, rows, audit=act)


def _resolved(tx: Tx, lookup: Lookup) -> tuple[Condition, tuple[str, str] | None]:
    """Look identifiers up: the condition is on ids, and so is what a link says."""
    found = {each for column, value in lookup.pairs for each in store.list_ids(tx, lookup.of, column, value)}
    ids = tuple(sorted(found, key=str))
    prefix = "" if lookup.name == "_id" else f"{lookup.of}/"
    pair = (lookup.name, ",".join(f"{prefix}{each}" for each in ids)) if ids else None
    return OneOf(lookup.column, ids), pair


def _beside(query: Query, page: Found) -> tuple[str | None, str | None]:
    if not page.rows:
        return None, None
    order = query.window.order

    def mark(row: Row, *, backward: bool) -> str:
        return page_token(Mark(tuple(row[column] for column, _ in order), row["id"], backward))

    following = mark(page.rows[-1], backward=False) if page.has_next else None
    previous = mark(page.rows[0], backward=True) if page.has_previous else None
    return following, previous


def _included(tx: Tx, query: Query, rows: Sequence[Row]) -> Sequence[Json]:
    """One query for each reference that is followed, however many rows follow it; nothing twice."""
    found: dict[tuple[str, str], Json] = {}
    for include in query.includes:
        ids = {row[include.column] for row in rows} - {None}
        _gather(tx, found, KINDS[include.target], "id", ids)
    for include in query.revincludes:
        _gather(tx, found, KINDS[include.source], include.column, {row["id"] for row in rows})
    matched = {(query.kind.type, str(row["id"])) for row in rows}
    return [resource for key, resource in found.items() if key not in matched]


def _gather(tx: Tx, found: dict[tuple[str, str], Json], kind: Kind, column: str, values: set[UUID]) -> None:
    if not values:
        return
    rows = store.list_by(tx, kind.type, column, values, audit=SEARCH, limit=MOST_INCLUDED)
    if len(rows) > MOST_INCLUDED:
        sentence = (
            f"More than {MOST_INCLUDED} of {kind.type} would be brought along: ask for a smaller _count."
        )
        raise FhirRejected(
            [Problem("", "too-costly", sentence)], status=422, rec_code="REC_UNPROCESSABLE_ENTITY"
        )
    for resource in _made(tx, kind, rows, SEARCH):
        found[resource["resourceType"], resource["id"]] = resource
