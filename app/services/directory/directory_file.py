"""A whole directory from one file: added where it is new, changed where it differs, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from app.domain.access import Actor
from app.domain.assurance import Shown
from app.domain.capacity import Dial
from app.domain.directory import ServiceSession, Venue
from app.domain.directory_words import AssuranceKind, Repeats, VenueKind, Weekday
from app.domain.eligibility import read_rules
from app.domain.entry_sections import ABOUT, CONTACT, REFERRING, STANDING, WHO, Section, Values
from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import Capacity
from app.services.directory import directory_entries, entry_editing, entry_meetings
from app.services.directory.entry_editing import Change
from app.store.joined import joined, rehearsed
from app.store.session import Database

Told = Mapping[str, Any]
_EXAMPLE: Final = Path(__file__).parent / "directory_example.toml"
_OUR_NAMES: Final = {"about": "description", "funding": "provider_kind"}  # as the file calls them


def example() -> str:
    """Return an example of the file, with what can stand in it."""
    return _EXAMPLE.read_text(encoding="utf-8")


def load_directory(db: Database, actor: Actor, told: Told, *, apply: bool) -> list[str]:
    """Write what a file tells (`venue` and `organisation`, in the shape of the example); return a line for each thing.

    Without `apply` it is only tried. Raises Invalid with everything that is wrong, each with the place in the file.
    """
    with joined(db, actor) if apply else rehearsed(db) as one:
        loading = _Loading(one, actor)
        loading.organisations(told["organisation"])
        loading.venues(told["venue"])
        for number, organisation in enumerate(told["organisation"]):
            loading.offers(organisation, f"organisation[{number}]")
        if loading.problems:
            raise Invalid(loading.problems)
    return loading.lines


@dataclass
class _Loading:
    """What is known so far: ids of organisations and venues by the file's names for them, and what was wrong."""

    db: Database
    actor: Actor
    ids: dict[str, UUID] = field(default_factory=dict)
    places: dict[str, Venue] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)

    def organisations(self, told: Sequence[Told]) -> None:
        """Write the organisations, then who hosts whom: a host may stand below."""
        self.ids = {name.casefold(): one for one, name in entry_editing.list_providers(self.db, self.actor)}
        fresh = {}
        for number, each in enumerate(told):
            name = each["name"].strip().casefold()
            with self._at(f"organisation[{number}]"):
                if name not in self.ids:
                    standing = {"name": each["name"].strip(), "provider_kind": None}
                    self.ids[name] = entry_editing.add_organisation(self.db, self.actor, standing)
                    fresh[name] = True
            if name in self.ids:
                self.ids[each.get("key", name)] = self.ids[name]
        for number, each in enumerate(told):
            with self._at(f"organisation[{number}]"):
                self._organisation(each, is_new=each["name"].strip().casefold() in fresh)

    def _organisation(self, told: Told, *, is_new: bool) -> None:
        organisation_id = self.ids[told["name"].strip().casefold()]
        values = _values(told)
        if "host" in told:
            values["host_id"] = self._whose(told["host"])
        changed = [
            entry_editing.change_organisation(self.db, self.actor, organisation_id, _change(each, values))
            for each in (STANDING, CONTACT)
        ]
        self._tell("organisation", told["name"], is_new=is_new, is_changed=any(changed))

    def venues(self, told: Sequence[Told]) -> None:
        """Write the venues; one with the same name and postcode is the same."""
        known = {(each.name, each.postcode): each for each in entry_meetings.list_venues(self.db, self.actor)}
        for number, each in enumerate(told):
            with self._at(f"venue[{number}]"):
                before = known.get((each["name"], each["postcode"]))
                host = self._whose(each["host"]) if each["host"] else before.host_id if before else None
                venue = Venue(
                    before.id if before else uuid4(), each["name"], VenueKind(each["kind"]), tuple(each["address"]),
                    each["postcode"], before.point if before else None, tuple(each["access"]), host,
                    *((before.source, before.external_id) if before else ()),
                )  # fmt: skip
                self.places[each["key"]] = venue
                if venue != before:
                    directory_entries.record_venue(self.db, self.actor, venue)
                self._tell("venue", venue.name, is_new=before is None, is_changed=venue != before)

    def offers(self, told: Told, where: str) -> None:
        """Write what an organisation has shown and what it offers."""
        organisation_id = self.ids.get(told["name"].strip().casefold())
        if organisation_id is None:
            return  # what was wrong with it is told
        entry = entry_editing.get_organisation_entry(self.db, self.actor, organisation_id)
        known = {(each.item.kind, each.item.valid_from, each.item.valid_until) for each in entry.shown}
        for number, each in enumerate(told["assurance"]):
            with self._at(f"{where}.assurance[{number}]"):
                shown = _shown(each)
                if (shown.kind, shown.since, shown.until) not in known:
                    directory_entries.add_assurance(self.db, self.actor, organisation_id, shown)
                    self.lines.append(f"added assurance: {told['name']}, {shown.kind}")
        services = {each.name.casefold(): each.id for each in entry.services}
        for number, each in enumerate(told["service"]):
            with self._at(f"{where}.service[{number}]"):
                self._service(each, organisation_id, services.get(each["name"].strip().casefold()))

    def _service(self, told: Told, organisation_id: UUID, service_id: UUID | None) -> None:
        values = _values(told)
        is_new = service_id is None
        if service_id is None:
            service_id = entry_editing.add_service(
                self.db, self.actor, organisation_id, values, takes_people=True
            )
        changed = [
            entry_editing.change_service(self.db, self.actor, service_id, _change(each, values))
            for each in (ABOUT, WHO, REFERRING)
        ]
        if "rules" in told:
            entry_meetings.record_rules(self.db, self.actor, service_id, read_rules(told["rules"]))
        if "days" in told:
            sessions = [self._session(service_id, each, number) for number, each in enumerate(told["days"])]
            directory_entries.record_sessions(self.db, self.actor, service_id, sessions)
        if "capacity" in told:
            dial = Dial(Capacity(told["capacity"]), told.get("weekly_limit"), told.get("wait_weeks"))
            directory_entries.turn_dial(self.db, self.actor, service_id, dial)
        if told["checked"]:
            directory_entries.confirm_entry(self.db, self.actor, service_id)
        self._tell("service", told["name"], is_new=is_new, is_changed=any(changed))

    def _session(self, service_id: UUID, told: Sequence[str], number: int) -> ServiceSession:
        day, starts, ends, *more = told
        venue, often = (*more, "", "")[:2]
        try:
            if venue and venue not in self.places:
                raise ValueError(f"no venue of this file has the key {venue}")
            times = time.fromisoformat(starts), time.fromisoformat(ends)
            return ServiceSession(
                service_id, Weekday(day), *times, self.places.get(venue), Repeats(often or Repeats.WEEKLY)
            )
        except ValueError as fault:
            sentence = f'Write ["tuesday", "14:00", "16:00", "key of a venue"], and "monthly" if so: {fault}.'
            raise Invalid([FieldProblem(f"days[{number}]", sentence)]) from None

    def _whose(self, name: str) -> UUID:
        found = self.ids.get(name) or self.ids.get(name.casefold())
        if found is None:
            raise Invalid([FieldProblem("host", f"No organisation has this key or name: {name}.")])
        return found

    def _tell(self, what: str, name: str, *, is_new: bool, is_changed: bool) -> None:
        verb = "added" if is_new else "changed" if is_changed else "as it was"
        self.lines.append(f"{verb} {what}: {name}")

    @contextmanager
    def _at(self, where: str) -> Iterator[None]:
        """Gather what is wrong here, and go on."""
        try:
            yield
        except Invalid as fault:
            self.problems += [FieldProblem(f"{where}.{p.field}", p.sentence, p.code) for p in fault.problems]


def _values(told: Told) -> Values:
    values = {_OUR_NAMES.get(name, name): tuple(v) if isinstance(v, list) else v for name, v in told.items()}
    low, high = values.pop("ages", (None, None))
    if "ages" in told:
        values |= {"min_age": low or None, "max_age": high or None}
    named = {*ABOUT.fields, *WHO.fields, *REFERRING.fields, *CONTACT.fields, *STANDING.fields}
    return {name: value for name, value in values.items() if name in named}


def _change(section: Section, values: Values) -> Change:
    return Change(section, {name: value for name, value in values.items() if name in section.fields}, None)


def _shown(told: Told) -> Shown:
    days = {"from": told["since"], "until": told["until"], "seen": told["seen"]}
    wrong = [name for name, day in days.items() if day is not None and type(day) is not date]
    if wrong:
        raise Invalid(
            [FieldProblem(name, "Write a day without quotation marks: 2026-01-31.") for name in wrong]
        )
    return Shown(AssuranceKind(told["kind"]), days["from"], days["until"], days["seen"])
