"""Editing the directory by section: the steward all of it, a provider its own words; nobody overwrites unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import Actor, check_acts_as
from app.domain.assurance import sentences
from app.domain.directory import Profile, ServiceSession
from app.domain.entries import profile_problems, service_problems, texts_problems
from app.domain.entry_sections import (
    NOT_YOURS,
    ORGANISATION_SECTIONS,
    SERVICE_SECTIONS,
    STALE,
    Section,
    Values,
    changes,
    organisation_values,
    profile_with,
    service_values,
    service_with,
    version,
)
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.referral import Organisation, Service
from app.domain.vocabulary import Capacity, Environment, OrganisationKind, Role
from app.services.directory.directory_entries import check_may_enter, on_behalf
from app.services.shown.seen import Page
from app.store import directory, entry_editing, listings, places
from app.store.assurances import ShownAssurance, list_shown
from app.store.audit import Entry
from app.store.entry_editing import EntryLine
from app.store.session import Database, Tx


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service as whoever edits it sees it; `assurance` in sentences, the organisation's and so each service's."""

    service: Service
    sessions: Sequence[ServiceSession]
    assurance: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """A provider as whoever edits it sees it; `shown` are its assurances, the newest first."""

    organisation: Organisation
    profile: Profile
    host_name: str | None
    services: Sequence[Service]
    shown: Sequence[ShownAssurance]
    assurance: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to stand in a section; `seen` is the version its form was filled in from, `checked` with them today."""

    section: Section
    told: Values
    seen: str | None  # None: whatever stands there
    checked: bool = False


def list_entries(db: Database, actor: Actor, *, words: str = "", page: int = 1) -> Page[EntryLine]:
    """Return a page of providers with what they offer, by name or by words of it. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found, total = entry_editing.list_page(tx, words=words.strip(), page=page)
    return Page(found, total, page, entry_editing.PAGE)


def list_providers(db: Database, actor: Actor) -> Sequence[tuple[UUID, str]]:
    """Return ids and names of those who may be a host."""
    with db.transaction(actor) as tx:
        return entry_editing.list_providers(tx)


def get_service_entry(db: Database, actor: Actor, service_id: UUID) -> ServiceEntry:
    """Return a service for editing. Raises NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        service = directory.get_service(tx, service_id)
        check_may_enter(tx, service.provider_id)
        met = places.list_sessions(tx, [service_id]).get(service_id, ())
        items = places.list_assurances(tx, service.provider_id).get(service.provider_id, ())
        return ServiceEntry(service, met, sentences(items, tx.today))


def get_organisation_entry(db: Database, actor: Actor, organisation_id: UUID) -> OrganisationEntry:
    """Return a provider for editing. Raises NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        organisation = _provider(tx, organisation_id)
        check_may_enter(tx, organisation_id)
        profile = _profile(tx, organisation_id)
        host = directory.get_organisation(tx, profile.host_id).name if profile.host_id else None
        items = places.list_assurances(tx, organisation_id).get(organisation_id, ())
        return OrganisationEntry(
            organisation,
            profile,
            host,
            entry_editing.list_services_of(tx, [organisation_id]),
            list_shown(tx, organisation_id),
            sentences(items, tx.today),
        )


