"""What the directory knows beside services: profiles of providers, venues, sessions, assurances, categories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from app.domain.areas import Point
from app.domain.assurance import Assurance
from app.domain.directory import Profile, ServiceSession, Term, Venue
from app.domain.directory_words import AssuranceKind, LegalForm, Repeats, Size, VenueKind, Weekday
from app.domain.errors import NotFound
from app.store.session import Tx
from app.store.tables_directory import AssuranceRow, ProfileRow, ServiceSessionRow, TermRow, VenueRow


def find_profile(tx: Tx, organisation_id: UUID) -> Profile | None:
    """Return what the directory tells of a provider, None when nobody has told anything."""
    row = tx.session.get(ProfileRow, organisation_id)
    return None if row is None else _profile(row)


def list_profiles(tx: Tx) -> Mapping[UUID, Profile]:
    """Return what the directory tells of providers, by organisation."""
    return {row.organisation_id: _profile(row) for row in tx.session.scalars(select(ProfileRow))}


def record_profile(tx: Tx, profile: Profile) -> None:
    """Write what the directory tells of a provider, in place of what it told before."""
    values = _columns(profile, ProfileRow) | {"led_by": list(profile.led_by)}
    tx.session.merge(ProfileRow(**values))
    tx.session.flush()


def get_venue(tx: Tx, venue_id: UUID) -> Venue:
    """Return a venue; raises NotFound."""
    row = tx.session.get(VenueRow, venue_id)
    if row is None:
        raise NotFound
    return _venue(row)


def list_venues(tx: Tx) -> Sequence[Venue]:
    """Return every venue, by name."""
    return [_venue(row) for row in tx.session.scalars(select(VenueRow).order_by(VenueRow.name, VenueRow.id))]


def record_venue(tx: Tx, venue: Venue) -> None:
    """Write a venue, in place of the one with the same id."""
    point = venue.point
    values = _columns(venue, VenueRow) | {
        "address_lines": list(venue.address_lines),
        "access": list(venue.access),
        "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
    }
    tx.session.merge(VenueRow(**values))
    tx.session.flush()


def list_sessions(
    tx: Tx, service_ids: Collection[UUID] | None = None
) -> Mapping[UUID, tuple[ServiceSession, ...]]:
    """Return when and where services meet, by service, Monday first; None asks for all of them."""
    query = select(ServiceSessionRow, VenueRow).outerjoin(VenueRow, VenueRow.id == ServiceSessionRow.venue_id)
    if service_ids is not None:
        query = query.where(ServiceSessionRow.service_id.in_(service_ids))
    venues: dict[UUID, Venue] = {}
    found: dict[UUID, list[ServiceSession]] = defaultdict(list)
    for row, venue in tx.session.execute(query):
        if venue is not None and venue.id not in venues:
            venues[venue.id] = _venue(venue)
        found[row.service_id].append(_session(row, venues[row.venue_id] if row.venue_id else None))
    days = list(Weekday)
    return {
        service: tuple(sorted(each, key=lambda one: (days.index(one.weekday), one.starts)))
        for service, each in found.items()
    }


def record_sessions(tx: Tx, service_id: UUID, sessions: Iterable[ServiceSession]) -> None:
    """Write when and where a service meets, in place of all that stood there."""
    tx.session.execute(delete(ServiceSessionRow).where(ServiceSessionRow.service_id == service_id))
    for session in sessions:
        values = {name: getattr(session, name) for name in ("weekday", "starts", "ends", "repeats", "note")}
        venue_id = session.venue.id if session.venue else None
        tx.session.add(ServiceSessionRow(service_id=service_id, venue_id=venue_id, **values))
    tx.session.flush()


def list_assurances(tx: Tx, organisation_id: UUID | None = None) -> Mapping[UUID, tuple[Assurance, ...]]:
    """Return what organisations have shown and is not taken back, oldest first, by organisation (None: all)."""
    counts = AssuranceRow.taken_back_on.is_(None)
    order = (AssuranceRow.checked_on, AssuranceRow.valid_from, AssuranceRow.id)
    query = select(AssuranceRow).where(counts).order_by(*order)
    if organisation_id is not None:
        query = query.where(AssuranceRow.organisation_id == organisation_id)
    found: dict[UUID, list[Assurance]] = defaultdict(list)
    for row in tx.session.scalars(query):
        found[row.organisation_id].append(_assurance(row))
    return {organisation: tuple(items) for organisation, items in found.items()}


def add_assurance(tx: Tx, item: Assurance) -> UUID:
    """Write that something was shown; what was shown before stays."""
    row = AssuranceRow(id=uuid4(), **_columns(item, AssuranceRow))
    tx.session.add(row)
    tx.session.flush()
    return row.id


def list_terms(tx: Tx) -> Sequence[Term]:
    """Return every category, by taxonomy and name."""
    rows = tx.session.scalars(select(TermRow).order_by(TermRow.taxonomy, TermRow.name))
    return [
        Term(row.taxonomy, row.code, row.name, row.parent, None if row.needs is None else tuple(row.needs))
        for row in rows
    ]


def record_terms(tx: Tx, terms: Iterable[Term]) -> None:
    """Write categories, each in place of the one with the same taxonomy and code."""
    for term in terms:
        needs = None if term.needs is None else list(term.needs)
        tx.session.merge(TermRow(**_columns(term, TermRow) | {"needs": needs}))
    tx.session.flush()


def _columns(value: Any, table: Any) -> dict[str, Any]:
    names = {column.key for column in table.__table__.columns}
    return {name: getattr(value, name) for name in value.__dataclass_fields__ if name in names}


def _profile(row: ProfileRow) -> Profile:
    told = {name: getattr(row, name) for name in Profile.__dataclass_fields__}
    coded = {"legal_form": LegalForm(row.legal_form), "size": Size(row.size), "led_by": tuple(row.led_by)}
    return Profile(**(told | coded))


def _venue(row: VenueRow) -> Venue:
    point = (
        Point(row.latitude, row.longitude) if row.latitude is not None and row.longitude is not None else None
    )
    return Venue(
        id=row.id,
        name=row.name,
        kind=VenueKind(row.kind),
        address_lines=tuple(row.address_lines),
        postcode=row.postcode,
        point=point,
        access=tuple(row.access),
        host_id=row.host_id,
        source=row.source,
        external_id=row.external_id,
    )


def _session(row: ServiceSessionRow, venue: Venue | None) -> ServiceSession:
    return ServiceSession(
        row.service_id, Weekday(row.weekday), row.starts, row.ends, venue, Repeats(row.repeats), row.note
    )


def _assurance(row: AssuranceRow) -> Assurance:
    return Assurance(
        row.organisation_id,
        AssuranceKind(row.kind),
        row.valid_from,
        row.valid_until,
        row.checked_on,
        row.checked_by,
    )
