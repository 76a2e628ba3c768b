"""Joins a service that a source tells with what we have of it, of its organisation and of its venues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from app.domain.directory import Profile, Venue
from app.domain.directory_words import LegalForm
from app.domain.entries import profile_problems, service_problems, venue_problems
from app.domain.errors import FieldProblem, Invalid
from app.domain.feed import FeedService, Merged, Told, Values, merge, moved
from app.domain.referral import Service
from app.services.feeds import imported
from app.store import directory, entry_pairs, imports, listings, places
from app.store.imports import ORGANISATION, SERVICE, VENUE
from app.store.session import Tx

HOST: Final = "host"  # of a venue: the organisation's name, as a spreadsheet tells it


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a service: fields taken from the source, of its organisation and venues too; fields kept."""

    is_new: bool
    taken: tuple[str, ...]
    kept: tuple[str, ...]


class Joining:
    """What is known of a source, read once; without `apply` nothing is written, and the rest goes on as if it were."""

    def __init__(self, tx: Tx, source: str, *, apply: bool):
        self.tx, self.source, self.apply = tx, source, apply
        self.known = {
            subject: dict(imports.list_known(tx, subject, source))
            for subject in (ORGANISATION, SERVICE, VENUE)
        }
        self.origins = imports.list_origins(tx, source)
        self.services: dict[UUID, Service] = {
            each.id: each for each in directory.list_services(tx, beside=None)
        }
        self.sessions = places.list_sessions(tx)
        self.profiles: dict[UUID, Profile] = dict(places.list_profiles(tx))
        self.venues: dict[UUID, Venue] = {each.id: each for each in places.list_venues(tx)}
        self.names: dict[UUID, str] = directory.list_provider_names(tx)
        self.done: set[tuple[str, str]] = set()
        self.kept_elsewhere = entry_pairs.list_kept_elsewhere(tx)

    def join(self, read: FeedService) -> Joined:
        """Write a service with all that belongs to it; raises Invalid, before anything is written."""
        service_id, is_new = self._our_id(SERVICE, read.told)
        if service_id in self.kept_elsewhere:  # the steward keeps another entry in its place
            return Joined(False, (), ())
        merged = self._merged_service(read, service_id, is_new=is_new)
        problems = self.problems(read, merged.values)
        if problems:
            raise Invalid(problems)
        read = replace(read, venues=tuple(self._hosted(venue) for venue in read.venues))
        organisation_id, taken = self._organisation(read.organisation)
        for venue in read.venues:
            taken += self._venue(venue)
        before = self.services.get(service_id) or imported.new_service(
            service_id,
            (organisation_id, self.names[organisation_id]),
            source=self.source,
            external_id=read.told.external_id,
        )
        service = imported.service_of(merged.values, before, self.source)
        self.services[service_id] = service
        if self.apply and merged.taken:
            self._write_service(service, merged, is_new=is_new)
        kept = self._origins(SERVICE, service_id, read.told.values, merged)
        return Joined(is_new, taken + merged.taken, kept)

    def problems(self, read: FeedService, values: Values) -> list[FieldProblem]:
        """Return what our own rules of entries find wrong with a service of these values, and what belongs to it."""
        blank = imported.new_service(uuid4(), (uuid4(), ""), source=self.source, external_id="")
        problems = service_problems(imported.service_of(values, blank, self.source))
        told = read.organisation.values
        problems += _in("organization", profile_problems(imported.profile_of(told, Profile(uuid4()))))
        for venue in read.venues:
            found = venue_problems(self._venue_of(venue, venue.values, uuid4()))
            problems += _in("service_at_locations", found) + self._host_problems(venue)
        return problems

    def _hosted(self, venue: Told) -> Told:
        """A venue with its host's id in place of its name."""
        values = dict(venue.values)
        name = values.pop(HOST, None)
        return (
            venue if name is None else replace(venue, values=values | {"host_id": str(*self._called(name))})
        )

    def _called(self, name: str) -> list[UUID]:
        return [ours for ours, known in self.names.items() if known.casefold() == name.casefold()]

    def _host_problems(self, venue: Told) -> list[FieldProblem]:
        name = venue.values.get(HOST)
        hosts = [] if name is None else self._called(name)
        if name is None or len(hosts) == 1:
            return []
        sentence = "Several organisations have this name" if hosts else "No organisation has this name"
        mend = "enter it first, put its row above this one, or leave it empty."
        return [FieldProblem(HOST, f"{sentence}: {mend}")]

    def _our_id(self, subject: str, told: Told) -> tuple[UUID, bool]:
        """Our id of something, made if it is new; the next row will know it."""
        known = self.known[subject].get(told.external_id)
        return (known, False) if known else (uuid4(), True)

    def _merged_service(self, read: FeedService, service_id: UUID, *, is_new: bool) -> Merged:
        ours: Values | None = None
        if not is_new:
            external_ids = {ours_id: theirs for theirs, ours_id in self.known[VENUE].items()}
            sessions = self.sessions.get(service_id, ())
            ours = imported.service_values(self.services[service_id], sessions, external_ids)
        return merge(ours, read.told.values, self.origins.get((SERVICE, service_id), {}))

    def _write_service(self, service: Service, merged: Merged, *, is_new: bool) -> None:
        if is_new:
            directory.add_service(self.tx, service)
            self.known[SERVICE][str(service.listing.external_id)] = service.id
        else:
            listings.record_service(self.tx, service)
        if "sessions" in merged.taken:
            venues = {str(each.id): each for each in self.venues.values()}
            venues |= {theirs: self.venues[ours] for theirs, ours in self.known[VENUE].items()}
            sessions = imported.sessions_of(merged.values, service.id, venues)
            places.record_sessions(self.tx, service.id, sessions)

    def _organisation(self, told: Told) -> tuple[UUID, tuple[str, ...]]:
        organisation_id, is_new = self._our_id(ORGANISATION, told)
        if not self._first_time(ORGANISATION, told):
            return organisation_id, ()
        blank = Profile(organisation_id, LegalForm.OTHER, source=self.source, external_id=told.external_id)
        before = self.profiles.get(organisation_id, blank)
        ours = None if is_new else imported.organisation_values(self._name(organisation_id), before)
        merged = merge(ours, told.values, self.origins.get((ORGANISATION, organisation_id), {}))
        self.names[organisation_id] = merged.values["name"]
        self.known[ORGANISATION][told.external_id] = organisation_id
        if self.apply and merged.taken:
            if is_new:
                new = imported.new_organisation(organisation_id, merged.values["name"])
                directory.add_organisation(self.tx, new)
            else:
                imports.record_organisation_name(self.tx, organisation_id, merged.values["name"])
            places.record_profile(self.tx, imported.profile_of(merged.values, before))
        self._origins(ORGANISATION, organisation_id, told.values, merged)
        return organisation_id, () if is_new else tuple(f"organization.{name}" for name in merged.taken)

    def _name(self, organisation_id: UUID) -> str:
        return self.names.get(organisation_id) or directory.get_organisation(self.tx, organisation_id).name

    def _venue(self, told: Told) -> tuple[str, ...]:
        if not self._first_time(VENUE, told):
            return ()
        venue_id, is_new = self._our_id(VENUE, told)
        ours = None if is_new else imported.venue_values(self.venues[venue_id])
        merged = merge(ours, told.values, self.origins.get((VENUE, venue_id), {}))
        venue = self._venue_of(told, merged.values, venue_id)
        self.venues[venue_id] = venue
        self.known[VENUE][told.external_id] = venue_id
        if self.apply and merged.taken:
            places.record_venue(self.tx, venue)
        self._origins(VENUE, venue_id, told.values, merged)
        return () if is_new else tuple(f"location.{name}" for name in merged.taken)

    def _venue_of(self, told: Told, values: Values, venue_id: UUID) -> Venue:
        before = self.venues.get(venue_id)
        return imported.venue_of(
            values, venue_id, source=self.source, external_id=told.external_id, before=before
        )

    def _first_time(self, subject: str, told: Told) -> bool:
        """True for the first row of this import that speaks of it: the others say the same."""
        first = (subject, told.external_id) not in self.done
        self.done.add((subject, told.external_id))
        return first

    def _origins(self, subject: str, our_id: UUID, theirs: Values, merged: Merged) -> tuple[str, ...]:
        """Keep what the source says now; return the fields of which it says something new that we do not take."""
        last_said: Mapping[str, Any] = self.origins.get((subject, our_id), {})
        told = moved(theirs, last_said, tuple(theirs))
        if self.apply and told:
            said = {name: theirs[name] for name in told}
            imports.record_origins(self.tx, subject, our_id, self.source, said)
        return tuple(name for name in merged.kept if name in told and last_said)


def _in(part: str, problems: list[FieldProblem]) -> list[FieldProblem]:
    return [FieldProblem(f"{part}.{each.field}", each.sentence, each.code) for each in problems]
