"""The reads of the FHIR door: one resource, or a page of those that match, as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import NotAllowed, NotFound
from app.domain.vocabulary import OrganisationKind, Role
from app.services.fhir_reading.fhir_reads_included import brought_along
from app.services.fhir_reading.fhir_reads_made import made
from app.services.fhir_reading.fhir_reads_query import Query, page_token
from app.services.fhir_reading.fhir_reads_told import made_for_provider
from app.services.fhir_reading.fhir_reads_values import Lookup, read_id
from app.store import directory
from app.store import fhir_reads as store
from app.store.fhir_reads import Condition, Found, Mark, OneOf, Row, UpTo
from app.store.machines import ApiClient
from app.store.session import Database, Tx
from fhir.problems import FhirRejected, Problem
from fhir.views_kinds import Kind

READ: Final = "fhir read"
SEARCH: Final = "fhir search"
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
        last = _last(tx, query)
        conditions = [*query.conditions, *(condition for condition, _ in resolved)]
        conditions += [UpTo("id", last)] if last is not None else []
        total = store.count_found(tx, kind.type, conditions) if query.with_total or query.count_only else None
        echo = (*(pair for _, pair in resolved), *query.echo)
        if query.count_only:
            return Answer((), (), total, None, None, echo)
        page = store.find_page(tx, kind.type, conditions, query.window, audit=SEARCH)
        matches = _made(tx, kind, page.rows, SEARCH)
        included = brought_along(tx, query, page.rows, lambda kind, rows: _made(tx, kind, rows, SEARCH))
    return Answer(matches, included, total, *_beside(query, page, last), echo)


def _last(tx: Tx, query: Query) -> int | None:
    """Where a walk ends that would add to what it walks through: at what there was before its first page."""
    mark = query.window.mark
    if mark is not None:
        return mark.last
    return store.newest(tx, query.kind.type) if query.kind.grows else None


def _made(tx: Tx, kind: Kind, rows: Sequence[Row], act: str) -> list[Json]:
    write = made_for_provider if tx.actor.role is Role.PROVIDER else made
    return write(tx, kind, rows, audit=act)


def _resolved(tx: Tx, lookup: Lookup) -> tuple[Condition, tuple[str, str]]:
    """Look identifiers up: the condition is on ids, and so is what a link says; `none` is nobody's id."""
    found = {each for column, value in lookup.pairs for each in store.list_ids(tx, lookup.of, column, value)}
    ids = tuple(sorted(found, key=str))
    prefix = "" if lookup.name == "_id" else f"{lookup.of}/"
    said = ",".join(f"{prefix}{each}" for each in ids or ("none",))
    return OneOf(lookup.column, ids), (lookup.name, said)


def _beside(query: Query, page: Found, last: int | None) -> tuple[str | None, str | None]:
    if not page.rows:
        return None, None
    order = query.window.order

    def mark(row: Row, *, backward: bool) -> str:
        return page_token(Mark(tuple(row[column] for column, _ in order), row["id"], backward, last))

    following = mark(page.rows[-1], backward=False) if page.has_next else None
    previous = mark(page.rows[0], backward=True) if page.has_previous else None
    return following, previous
