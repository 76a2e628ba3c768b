"""Entering the directory: by the provider itself, by the host that may enter for it, or by the steward; all audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.assurance import Assurance, Shown
from app.domain.capacity import Dial, monday_of
from app.domain.directory import Profile, ServiceSession, Venue
from app.domain.entries import profile_problems, service_problems, session_problems, venue_problems
from app.domain.entry_sections import NOT_YOURS, STALE, is_stewards_change, venue_values, version
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.memberships import Agreed
from app.domain.referral import Service
from app.domain.vocabulary import Capacity, OrganisationKind, Role
from app.store import assurances, dials, directory, entry_editing, geography, listings, memberships, places
from app.store.audit import Entry
from app.store.session import Database, Tx

_NOT_YOURS = (
    "Only the provider itself, the organisation that enters for it or the steward may change this entry."
)


def check_may_enter(tx: Tx, organisation_id: UUID) -> None:
    """Raise NotAllowed unless the actor is the provider, its host, an anchor that it agreed to, or the steward."""
    actor = tx.actor
    if actor.role in (Role.STEWARD, Role.SYSTEM):
        return
    if actor.placement_id is not None:  # by a safe link to one offer: the directory is not theirs to change
        raise NotFound
    check_acts_as(actor, Role.PROVIDER)
    asks = actor.entered_by or actor.organisation_id
    agreed = memberships.find_between(tx, asks, organisation_id) if asks else None
    if agreed is not None and agreed.allows({Agreed.DIRECTORY}, tx.today):
        return
    profile = places.find_profile(tx, organisation_id)
    if asks not in (organisation_id, profile.host_id if profile else None):
        raise NotAllowed(_NOT_YOURS)


def record_profile(db: Database, actor: Actor, profile: Profile) -> None:
    """Write what is told of a provider; only the steward names its host. Raises Invalid, NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        check_may_enter(tx, profile.organisation_id)
        problems = profile_problems(profile)
        if directory.get_organisation(tx, profile.organisation_id).kind != OrganisationKind.PROVIDER:
            problems.append(FieldProblem("organisation", "Only a provider has an entry in the directory."))
        before = places.find_profile(tx, profile.organisation_id)
        if actor.role is Role.PROVIDER and profile.host_id != (before.host_id if before else None):
            problems.append(FieldProblem("host_id", "Ask the steward to change who may enter for you."))
        if problems:
            raise Invalid(problems)
        places.record_profile(tx, profile)
        _audit(tx, "record profile", "organisation", profile.organisation_id, profile.organisation_id)


def add_service(db: Database, actor: Actor, service: Service) -> UUID:
    """Write a new service and return its id. Raises Invalid with every problem, NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        check_may_enter(tx, service.provider_id)
        directory.get_organisation(tx, service.provider_id)
        _refuse(service_problems(service))
        directory.add_service(tx, service)
        _audit(tx, "add service", "service", service.id, service.provider_id)
    return service.id


def record_service(db: Database, actor: Actor, service: Service) -> None:
    """Replace all that is told of a service; it stays its provider's. Raises Invalid, NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        known = directory.get_service(tx, service.id)
        check_may_enter(tx, known.provider_id)
        if actor.role is Role.PROVIDER and is_stewards_change(known, service):
            raise NotAllowed(NOT_YOURS)
        _refuse(service_problems(service))
        listings.record_service(tx, replace(service, provider_id=known.provider_id))
        _audit(tx, "record service", "service", service.id, known.provider_id)


