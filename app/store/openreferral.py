"""Which entries of the directory everybody may have, page by page: live, active, and offered by a provider."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.areas import KINDS, Point
from app.domain.directory import Venue
from app.domain.directory_words import ServiceStatus, Weekday
from app.domain.eligibility import OLDEST
from app.domain.referral import Service
from app.domain.vocabulary import Environment, OrganisationKind
from app.store import directory, places
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import ServiceSessionRow, VenueRow

_METRES_A_DEGREE = 111_120  # of latitude


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of the open directory looks for; None and empty ask for nothing."""

    search: str = ""
    terms: tuple[str, ...] | None = None  # any of these categories ("taxonomy:code") ...
    needs: tuple[str, ...] | None = None  # ... or of these needs
    minimum_age: int | None = None
    maximum_age: int | None = None
    day: Weekday | None = None
    starts: time | None = None  # a session begins then or later ...
    ends: time | None = None  # ... and is over then or earlier
    codes: frozenset[str] = frozenset()  # areas of which the service must cover one
    centre: Point | None = None
    metres: float | None = None  # from the centre, in a straight line


ANYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Published:
    """A service that everybody may know of, and when its entry was last changed."""

    service: Service
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """A published service at one of the venues where it meets."""

    entry: Published
    venue: Venue


def list_published(tx: Tx, wanted: Wanted, *, limit: int, offset: int) -> tuple[Sequence[Published], int]:
    """Return a page of services by name, and how many there are on all pages."""
    found = _published(select(ServiceRow.id)).where(*_conditions(wanted))
    if times := _times(wanted):
        meets = exists().where(ServiceSessionRow.service_id == ServiceRow.id, *times)
        found = found.where(meets.correlate(ServiceRow))
    page = found.order_by(ServiceRow.name, ServiceRow.id).limit(limit).offset(offset)
    ids = list(tx.session.scalars(page))
    entries = _entries(tx, ids)
    return [entries[each] for each in ids], _count(tx, found)


def find_published(tx: Tx, service_id: UUID) -> Published | None:
    """Return a service that everybody may know of, None when there is none of that id."""
    found = tx.session.scalar(_published(select(ServiceRow.id)).where(ServiceRow.id == service_id))
    return None if found is None else _entries(tx, [found])[found]


def list_meetings(tx: Tx, wanted: Wanted, *, limit: int, offset: int) -> tuple[Sequence[Meeting], int]:
    """Return a page of services at the venues where they meet, by name, and how many there are on all pages."""
    here = _published(select(ServiceRow.id, VenueRow.id, ServiceRow.name).distinct())
    found = _at_venues(here).where(*_conditions(wanted), *_times(wanted), *_near(wanted))
    page = found.order_by(ServiceRow.name, ServiceRow.id, VenueRow.id).limit(limit).offset(offset)
    pairs = [(service, venue) for service, venue, _ in tx.session.execute(page)]
    entries = _entries(tx, [service for service, _ in pairs])
    return [Meeting(entries[service], places.get_venue(tx, venue)) for service, venue in pairs], _count(
        tx, found
    )


def list_meeting_keys(tx: Tx) -> Sequence[tuple[UUID, UUID]]:
    """Return the ids of every published service with a venue where it meets."""
    query = _at_venues(_published(select(ServiceRow.id, VenueRow.id).distinct()))
    return [(service, venue) for service, venue in tx.session.execute(query)]


def find_centre(tx: Tx, postcode: str) -> Point | None:
    """Return the middle of the venues that are known at a postcode, None where there is none."""
    query = select(func.avg(VenueRow.latitude), func.avg(VenueRow.longitude)).where(
        func.replace(VenueRow.postcode, " ", "") == postcode.replace(" ", ""), VenueRow.latitude.is_not(None)
    )
    latitude, longitude = tx.session.execute(query).one()
    return None if latitude is None else Point(float(latitude), float(longitude))


def _published(query: Any) -> Any:
    return query.join(OrganisationRow, OrganisationRow.id == ServiceRow.provider_id).where(
        ServiceRow.status == ServiceStatus.ACTIVE,
        OrganisationRow.environment == Environment.LIVE,
        OrganisationRow.kind == OrganisationKind.PROVIDER,
    )


def _at_venues(query: Any) -> Any:
    return query.join(ServiceSessionRow, ServiceSessionRow.service_id == ServiceRow.id).join(
        VenueRow, VenueRow.id == ServiceSessionRow.venue_id
    )


def _entries(tx: Tx, ids: Collection[UUID]) -> Mapping[UUID, Published]:
    query = select(ServiceRow.id, ServiceRow.updated_at).where(ServiceRow.id.in_(ids))
    changed = {service: at for service, at in tx.session.execute(query)}  # noqa: C416 - typed pairs of rows
    return {each.id: Published(each, changed[each.id]) for each in directory.list_services_among(tx, ids)}


def _count(tx: Tx, found: Any) -> int:
    return tx.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        words = func.concat_ws(" ", ServiceRow.name, ServiceRow.description, OrganisationRow.name)
        asked = func.websearch_to_tsquery("english", wanted.search)
        conditions.append(func.to_tsvector("english", words).op("@@", is_comparison=True)(asked))
    if wanted.terms is not None or wanted.needs is not None:
        in_terms = _shares(ServiceRow.terms, wanted.terms or ())
        conditions.append(or_(in_terms, _shares(ServiceRow.needs, wanted.needs or ())))
    if wanted.minimum_age is not None:  # no bound is an age of 0, and of the oldest
        conditions.append(func.coalesce(ServiceRow.min_age, 0) >= wanted.minimum_age)
    if wanted.maximum_age is not None:
        conditions.append(func.coalesce(ServiceRow.max_age, OLDEST) <= wanted.maximum_age)
    if wanted.codes:
        conditions.append(_covers(wanted.codes))
    return conditions


def _times(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.day is not None:
        conditions.append(ServiceSessionRow.weekday == wanted.day)
    if wanted.starts is not None:
        conditions.append(ServiceSessionRow.starts >= wanted.starts)
    if wanted.ends is not None:
        conditions.append(ServiceSessionRow.ends <= wanted.ends)
    return conditions


def _covers(codes: frozenset[str]) -> ColumnElement[bool]:
    """True also where it cannot be told, because an area is of a kind that nothing is known of (app.domain.areas)."""
    known = {code.partition(":")[0] for code in codes}
    unknown = "|".join(kind for kind in KINDS if kind not in known)
    untold = func.array_to_string(ServiceRow.areas, " ").regexp_match(f"(^| )({unknown}):")
    everywhere = func.cardinality(ServiceRow.areas) == 0
    return or_(everywhere, _shares(ServiceRow.areas, codes), untold)


def _near(wanted: Wanted) -> list[ColumnElement[bool]]:
    if wanted.centre is None or wanted.metres is None:
        return []
    north = (VenueRow.latitude - wanted.centre.latitude) * _METRES_A_DEGREE
    east = (VenueRow.longitude - wanted.centre.longitude) * (
        _METRES_A_DEGREE * func.cos(func.radians(wanted.centre.latitude))
    )
    return [func.sqrt(north * north + east * east) <= wanted.metres]


def _shares(column: Any, codes: Collection[str]) -> ColumnElement[bool]:
    shared: ColumnElement[bool] = column.op("&&", is_comparison=True)(literal(list(codes), ARRAY(Text)))
    return shared
