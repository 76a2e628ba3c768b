"""Organisations are asked about stale entries and old dials: one letter an address, one tap to answer, else a call."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.domain.access import system
from app.domain.capacity import Dial
from app.domain.directory import Listing, Profile
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.vocabulary import Capacity
from app.embedded.mail import MailServer
from app.runtime import Runtime
from app.services.directory import chasing, dials, directory_entries, entry_checks
from app.store import directory, listings, places
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_place, make_service

Arrived = Callable[[], list[EmailMessage]]
OURS = "hello@befrienders.example.org"


@pytest.fixture
def place(database: Database, clock: Clock) -> MadePlace:
    """The first provider has an e-mail address and two services; nobody's entry is stale."""
    made = make_place(database)
    with database.transaction(system("set-up")) as tx:
        places.record_profile(tx, Profile(made.providers[0].id, email=OURS, phone="01632 960001"))
        directory.add_service(tx, make_service(made.providers[0], name="Tea table"))
        for service in directory.list_services(tx, beside=None):
            listings.record_verified(tx, service.id, "test")
    return made


def age(database: Database, service: Service, days: int | None, clock: Clock) -> None:
    """Let an entry have been confirmed so many days ago, or never."""
    with database.transaction(system("set-up")) as tx:
        known = directory.get_service(tx, service.id)
        seen = None if days is None else clock.today - timedelta(days=days)
        listings.record_service(tx, replace(known, verified_on=seen))


def read(database: Database, service_id: UUID) -> Service:
    with database.transaction(system("test")) as tx:
        return directory.get_service(tx, service_id)


def code_in(letter: EmailMessage, purpose: str) -> str:
    found = re.search(rf"http://localhost/{purpose}/(\S+)", letter.get_content())
    assert found
    return found[1]


def ask(house: Runtime) -> None:
    jobs.chase_entries(house)
    jobs.send_mail(house)


@pytest.mark.parametrize(("days", "letters"), [(None, 0), (184, 1), (183, 0), (0, 0)])
def test_entry_is_asked_about_when_nobody_confirmed_it_for_six_months(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock, days: int | None, letters: int
) -> None:
    age(posting.db, place.services[0], days, clock)
    ask(posting)
    assert len(arrived()) == letters