def record_sessions(db: Database, actor: Actor, service_id: UUID, sessions: Sequence[ServiceSession]) -> None:
    """Write when and where a service meets, in place of what stood there. Raises Invalid, NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        known = directory.get_service(tx, service_id)
        check_may_enter(tx, known.provider_id)
        _refuse(session_problems(sessions))
        places.record_sessions(tx, service_id, sessions)
        _audit(tx, "record sessions", "service", service_id, known.provider_id)


def record_venue(db: Database, actor: Actor, venue: Venue, *, seen: str | None = None) -> None:
    """Write a venue: a host writes its own, the steward any; a postcode without a point gets its own.

    `seen` is the version that the change was made from. Raises Invalid, NotAllowed, Conflict.
    """
    with db.transaction(actor) as tx:
        entry_editing.hold_venue(tx, venue.id)
        if actor.role is not Role.STEWARD:
            check_acts_as(actor, Role.PROVIDER, Role.SYSTEM)
            known = next((each for each in places.list_venues(tx) if each.id == venue.id), venue)
            if actor.role is Role.PROVIDER and {known.host_id, venue.host_id} != {actor.organisation_id}:
                raise NotAllowed("Only the host of a venue or the steward may change it.")
        if seen is not None and version(venue_values(places.get_venue(tx, venue.id))) != seen:
            raise Conflict(STALE)
        _refuse(venue_problems(venue))
        places.record_venue(tx, venue)
        geography.place_venues(tx)
        _audit(tx, "record venue", "venue", venue.id, venue.host_id)


def turn_dial(
    db: Database, actor: Actor, service_id: UUID, dial: Dial, *, places_left: int | None = None
) -> None:
    """Say how a service stands today; limited starts with its whole week's places. Raises Invalid, NotAllowed."""
    with db.transaction(actor) as tx:
        known = directory.get_service(tx, service_id)
        check_may_enter(tx, known.provider_id)
        checked = dial.checked(tx.today)
        if places_left is None and checked.capacity is Capacity.LIMITED:
            places_left = checked.weekly_limit
        if places_left is not None and places_left < 0:
            raise Invalid([FieldProblem("places_left", "Give the places left this week: 0 or more.")])
        listings.record_dial(tx, service_id, checked, places_left=places_left)
        dials.record_checked(tx, service_id)
        if checked.capacity is Capacity.LIMITED:
            dials.record_week(tx, service_id, monday_of(tx.today))
        detail = {"capacity": checked.capacity.value}
        tx.audit(Entry("turn dial", "service", str(service_id), None, detail))


def confirm_entry(db: Database, actor: Actor, service_id: UUID) -> None:
    """Say that an entry is still right today. Raises NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        confirm(tx, service_id)


def confirm(tx: Tx, service_id: UUID) -> None:
    """Say in a transaction that an entry is still right today, its dial too. Raises NotAllowed, NotFound."""
    known = directory.get_service(tx, service_id)
    check_may_enter(tx, known.provider_id)
    listings.record_verified(tx, service_id, on_behalf(tx))
    dials.record_checked(tx, service_id)
    _audit(tx, "confirm entry", "service", service_id, known.provider_id)


def add_assurance(db: Database, actor: Actor, organisation_id: UUID, shown: Shown) -> UUID:
    """Write that an organisation has shown something; it counts at once. Raises Invalid, NotAllowed, NotFound."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        if directory.get_organisation(tx, organisation_id).kind != OrganisationKind.PROVIDER:
            raise NotFound
        if shown.seen_on is not None and shown.seen_on > tx.today:
            raise Invalid([FieldProblem("seen_on", "The day on which you saw it cannot be in the future.")])
        days = shown.since, shown.until, shown.seen_on or tx.today
        item = Assurance(organisation_id, shown.kind, *days, on_behalf(tx))
        assurance_id = places.add_assurance(tx, item)
        _audit(tx, "add assurance", "assurance", assurance_id, organisation_id)
    return assurance_id


def take_back_assurance(db: Database, actor: Actor, assurance_id: UUID) -> UUID:
    """Write that an assurance was written down by mistake: it counts no more. Return whose it was.

    Raises NotAllowed, NotFound, Conflict.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        organisation_id = assurances.take_back(tx, assurance_id)
        _audit(tx, "take back assurance", "assurance", assurance_id, organisation_id)
    return organisation_id


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise Invalid(tuple(problems))


def on_behalf(tx: Tx) -> str:
    """The organisation that stands behind it: the entry is public, and names nobody of its staff."""
    organisation_id = tx.actor.organisation_id
    return directory.get_organisation(tx, organisation_id).name if organisation_id else "the platform"


def _audit(tx: Tx, act: str, subject: str, subject_id: UUID, organisation_id: UUID | None) -> None:
    detail = {"organisation": str(organisation_id)} if organisation_id else {}
    tx.audit(Entry(act, subject, str(subject_id), None, detail))
