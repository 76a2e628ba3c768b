"""Editing the directory by page: the steward every field of it, a provider its own words, and nobody unseen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.domain.access import system
from app.domain.directory_words import AssuranceTier, CareLevel, ServiceKind, ServiceStatus
from app.domain.openreferral import NEEDS
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.vocabulary import Capacity
from app.runtime import Runtime
from app.services.feeds.directory_import import Feed, import_directory
from app.store import candidates, directory, places
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import Page, read_page

SignIn = Callable[[str], Visitor]
ACTOR = system("test")
WHO: dict[str, Any] = {"needs": ["food"], "kind": "advice"}
SESSION = {"weekday": "tuesday", "starts": "2pm", "ends": "16:30", "repeats": "weekly"}


def field_of(page: Page, name: str) -> str:
    """The value of a hidden field or a line."""
    return next(given.get("value") or "" for given in page.inputs if given.get("name") == name)


def save(visitor: Visitor, path: str, form: Mapping[str, Any], *, seen: str | None = None) -> TestResponse:
    """Send a form of the page that it stands on, with what that page showed."""
    shown = field_of(visitor.get(path), "seen") if seen is None else seen
    return visitor.send(path, {**form, "seen": shown})


def about(page: Page) -> dict[str, str]:
    """The lines of a section's form as they stand in it."""
    lines = ("name", "cost", "languages", "contact_name", "contact_phone", "contact_email")
    return {name: field_of(page, name) for name in lines}


def service_of(runtime: Runtime, service_id: Any) -> Service:
    with runtime.db.transaction(ACTOR) as tx:
        return directory.get_service(tx, service_id)


def new_id(answer: TestResponse, part: str) -> str:
    assert answer.status_code == 303, answer.text[:3000]
    found = re.search(rf"/{part}/([0-9a-f-]+)/entry", answer.location)
    assert found, answer.location
    return found[1]


def test_steward_sets_up_a_group_that_takes_somebody_with_a_safeguarding_concern(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    steward = sign_in("steward")
    standing = {"name": "Tea at Six", "legal_form": "unconstituted", "provider_kind": "grassroots"}
    more = {"size": "volunteers-only", "led_by": ["older-people", "carers"]}
    group = new_id(steward.send("/directory-entries/new", standing | more), "organisations")
    offered = {
        "name": "Tea table",
        "needs": ["food", "bereavement"],
        "kind": "mutual-aid",
        "takes": "trained",
    }
    answer = steward.send(f"/organisations/{group}/new-service", offered | {"now": "open"})
    service = new_id(answer, "services")
    day = {"since_day": "1", "since_month": "1", "since_year": str(clock.today.year)}
    shown = steward.send(f"/organisations/{group}/entry/assurance", {"kind": "safeguarding"} | day)
    assert shown.status_code == 303
    with runtime.db.transaction(ACTOR) as tx:
        found = next(
            each
            for each in candidates.list_candidates(tx, PlaceRules(), beside=place.team.id)
            if str(each.service.id) == service
        )
    assert (found.tier, found.service.takes, found.service.capacity) == (
        AssuranceTier.BASIC,
        CareLevel.TRAINED,
        Capacity.OPEN,
    )
    page = steward.get(f"/services/{service}/entry")
    assert "Safeguarding is checked" in page.text
    assert "Mutual aid" in page.text
    listed = steward.get("/directory-entries?q=tea+table")
    assert "Tea at Six" in listed.text
    assert "Dalston" not in listed.text
    assert "Tea table" in steward.get(f"/directory/{service}").text


def test_assurance_by_mistake_is_taken_back_and_counts_no_more(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    steward, group = sign_in("steward"), place.providers[0].id
    path = f"/organisations/{group}/entry/assurance"
    day = {"since_day": "1", "since_month": "1", "since_year": "2020"}
    steward.send(path, {"kind": "safeguarding"} | day)
    page = steward.get(f"/organisations/{group}/entry")
    (undo,) = [each for each in page.posts if each.endswith("/take-back")]
    assert "Safeguarding is checked" in page.text
    assert steward.send(undo, at=path).status_code == 303
    assert steward.send(undo, at=path).status_code == 409
    after = steward.get(f"/organisations/{group}/entry").text
    assert "Nothing has been checked yet" in after
    assert "Taken back on" in after
    with runtime.db.transaction(ACTOR) as tx:
        assert not places.list_assurances(tx, group)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"since_day": "31", "since_month": "2", "since_year": "2026"}, "Enter the day as numbers"),
        ({}, "Enter the day as numbers"),
        (
            {"since_day": "2", "since_month": "2", "since_year": "2026", "until_day": "1", "until_month": "2",
             "until_year": "2026"},
            "must not end before it begins",
        ),
        (
            {"since_day": "2", "since_month": "2", "since_year": "2026", "seen_on_day": "1", "seen_on_month": "2",
             "seen_on_year": "2999"},
            "cannot be in the future",
        ),
    ],
)  # fmt: skip
def test_assurance_with_a_wrong_day_is_refused_and_what_was_typed_stays(
    days: dict[str, str], said: str, sign_in: SignIn, place: MadePlace
) -> None:
    steward = sign_in("steward")
    path = f"/organisations/{place.providers[0].id}/entry/assurance"
    answer = steward.send(path, {"kind": "dbs"} | days)
    page = read_page(answer)
    assert answer.status_code == 400
    assert said in page.text
    assert all(field_of(page, name) == value for name, value in days.items())


