"""Organisations and what they offer: nothing here is about a person, so everybody may read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select

from app.domain.errors import NotFound
from app.domain.referral import Organisation, Service
from app.domain.sources import SOURCES, SourceKind
from app.domain.vocabulary import Capacity, FeedbackFormat, OrganisationKind, ProgressMessages
from app.store.fence import fence_of, is_beside
from app.store.listings import listing_of, listing_values
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow


def get_organisation(tx: Tx, organisation_id: UUID) -> Organisation:
    """Return an organisation; raises NotFound."""
    row = tx.session.get(OrganisationRow, organisation_id)
    if row is None:
        raise NotFound
    return _organisation(row)


def hears(organisation_id: UUID | None) -> ColumnElement[bool]:
    """Return the condition that an organisation is no source to which nothing goes back."""
    silent = [kind for kind, source in SOURCES.items() if source.is_silent]
    own = OrganisationRow.id == organisation_id
    return ~exists().where(own, OrganisationRow.source_kind.in_(silent))


def find_organisation_by_ods(tx: Tx, ods: str) -> Organisation | None:
    """Return the organisation with this ODS code, None when the place does not know it."""
    row = tx.session.scalar(select(OrganisationRow).where(OrganisationRow.ods == ods.upper()))
    return None if row is None else _organisation(row)


def list_organisations(tx: Tx, *, ods: Collection[str], ids: Collection[UUID] = ()) -> Sequence[Organisation]:
    """Return those that have one of these ODS codes or ids; whom the place does not know is left out."""
    known = or_(OrganisationRow.ods.in_([each.upper() for each in ods]), OrganisationRow.id.in_(ids))
    return [_organisation(row) for row in tx.session.scalars(select(OrganisationRow).where(known))]


def list_provider_names(tx: Tx) -> dict[UUID, str]:
    """Return the providers of the place by id; those under test are none of it."""
    theirs = (OrganisationRow.kind == OrganisationKind.PROVIDER, OrganisationRow.environment == "live")
    query = select(OrganisationRow.id, OrganisationRow.name).where(*theirs)
    return dict(list(tx.session.execute(query)))


def find_practice_by_mailbox(tx: Tx, mailbox: str) -> Organisation | None:
    """Return the practice that a MESH mailbox belongs to."""
    found = select(OrganisationRow).where(
        OrganisationRow.feedback_transport == "mesh",
        OrganisationRow.feedback_address == mailbox,
        OrganisationRow.kind == OrganisationKind.PRACTICE,
    )
    row = tx.session.scalars(found).first()
    return None if row is None else _organisation(row)


def list_self_sources(tx: Tx, *, team_id: UUID | None = None) -> Sequence[Organisation]:
    """Return what stands for people who ask for themselves, by name: of one team, or of all outside a sandbox."""
    query = select(OrganisationRow).where(
        OrganisationRow.kind == OrganisationKind.PRACTICE, OrganisationRow.source_kind == SourceKind.SELF
    )
    if team_id is not None:
        query = query.where(OrganisationRow.team_id == team_id)
    else:
        query = query.where(is_beside(fence_of(OrganisationRow), None))
    rows = tx.session.scalars(query.order_by(OrganisationRow.name, OrganisationRow.id))
    return [_organisation(row) for row in rows]


def find_place(tx: Tx) -> Organisation | None:
    """Return the place that this installation serves: the first that was set up, None before that."""
    places = select(OrganisationRow).where(OrganisationRow.kind == OrganisationKind.PLACE)
    row = tx.session.scalars(places.order_by(OrganisationRow.created_at, OrganisationRow.id)).first()
    return None if row is None else _organisation(row)


def get_place(tx: Tx) -> Organisation:
    """Return the place that this installation serves; raises NotFound before it is set up."""
    place = find_place(tx)
    if place is None:
        raise NotFound("The place is not set up yet.")
    return place


def add_organisation(tx: Tx, organisation: Organisation) -> None:
    """Write a new organisation."""
    tx.session.add(
        OrganisationRow(
            id=organisation.id,
            kind=organisation.kind,
            name=organisation.name,
            ods=organisation.ods,
            environment=organisation.environment,
            use_cases=list(organisation.use_cases),
            team_id=organisation.team_id,
            feedback_transport=organisation.feedback_transport,
            feedback_address=organisation.feedback_address,
            provider_kind=organisation.provider_kind,
            feedback_format=organisation.feedback_format,
            parks_unknown_use_cases=organisation.parks_unknown_use_cases,
            progress_messages=organisation.progress_messages,
            source_kind=organisation.source_kind,
        )
    )
    tx.session.flush()


def add_service(tx: Tx, service: Service) -> None:
    """Write a new service."""
    tx.session.add(
        ServiceRow(
            id=service.id,
            provider_id=service.provider_id,
            name=service.name,
            description=service.description,
            needs=list(service.needs),
            areas=list(service.areas),
            min_age=service.min_age,
            max_age=service.max_age,
            genders=list(service.genders),
            languages=list(service.languages),
            access=list(service.access),
            capacity=service.capacity,
            places_left=service.places_left,
            answer_days=service.answer_days,
            verified_on=service.verified_on,
            listed_at=tx.now,
            **listing_values(service),
        )
    )
    tx.session.flush()


def list_services(
    tx: Tx, *, beside: UUID | None, service_ids: Collection[UUID] | None = None
) -> Sequence[Service]:
    """Return services on the same side of the sandbox's fence as an organisation, by name; None is outside.

    `service_ids` None asks for all of them.
    """
    here = is_beside(fence_of(OrganisationRow), beside)
    query = _with_provider().where(here).order_by(ServiceRow.name, ServiceRow.id)
    return _services(tx, query if service_ids is None else query.where(ServiceRow.id.in_(service_ids)))


def list_services_among(tx: Tx, service_ids: Collection[UUID]) -> Sequence[Service]:
    """Return those services of these ids that there are, by name."""
    query = _with_provider().where(ServiceRow.id.in_(service_ids))
    return _services(tx, query.order_by(ServiceRow.name, ServiceRow.id))


def get_service(tx: Tx, service_id: UUID) -> Service:
    """Return a service; raises NotFound."""
    found = _services(tx, _with_provider().where(ServiceRow.id == service_id))
    if not found:
        raise NotFound
    return found[0]


def record_place_taken(tx: Tx, service_id: UUID) -> bool:
    """One place fewer, where the service counts its places; never below none. False when none of them was left."""
    row = tx.session.get(ServiceRow, service_id, with_for_update=True)
    if row is None or row.places_left is None:
        return True
    if row.places_left == 0:
        return row.capacity not in (Capacity.OPEN, Capacity.LIMITED)
    row.places_left -= 1
    return True


def _with_provider() -> Select[ServiceRow, str]:
    return select(ServiceRow, OrganisationRow.name).join(
        OrganisationRow, OrganisationRow.id == ServiceRow.provider_id
    )


def _services(tx: Tx, query: Select[ServiceRow, str]) -> list[Service]:
    return [_service(row, provider) for row, provider in tx.session.execute(query)]


def _organisation(row: OrganisationRow) -> Organisation:
    return Organisation(
        id=row.id,
        kind=row.kind,
        name=row.name,
        ods=row.ods,
        environment=row.environment,
        use_cases=tuple(row.use_cases or ()),
        team_id=row.team_id,
        feedback_transport=row.feedback_transport,
        feedback_address=row.feedback_address,
        provider_kind=row.provider_kind,
        feedback_format=FeedbackFormat(row.feedback_format),
        parks_unknown_use_cases=row.parks_unknown_use_cases,
        progress_messages=ProgressMessages(row.progress_messages),
        source_kind=SourceKind(row.source_kind),
    )


def _service(row: ServiceRow, provider_name: str) -> Service:
    return Service(
        id=row.id,
        provider_id=row.provider_id,
        provider_name=provider_name,
        name=row.name,
        description=row.description,
        needs=tuple(row.needs),
        areas=tuple(row.areas),
        min_age=row.min_age,
        max_age=row.max_age,
        genders=tuple(row.genders),
        languages=tuple(row.languages),
        access=tuple(row.access),
        capacity=Capacity(row.capacity),
        places_left=row.places_left,
        answer_days=row.answer_days,
        verified_on=row.verified_on,
        **listing_of(row),
    )