def test_organisation_gets_one_letter_for_all_its_entries_and_none_again_within_a_month(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    with posting.db.transaction(system("set-up")) as tx:
        theirs = [
            each
            for each in directory.list_services(tx, beside=None)
            if each.provider_id == place.providers[0].id
        ]
    for service in theirs:
        age(posting.db, service, 200, clock)
    ask(posting)
    ask(posting)
    clock.advance(days=29)
    ask(posting)
    (letter,) = arrived()
    assert letter["To"] == OURS
    assert letter.get_content().count("http://localhost/still-right/") == len(theirs) == 2
    clock.advance(days=2)
    ask(posting)
    assert len(arrived()) == 2


def test_one_tap_confirms_an_entry(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    age(posting.db, place.services[0], 200, clock)
    ask(posting)
    entry_checks.confirm_by_link(posting.db, code_in(arrived()[0], "still-right"))
    service = read(posting.db, place.services[0].id)
    assert service.verified_on == clock.today
    assert service.listing.verified_by == place.providers[0].name
    clock.advance(days=40)
    ask(posting)
    assert [each["Subject"] for each in arrived()[1:]] == ["Do you have places just now?"]


def test_what_has_changed_goes_to_the_steward_sealed_until_it_is_settled(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock, admin: Engine
) -> None:
    service, steward = place.services[0], place.actor("steward")
    age(posting.db, service, 200, clock)
    ask(posting)
    code = code_in(arrived()[0], "still-right")
    with pytest.raises(Invalid):
        entry_checks.report_by_link(posting.db, code, "  ")
    entry_checks.report_by_link(posting.db, code, "We meet on Fridays now.")
    (change,) = entry_checks.list_to_check(posting.db, steward).changes
    assert (change.words, change.service_name) == ("We meet on Fridays now.", service.name)
    with admin.connect() as connection:
        assert "Fridays" not in str(connection.execute(text("select * from entry_change")).all())
        open_tasks = "select count(*) from task where kind = 'entry-changed' and done_at is null"
        assert connection.scalar(text(open_tasks)) == 1
        clock.advance(days=40)
        ask(posting)
        assert entry_checks.list_to_check(posting.db, steward).to_ring == []
        for other in (place.actor("provider-0"), place.link_worker):
            with pytest.raises(NotAllowed):
                entry_checks.settle(posting.db, other, change.id)
        entry_checks.settle(posting.db, steward, change.id)
        assert connection.scalar(text(open_tasks)) == 0
    assert read(posting.db, service.id).verified_on == clock.today
    with pytest.raises(Conflict):
        entry_checks.settle(posting.db, steward, change.id)


def test_group_without_email_is_rung_and_its_word_counts(
    posting: Runtime, place: MadePlace, clock: Clock
) -> None:
    steward, service = place.actor("steward"), place.services[1]
    age(posting.db, service, 200, clock)
    (to_ring,) = entry_checks.list_to_check(posting.db, steward).to_ring
    assert (to_ring.service_id, to_ring.email, to_ring.chased_at) == (service.id, None, None)
    directory_entries.confirm_entry(posting.db, steward, service.id)
    assert entry_checks.list_to_check(posting.db, steward).to_ring == []
    assert read(posting.db, service.id).listing.verified_by == place.place.name


@pytest.mark.parametrize("address", ["not an address", "all@example.org, more@example.org"])
def test_address_that_is_none_is_rung_and_not_written_to(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock, address: str
) -> None:
    with posting.db.transaction(system("set-up")) as tx:
        known = replace(place.services[0], listing=Listing(contact_email=address))
        listings.record_service(tx, known)
    age(posting.db, place.services[0], 200, clock)
    ask(posting)
    assert arrived() == []
    (to_ring,) = entry_checks.list_to_check(posting.db, place.actor("steward")).to_ring
    assert to_ring.phone == "01632 960001"


def test_who_does_not_answer_within_two_weeks_is_rung(
    posting: Runtime, place: MadePlace, clock: Clock
) -> None:
    age(posting.db, place.services[0], 200, clock)
    ask(posting)
    steward = place.actor("steward")
    clock.advance(days=13)
    assert entry_checks.list_to_check(posting.db, steward).to_ring == []
    clock.advance(days=2)
    (to_ring,) = entry_checks.list_to_check(posting.db, steward).to_ring
    assert to_ring.service_id == place.services[0].id


def test_what_does_not_run_any_more_and_what_is_only_tried_out_is_not_asked_about(
    posting: Runtime, place: MadePlace, arrived: Arrived, admin: Engine, clock: Clock
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update service set verified_on = verified_on - 200, status = 'inactive'"))
        ask(posting)
        connection.execute(text("update service set status = 'active'"))
        connection.execute(text("update organisation set environment = 'sandbox' where kind = 'provider'"))
        ask(posting)
    assert arrived() == []
    assert entry_checks.list_to_check(posting.db, place.actor("steward")).to_ring == []


def test_dial_is_asked_about_once_full_until_has_passed(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    service, provider = place.services[0], place.actor("provider-0")
    until = clock.today + timedelta(days=7)
    directory_entries.turn_dial(posting.db, provider, service.id, Dial(Capacity.FULL, full_until=until))
    clock.advance(days=6)
    ask(posting)
    assert arrived() == []
    clock.set(until + timedelta(days=1))
    ask(posting)
    ask(posting)
    (letter,) = arrived()
    assert "Now: was full until now" in letter.get_content()
    dials.turn_by_link(posting.db, code_in(letter, "dial"), Dial(Capacity.OPEN))
    assert read(posting.db, service.id).capacity is Capacity.OPEN


def test_dial_is_asked_about_monthly_unless_somebody_turned_it_or_the_place_asks_never(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    clock.advance(days=31)
    directory_entries.turn_dial(
        posting.db, place.actor("provider-0"), place.services[0].id, Dial(Capacity.OPEN)
    )
    assert chasing.ask(posting.db, rules=PlaceRules(dial_days=0)) == 0
    ask(posting)
    ask(posting)
    (letter,) = arrived()
    assert "Tea table" in letter.get_content()
    assert place.services[0].name not in letter.get_content()
    assert "Or ring us" in letter.get_content()


def test_link_is_sent_on_request_to_the_services_own_address_and_ends_the_one_before(
    posting: Runtime, place: MadePlace, arrived: Arrived
) -> None:
    service, provider = place.services[0], place.actor("provider-0")
    assert dials.send_link(posting.db, provider, service.id, help_phone="01632 960999") == OURS
    jobs.send_mail(posting)
    dials.send_link(posting.db, provider, service.id)
    jobs.send_mail(posting)
    first, second = arrived()
    assert "01632 960999" in first.get_content()
    with pytest.raises(dials.links.LinkGone):
        dials.turn_by_link(posting.db, code_in(first, "dial"), Dial(Capacity.FULL))
    dials.turn_by_link(posting.db, code_in(second, "dial"), Dial(Capacity.FULL))
    with pytest.raises(NotAllowed):
        dials.send_link(posting.db, place.actor("provider-1"), service.id)
    with pytest.raises(Conflict):
        dials.send_link(posting.db, place.actor("provider-1"), place.services[1].id)


def test_places_of_the_week_are_given_back_on_monday_and_no_sooner(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    service, provider = place.services[0], place.actor("provider-0")
    clock.set(date(2026, 12, 23))  # a Wednesday; the Monday after it is a bank holiday
    directory_entries.turn_dial(database, provider, service.id, Dial(Capacity.LIMITED, weekly_limit=3))
    with database.transaction(system("test")) as tx:
        directory.record_place_taken(tx, service.id)
    for day, left in ((date(2026, 12, 27), 2), (date(2026, 12, 28), 3), (date(2026, 12, 31), 3)):
        clock.set(day)
        dials.give_back_places(database)
        assert read(database, service.id).places_left == left, day
    clock.set(date(2027, 1, 20))
    assert dials.give_back_places(database) == 1
    assert dials.give_back_places(database) == 0


def test_service_that_was_entered_with_some_places_left_keeps_them_until_monday(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    clock.set(date(2026, 12, 2))
    limited = replace(place.services[1], capacity=Capacity.LIMITED, weekly_limit=5, places_left=1)
    with database.transaction(system("set-up")) as tx:
        listings.record_service(tx, limited)
    dials.give_back_places(database)
    assert read(database, limited.id).places_left == 1
    clock.set(date(2026, 12, 7))
    dials.give_back_places(database)
    assert read(database, limited.id).places_left == 5


def test_two_workers_write_one_letter(posting: Runtime, place: MadePlace, clock: Clock) -> None:
    age(posting.db, place.services[0], 200, clock)
    with posting.db.transaction(system("other")) as tx:
        assert chasing.entry_checks.hold_chase(tx)
        assert chasing.ask(posting.db) == 0
    assert chasing.ask(posting.db) == 1


def test_letters_name_nobody_who_is_helped(
    posting: Runtime, place: MadePlace, mail_server: MailServer
) -> None:
    dials.send_link(posting.db, place.actor("provider-0"), place.services[0].id)
    jobs.send_mail(posting)
    (path,) = mail_server.folder.glob("*.eml")
    words = path.read_text()
    assert "password" in words
    assert not re.search(r"NHS|patient|referral", words)