def test_section_is_changed_whole_confirmed_and_audited(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    clock.advance(days=1)
    steward, service = sign_in("steward"), place.services[0]
    told = {
        **WHO,
        "needs": ["food", "housing"],
        "areas": "e8, ward:E05009367",
        "min_age": "60",
        "max_age": "70",
        "genders": ["female"],
        "for_whom": ["carers"],
        "eligibility": "For carers.",
        "checked": "yes",
    }
    assert save(steward, f"/services/{service.id}/entry/who", told).status_code == 303
    found = service_of(runtime, service.id)
    assert (found.needs, found.kind, found.areas) == (
        ("food", "housing"),
        ServiceKind.ADVICE,
        ("E8", "ward:E05009367"),
    )
    assert (found.min_age, found.max_age, found.genders, found.for_whom) == (60, 70, ("female",), ("carers",))
    assert (found.verified_on, found.listing.verified_by) == (clock.today, place.place.name)
    with admin.connect() as connection:
        query = text("select act from audit_event where subject_id = :id order by seq")
        acts = connection.scalars(query, {"id": str(service.id)}).all()
    assert {"change entry", "confirm entry"} <= set(acts)


@pytest.mark.parametrize(
    ("key", "told", "field", "said"),
    [
        ("who", WHO | {"min_age": "70", "max_age": "60"}, "max_age", "must not be below the lowest"),
        ("who", WHO | {"min_age": "old"}, "min_age", "whole number from 0"),
        ("who", WHO | {"needs": []}, "needs", "at least one need"),
        ("who", WHO | {"areas": "E8, Narnia"}, "areas", "This is no area"),
        ("referring", {"takes": "trained", "answer_days": "0", "status": "active"}, "answer_days", "1 to 60"),
        ("referring", {"takes": "saints", "answer_days": "5", "status": "active"}, "takes", "who is there"),
        ("about", {"name": ""}, "name", "Enter the service"),
        ("about", {"name": "x" * 201}, "name", "200 characters or fewer"),
        ("about", {"name": "A", "languages": "English, Martian"}, "languages", "“Martian”"),
        ("about", {"name": "A", "contact_phone": "none"}, "contact_phone", "5 to 15 digits"),
        ("about", {"name": "A", "contact_email": "hello"}, "contact_email", "hello@example.org"),
    ],
)
def test_section_with_something_wrong_is_refused_where_it_stands(
    key: str, told: dict[str, Any], field: str, said: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    before = service_of(runtime, place.services[0].id)
    answer = save(sign_in("steward"), f"/services/{before.id}/entry/{key}", told)
    page = read_page(answer)
    assert answer.status_code == 400
    assert said in page.text
    assert f"#{field}" in page.links
    assert service_of(runtime, before.id) == before
    for name, value in told.items():
        if isinstance(value, str) and name != "takes":
            assert value in page.html


def test_two_editors_at_once_overwrite_nothing_unseen(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    service = place.services[0]
    path = f"/services/{service.id}/entry/about"
    one, other = sign_in("steward"), sign_in("provider-0")
    page = one.get(path)
    typed, seen = about(page) | {"cost": "£2 for tea"}, field_of(page, "seen")
    assert save(other, path, about(other.get(path)) | {"description": "We sing."}).status_code == 303
    answer = save(one, path, typed, seen=seen)
    told = read_page(answer)
    assert answer.status_code == 409
    assert "Somebody changed this" in told.text
    assert "We sing." in told.text
    assert field_of(told, "cost") == "£2 for tea"
    assert service_of(runtime, service.id).description == "We sing."
    assert save(one, path, typed, seen=field_of(told, "seen")).status_code == 303
    assert service_of(runtime, service.id).listing.cost == "£2 for tea"


def test_editors_of_other_sections_and_a_turned_dial_do_not_stand_in_the_way(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    service, steward = place.services[0], sign_in("steward")
    path = f"/services/{service.id}/entry/about"
    page = steward.get(path)
    sign_in("provider-0").send(f"/services/{service.id}/dial", {"capacity": "paused"}, at="/services")
    save(steward, f"/services/{service.id}/entry/who", WHO)
    answer = save(steward, path, about(page) | {"name": "Renamed"}, seen=field_of(page, "seen"))
    assert answer.status_code == 303
    found = service_of(runtime, service.id)
    assert (found.name, found.capacity, found.needs) == ("Renamed", Capacity.PAUSED, ("food",))


def test_provider_changes_its_own_words_and_not_what_decides_who_is_sent(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor, service = sign_in("provider-0"), place.services[0]
    own = f"/services/{service.id}/entry"
    answer = save(
        visitor, f"{own}/about", {"name": service.name, "languages": "Turkish, en", "access": ["step-free"]}
    )
    assert answer.status_code == 303
    found = service_of(runtime, service.id)
    assert (found.languages, found.access) == (("tr", "en"), ("step-free",))
    group = f"/organisations/{service.provider_id}/entry"
    assert save(visitor, f"{group}/contact", {"phone": "020 7946 0000"}).status_code == 303
    assert "020 7946 0000" in visitor.get(group).text
    for refused in (f"{own}/who", f"{own}/referring", f"{group}/standing"):
        assert visitor.send(refused, WHO, at=f"{own}/about").status_code == 403
        visitor.get(refused, status=403)
    for refused in (f"{own}/rules", f"{group}/assurance", "/directory-entries", "/directory-entries/new"):
        visitor.get(refused, status=403)
    assert service_of(runtime, service.id).needs == service.needs


@pytest.mark.parametrize("username", ["provider-1", "link-worker", "practice-0", "analyst"])
def test_nobody_else_opens_or_changes_an_entry(
    username: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor, service = sign_in(username), place.services[0]
    home = visitor.client.get("/").location
    for path in ("", "/about", "/sessions"):
        visitor.get(f"/services/{service.id}/entry{path}", status=403)
        if path:
            assert (
                visitor.send(
                    f"/services/{service.id}/entry{path}", SESSION | {"name": "Mine"}, at=home
                ).status_code
                == 403
            )
    assert service_of(runtime, service.id).name == service.name


def test_what_is_not_there_is_not_found(sign_in: SignIn, place: MadePlace) -> None:
    steward, entry = sign_in("steward"), f"/services/{place.services[0].id}/entry"
    nobody = (f"/services/{uuid4()}/entry", f"/organisations/{place.team.id}/entry", f"/venues/{uuid4()}")
    for path in (*nobody, f"{entry}/secrets", f"{entry}/sessions/0"):
        assert steward.get(path, status=404).headings == ["Page not found"], path


def test_sessions_and_their_venue_are_written_changed_and_taken_away(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    steward, service = sign_in("steward"), place.services[0]
    hall = {"name": "Mill Hall", "kind": "physical", "address": "1 Mill Lane\nHackney", "postcode": "e8 1ea"}
    assert steward.send("/venues/new", hall | {"access": ["step-free"]}).status_code == 303
    with runtime.db.transaction(ACTOR) as tx:
        (venue,) = places.list_venues(tx)
    assert (venue.address_lines, venue.postcode, venue.access) == (
        ("1 Mill Lane", "Hackney"),
        "E8 1EA",
        ("step-free",),
    )
    path = f"/services/{service.id}/entry/sessions"
    assert save(steward, path, SESSION | {"venue": str(venue.id)}).status_code == 303
    assert "Tuesdays, 2pm to 4:30pmMill Hall, 1 Mill Lane" in steward.get(f"/directory/{service.id}").text
    again = save(steward, path, SESSION | {"venue": str(venue.id)})
    assert again.status_code == 400
    assert "stands here already" in again.text
    assert save(steward, f"{path}/0", SESSION | {"weekday": "friday"}).status_code == 303
    seen = field_of(steward.get(path), "seen")
    assert steward.send(f"{path}/0/remove", {"seen": seen}, at=path).status_code == 303
    assert steward.send(f"{path}/0/remove", {"seen": seen}, at=path).status_code == 409
    with runtime.db.transaction(ACTOR) as tx:
        assert not places.list_sessions(tx, [service.id])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"starts": "16:00", "ends": "14:00"}, "must end after it starts"),
        ({"starts": "25:00"}, "Enter a time"),
        ({"starts": ""}, "Enter a time"),
        ({"weekday": "someday"}, "Choose a day"),
        ({"venue": str(uuid4())}, "Choose a venue from the list"),
        ({"note": "x" * 201}, "200 characters or fewer"),
    ],
)
def test_session_with_something_wrong_is_refused(
    told: dict[str, str], said: str, sign_in: SignIn, place: MadePlace
) -> None:
    path = f"/services/{place.services[0].id}/entry/sessions"
    answer = save(sign_in("provider-0"), path, SESSION | told)
    assert answer.status_code == 400
    assert said in read_page(answer).text


def test_rules_are_entered_as_people_write_them_and_taken_away(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    steward, service = sign_in("steward"), place.services[0]
    path = f"/services/{service.id}/entry/rules"
    told = {"rule": "resident-in:any-of", "value": "e8, e9", "sentence": "For neighbours"}
    assert save(steward, path, told).status_code == 303
    assert save(steward, path, {"rule": "speaks:any-of", "value": "Turkish"}).status_code == 303
    found = service_of(runtime, service.id).rules
    assert [(rule.value, rule.sentence) for rule in found] == [
        (("E8", "E9"), "For neighbours"),
        (("tr",), "Only for people who speak tr"),
    ]
    wrong = save(steward, path, {"rule": "age:at-least", "value": "old"})
    assert wrong.status_code == 400
    assert "#value" in read_page(wrong).links
    seen = field_of(steward.get(path), "seen")
    assert steward.send(f"{path}/0/remove", {"seen": seen}, at=path).status_code == 303
    assert [rule.about for rule in service_of(runtime, service.id).rules] == ["speaks"]


def test_venue_of_another_host_is_not_a_providers_to_change(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    hall = {"name": "Our room", "kind": "physical", "address": "", "postcode": ""}
    assert sign_in("provider-0").send("/venues/new", hall).status_code == 303
    with runtime.db.transaction(ACTOR) as tx:
        (venue,) = places.list_venues(tx)
    assert venue.host_id == place.providers[0].id
    stranger = sign_in("provider-1")
    stranger.get(f"/venues/{venue.id}", status=404)
    assert stranger.send(f"/venues/{venue.id}", hall, at="/venues/new").status_code == 404
    assert "Our room" not in stranger.get("/venues").text
    wrong = sign_in("steward").send("/venues/new", hall | {"postcode": "nowhere", "name": ""})
    assert wrong.status_code == 400


def test_ended_service_is_found_in_no_directory_and_listed_for_the_steward(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    steward, service = sign_in("steward"), place.services[0]
    told = {"takes": "volunteers-only", "answer_days": "5", "status": "inactive"}
    assert save(steward, f"/services/{service.id}/entry/referring", told).status_code == 303
    assert service_of(runtime, service.id).status is ServiceStatus.INACTIVE
    assert service.name not in steward.get("/directory").text
    page = steward.get("/directory-entries").text
    assert service.name in page
    assert "Ended" in page


def test_what_is_said_to_have_changed_leads_to_the_form(sign_in: SignIn, place: MadePlace) -> None:
    service = place.services[0]
    sign_in("provider-0").send(f"/services/{service.id}/changed", {"words": "We moved."}, at="/services")
    assert f"/services/{service.id}/entry" in sign_in("steward").get("/entries").links
    assert f"/services/{service.id}/entry" in sign_in("provider-0").get("/services").links


def test_what_is_corrected_here_outlives_the_next_import(sign_in: SignIn, runtime: Runtime) -> None:
    steward = sign_in("steward")
    service = imported(runtime, name="Gardening", description="Grow things.", minimum_age=18)
    page = steward.get(f"/services/{service.id}/entry/about")
    told = about(page) | {"description": "Ours: we grow things."}
    assert save(steward, f"/services/{service.id}/entry/about", told).status_code == 303
    who = {"needs": list(reversed(service.needs)), "kind": service.kind, "min_age": "18", "checked": "yes"}
    assert save(steward, f"/services/{service.id}/entry/who", who).status_code == 303
    found = imported(runtime, name="Gardening for all", description="Theirs anew.", minimum_age=16)
    assert (found.name, found.description, found.min_age) == (
        "Gardening for all",
        "Ours: we grow things.",
        16,
    )
    assert found.listing.verified_by == "Hackney"
    assert "council-feed" in steward.get(f"/services/{service.id}/entry").text


def imported(runtime: Runtime, **told: Any) -> Service:
    """The one service of another directory, as it stands after an import."""
    needs = [
        {"taxonomy_term": {"taxonomy": NEEDS, "code": code, "name": code}}
        for code in ("food", "physical-activity")
    ]
    row = {
        "id": "s-1",
        "status": "active",
        "organization": {"id": "o-1", "name": "Growers"},
        "attributes": needs,
    }
    import_directory(runtime.db, ACTOR, Feed("council-feed", [row | told]), apply=True)
    with runtime.db.transaction(ACTOR) as tx:
        return next(
            each for each in directory.list_services(tx, beside=None) if each.listing.source == "council-feed"
        )