def add_organisation(db: Database, actor: Actor, told: Values) -> UUID:
    """Write a new provider, told by its standing; return its id. Raises Invalid, NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    organisation_id = uuid4()
    with db.transaction(actor) as tx:
        profile = profile_with(Profile(organisation_id), told)
        _refuse([*texts_problems({"name": told["name"]}, needed=True), *profile_problems(profile)])
        new = (organisation_id, OrganisationKind.PROVIDER, told["name"], None, Environment.LIVE)
        directory.add_organisation(tx, Organisation(*new, (), None, None, None, told["provider_kind"]))
        places.record_profile(tx, profile)
        _audit(tx, "add organisation", "organisation", organisation_id)
    return organisation_id


def add_service(
    db: Database, actor: Actor, organisation_id: UUID, told: Values, *, takes_people: bool
) -> UUID:
    """Write a new service, whose dial is open when it takes people now, else paused; return its id.

    Raises Invalid, NotAllowed, NotFound.
    """
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        provider = _provider(tx, organisation_id)
        capacity = Capacity.OPEN if takes_people else Capacity.PAUSED
        service = service_with(_blank(provider, capacity), told)
        _refuse(service_problems(service))
        directory.add_service(tx, service)
        _audit(tx, "add service", "service", service.id, organisation=str(organisation_id))
    return service.id


def change_service(db: Database, actor: Actor, service_id: UUID, change: Change) -> bool:
    """Write a section of a service; tell whether anything was new. Raises Invalid, NotAllowed, NotFound, Conflict."""
    with db.transaction(actor) as tx:
        entry_editing.hold_service(tx, service_id)
        before = directory.get_service(tx, service_id)
        check_may_change(tx, before.provider_id, change.section)
        stands = service_values(before, change.section)
        check_seen(stands, change.seen)
        new = changes(stands, change.told)
        after = service_with(before, new)
        _refuse_in(change.section, service_problems(before), service_problems(after))
        if new:
            listings.record_service(tx, after)
            _audit(tx, "change entry", "service", service_id, fields=sorted(new))
        if change.checked:
            note_checked(tx, service_id)
    return bool(new) or change.checked


def change_organisation(db: Database, actor: Actor, organisation_id: UUID, change: Change) -> bool:
    """Write a section of a provider; tell whether anything was new. Raises Invalid, NotAllowed, NotFound, Conflict."""
    with db.transaction(actor) as tx:
        entry_editing.hold_organisation(tx, organisation_id)
        organisation = _provider(tx, organisation_id)
        check_may_change(tx, organisation_id, change.section)
        before = _profile(tx, organisation_id)
        stands = organisation_values(organisation, before, change.section)
        check_seen(stands, change.seen)
        new = changes(stands, change.told)
        after = profile_with(before, new)
        named = texts_problems({"name": new.get("name", organisation.name)}, needed=True)
        _refuse_in(change.section, profile_problems(before), [*named, *profile_problems(after)])
        if change.checked:
            after = profile_with(after, {"verified_on": tx.today, "verified_by": on_behalf(tx)})
        if new or change.checked:
            places.record_profile(tx, after)
            if {"name", "provider_kind"} & set(new):
                name, paid = (
                    new.get(each, getattr(organisation, each)) for each in ("name", "provider_kind")
                )
                entry_editing.record_organisation(tx, organisation_id, name, paid)
            _audit(tx, "change entry", "organisation", organisation_id, fields=sorted(new))
    return bool(new) or change.checked


def check_may_change(tx: Tx, organisation_id: UUID, section: Section | None) -> None:
    """Raise NotAllowed unless the actor may change a section; None is what only the steward changes."""
    check_may_enter(tx, organisation_id)
    if tx.actor.role is Role.PROVIDER and (section is None or section.is_stewards):
        raise NotAllowed(NOT_YOURS)


def check_seen(stands: Any, seen: str | None) -> None:
    """Raise Conflict when what stands now is not what the form was filled in from; None was filled in from nothing."""
    if seen is not None and version(stands) != seen:
        raise Conflict(STALE)


def note_checked(tx: Tx, service_id: UUID) -> None:
    """Write that the entry was checked with the people themselves today."""
    listings.record_verified(tx, service_id, on_behalf(tx))
    _audit(tx, "confirm entry", "service", service_id)


def section_of(sections: dict[str, Section], key: str) -> Section:
    """Return a section by its key; raises NotFound."""
    if key not in sections:
        raise NotFound
    return sections[key]


def service_section(key: str) -> Section:
    """Return a service's section; raises NotFound."""
    return section_of(SERVICE_SECTIONS, key)


def organisation_section(key: str) -> Section:
    """Return an organisation's section; raises NotFound."""
    return section_of(ORGANISATION_SECTIONS, key)


def _provider(tx: Tx, organisation_id: UUID) -> Organisation:
    found = directory.get_organisation(tx, organisation_id)
    if found.kind != OrganisationKind.PROVIDER:
        raise NotFound
    return found


def _profile(tx: Tx, organisation_id: UUID) -> Profile:
    return places.find_profile(tx, organisation_id) or Profile(organisation_id)


def _blank(provider: Organisation, capacity: Capacity) -> Service:
    return Service(
        id=uuid4(),
        provider_id=provider.id,
        provider_name=provider.name,
        name="",
        description="",
        needs=(),
        areas=(),
        min_age=None,
        max_age=None,
        genders=(),
        languages=("en",),
        access=(),
        capacity=capacity,
        places_left=None,
        answer_days=5,
        verified_on=None,
    )


def _refuse_in(section: Section, before: Sequence[FieldProblem], after: Sequence[FieldProblem]) -> None:
    """Refuse what this change would bring; what was wrong elsewhere before must not stop it."""
    names = {"phone": "contact_phone", "email": "contact_email"} if "contact_phone" in section.fields else {}
    old = set(before)
    _refuse(
        [each for each in after if names.get(each.field, each.field) in section.fields or each not in old]
    )


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise Invalid(list(problems))


def _audit(tx: Tx, act: str, subject: str, subject_id: UUID, **detail: Any) -> None:
    tx.audit(Entry(act, subject, str(subject_id), None, detail))
