"""Who may enter the directory, what is refused, and that all of it comes back as it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.areas import Point
from app.domain.assurance import Shown
from app.domain.capacity import Dial
from app.domain.directory import FREE, Listing, Profile, ServiceSession, Term, Venue
from app.domain.directory_words import (
    AssuranceKind,
    CareLevel,
    LedBy,
    LegalForm,
    Repeats,
    ServiceKind,
    ServiceStatus,
    Size,
    Weekday,
)
from app.domain.eligibility import About, Operator, Rule
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.referral import Service
from app.domain.vocabulary import Access, Capacity, Need
from app.services.directory import directory_entries as entries
from app.store import directory, places
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_place, make_service


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


def full_service(place: MadePlace, number: int = 0) -> Service:
    """A service of which everything is told."""
    return make_service(
        place.providers[number],
        name="Conversation table",
        description="Tea and talk.",
        needs=(Need.SOCIAL_CONNECTION, Need.EMPLOYMENT),
        areas=("E8", "ward:E05009367"),
        min_age=18,
        max_age=99,
        genders=("female",),
        languages=("en", "tr"),
        access=(Access.STEP_FREE,),
        capacity=Capacity.LIMITED,
        places_left=2,
        weekly_limit=3,
        wait_weeks=1,
        kind=ServiceKind.PEER_SUPPORT,
        status=ServiceStatus.TEMPORARILY_CLOSED,
        rules=(
            Rule(About.AGE, Operator.AT_LEAST, 18, "Grown-ups"),
            Rule(About.SPEAKS, Operator.ANY_OF, ("tr", "en")),
        ),
        for_whom=(LedBy.REFUGEES_AND_MIGRANTS,),
        takes=CareLevel.TRAINED,
        listing=Listing(
            "For anybody new here.",
            FREE,
            ("openeligibility:1101",),
            "Front desk",
            "01632 960000",
            "hello@example.org",
        ),
    )


def read(database: Database, actor: Actor, service: Service) -> Service:
    with database.transaction(actor) as tx:
        return directory.get_service(tx, service.id)


def test_service_comes_back_as_it_was_entered_and_as_it_was_changed(
    database: Database, place: MadePlace
) -> None:
    provider, service = place.actor("provider-0"), full_service(place)
    entries.add_service(database, provider, service)
    assert read(database, provider, service) == service
    changed = replace(service, name="Another name", rules=(), listing=Listing(cost="2 pounds"), areas=())
    with pytest.raises(NotAllowed):
        entries.record_service(database, provider, changed)
    entries.record_service(database, place.actor("steward"), changed)
    assert read(database, provider, service) == changed


def test_provider_enters_its_own_and_nobody_elses(database: Database, place: MadePlace) -> None:
    service = full_service(place)
    stranger = place.actor("provider-1")
    for actor in (stranger, place.link_worker, place.actor("practice-0"), place.actor("analyst")):
        with pytest.raises(NotAllowed):
            entries.add_service(database, actor, service)
    entries.add_service(database, place.actor("steward"), service)
    open_dial = Dial(Capacity.OPEN)
    for attempt in (
        lambda: entries.record_service(
            database, stranger, replace(service, provider_id=place.providers[1].id)
        ),
        lambda: entries.turn_dial(database, stranger, service.id, open_dial),
        lambda: entries.confirm_entry(database, stranger, service.id),
        lambda: entries.record_sessions(database, stranger, service.id, []),
        lambda: entries.record_profile(database, stranger, Profile(service.provider_id)),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert read(database, stranger, service) == service


def test_host_enters_for_a_group_once_the_steward_has_named_it(database: Database, place: MadePlace) -> None:
    group, host = place.providers[0], place.actor("provider-1")
    named = Profile(group.id, host_id=place.providers[1].id)
    with pytest.raises(Invalid):
        entries.record_profile(database, place.actor("provider-0"), named)
    entries.record_profile(database, place.actor("steward"), named)
    service = full_service(place)
    entries.add_service(database, host, service)
    entries.turn_dial(database, host, service.id, Dial(Capacity.PAUSED))
    assert read(database, host, service).capacity is Capacity.PAUSED


def test_what_is_told_of_a_group_without_a_number_comes_back(database: Database, place: MadePlace) -> None:
    told = Profile(
        place.providers[0].id,
        LegalForm.FAITH_GROUP,
        description="Neighbours.",
        led_by=(LedBy.FAITH, LedBy.OLDER_PEOPLE),
        size=Size.SMALL,
        phone="01632 960001",
        email="hello@example.org",
        website="https://example.org",
    )
    actor = place.actor("provider-0")
    entries.record_profile(database, actor, told)
    entries.record_profile(database, actor, replace(told, size=Size.MEDIUM))
    with database.transaction(actor) as tx:
        assert places.list_profiles(tx) == {told.organisation_id: replace(told, size=Size.MEDIUM)}
        assert places.find_profile(tx, place.providers[1].id) is None


def test_only_a_provider_has_an_entry(database: Database, place: MadePlace) -> None:
    with pytest.raises(Invalid):
        entries.record_profile(database, place.actor("steward"), Profile(place.team.id))
    with pytest.raises(NotFound):
        entries.record_profile(database, place.actor("steward"), Profile(uuid4()))


def test_service_meets_on_tuesdays_at_a_hosts_venue(database: Database, place: MadePlace) -> None:
    host, provider, service = place.actor("provider-1"), place.actor("provider-0"), full_service(place)
    hall = Venue(
        uuid4(),
        "St Anne's Hall",
        address_lines=("Chapel Rise",),
        postcode="E8 1EA",
        point=Point(51.54, -0.05),
        access=(Access.STEP_FREE,),
        host_id=place.providers[1].id,
    )
    with pytest.raises(NotAllowed):
        entries.record_venue(database, provider, hall)
    entries.record_venue(database, host, hall)
    with pytest.raises(NotAllowed):
        entries.record_venue(database, provider, replace(hall, host_id=place.providers[0].id))
    entries.add_service(database, provider, service)
    tuesday = ServiceSession(
        service.id, Weekday.TUESDAY, time(14), time(16), hall, Repeats.MONTHLY, "Not in August"
    )
    monday = ServiceSession(service.id, Weekday.MONDAY, time(10), time(12))
    entries.record_sessions(database, provider, service.id, [tuesday, monday])
    entries.record_sessions(database, provider, service.id, [tuesday, monday])
    with database.transaction(provider) as tx:
        assert places.list_sessions(tx) == {service.id: (monday, tuesday)}
        assert places.list_sessions(tx, [place.services[1].id]) == {}
        assert places.list_venues(tx) == [hall] == [places.get_venue(tx, hall.id)]


def test_dial_is_turned_with_what_belongs_to_it(database: Database, place: MadePlace, clock: Clock) -> None:
    provider, service = place.actor("provider-0"), place.services[0]
    entries.turn_dial(database, provider, service.id, Dial(Capacity.LIMITED, weekly_limit=4))
    limited = read(database, provider, service)
    assert (limited.capacity, limited.weekly_limit, limited.places_left) == (Capacity.LIMITED, 4, 4)
    until = clock.today + timedelta(days=20)
    entries.turn_dial(database, provider, service.id, Dial(Capacity.FULL, weekly_limit=4, full_until=until))
    full = read(database, provider, service)
    assert (full.capacity, full.weekly_limit, full.places_left, full.full_until) == (
        Capacity.FULL,
        None,
        None,
        until,
    )
    with pytest.raises(Invalid):
        entries.turn_dial(database, provider, service.id, Dial(Capacity.LIMITED))


def test_confirming_names_the_organisation_and_never_the_person(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    provider, service = place.actor("provider-0"), place.services[0]
    entries.confirm_entry(database, provider, service.id)
    found = read(database, provider, service)
    assert (found.verified_on, found.listing.verified_by) == (clock.today, place.providers[0].name)


def test_assurance_is_entered_by_the_steward_alone_and_kept(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    group, steward, today = place.providers[0].id, place.actor("steward"), clock.today
    ended = Shown(AssuranceKind.DBS, today - timedelta(days=400), today - timedelta(days=35))
    with pytest.raises(NotAllowed):
        entries.add_assurance(database, place.actor("provider-0"), group, ended)
    entries.add_assurance(database, steward, group, ended)
    entries.add_assurance(database, steward, group, Shown(AssuranceKind.DBS, today))
    with database.transaction(steward) as tx:
        (kept,) = places.list_assurances(tx, group).values()
    assert [item.is_valid(today) for item in kept] == [False, True]
    assert {item.checked_by for item in kept} == {place.place.name}


def test_categories_are_written_once_each(database: Database, place: MadePlace) -> None:
    term = Term("openeligibility", "1101", "Community", needs=(Need.SOCIAL_CONNECTION,))
    with database.transaction(place.actor("steward")) as tx:
        places.record_terms(tx, [term, replace(term, code="1102", parent="1101")])
        places.record_terms(tx, [replace(term, name="Community support")])
        assert [each.name for each in places.list_terms(tx)] == ["Community", "Community support"]
    assert term.key == "openeligibility:1101"


def test_every_change_of_the_directory_is_audited(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    provider, service = place.actor("provider-0"), full_service(place)
    entries.add_service(database, provider, service)
    entries.turn_dial(database, provider, service.id, Dial(Capacity.OPEN))
    entries.confirm_entry(database, provider, service.id)
    query = text("select act from audit_event where subject_id = :id order by seq")
    with admin.connect() as connection:
        acts = connection.scalars(query, {"id": str(service.id)}).all()
    assert acts == ["add service", "turn dial", "confirm entry"]
