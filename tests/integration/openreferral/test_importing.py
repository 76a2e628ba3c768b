"""Importing another directory: both versions' shapes, again and again, without losing what was changed here."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.directory import Term
from app.domain.directory_words import ServiceStatus, Weekday
from app.domain.errors import Invalid, NotAllowed
from app.domain.referral import Service
from app.domain.vocabulary import Access, Capacity, Need
from app.services.feeds.directory_import import Feed, import_directory, list_set_aside
from app.services.feeds.import_report import Outcome, Report, render
from app.store import directory, listings, places
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import make_place
from tests.integration.openreferral.conftest import DATA

STEWARD = system("test")
V1: list[dict[str, Any]] = json.loads((DATA / "v1_services.json").read_text())["content"]


def a_service(**values: Any) -> dict[str, Any]:
    """A service in the shape of version 3, right in all parts."""
    at = {
        "id": "at-1",
        "location": {
            "id": "hall",
            "location_type": "physical",
            "name": "Hall",
            "latitude": 51.5,
            "longitude": -0.1,
            "addresses": [{"address_1": "1 High Road", "city": "Hackney", "postal_code": "e8 1ab"}],
        },
    }
    usual: dict[str, Any] = {
        "id": "s-1",
        "name": "Gardening",
        "description": "Grow things together.",
        "status": "active",
        "minimum_age": 18,
        "organization": {"id": "o-1", "name": "Growers", "description": "We grow."},
        "schedules": [{"freq": "WEEKLY", "byday": "TU", "opens_at": "10:00", "closes_at": "12:00"}],
        "service_at_locations": [at],
        "attributes": [{"taxonomy_term": {"id": "t-1", "name": "Gardens", "taxonomy": "council"}}],
    }
    return copy.deepcopy(usual) | values


def run(db: Database, *rows: Any, apply: bool = True, complete: bool = False) -> Report:
    return import_directory(db, STEWARD, Feed("council", rows, complete=complete), apply=apply)


def outcomes(report: Report) -> list[Outcome]:
    return [line.outcome for line in report.lines]


def services(db: Database) -> Mapping[str, Service]:
    with db.transaction(STEWARD) as tx:
        found = directory.list_services(tx, beside=None)
    return {str(each.listing.external_id): each for each in found if each.listing.source == "council"}


def test_service_comes_with_organisation_venue_session_and_category(database: Database) -> None:
    report = run(database, a_service())
    assert outcomes(report) == [Outcome.NEW]
    service = services(database)["s-1"]
    assert (service.name, service.provider_name, service.min_age) == ("Gardening", "Growers", 18)
    with database.transaction(STEWARD) as tx:
        (session,) = places.list_sessions(tx, [service.id])[service.id]
        assert places.list_terms(tx) == [Term("council", "t-1", "Gardens")]
    assert session.weekday is Weekday.TUESDAY
    assert session.venue is not None
    assert (session.venue.name, session.venue.postcode) == ("Hall", "E8 1AB")


def test_imported_service_takes_no_referral_until_somebody_there_agrees(database: Database) -> None:
    run(database, a_service())
    assert services(database)["s-1"].capacity is Capacity.PAUSED


def test_dry_run_tells_everything_and_writes_nothing(database: Database, admin: Engine) -> None:
    report = run(database, a_service(), a_service(id="s-2", minimum_age="old"), apply=False)
    assert outcomes(report) == [Outcome.NEW, Outcome.SET_ASIDE]
    tables = (
        "organisation",
        "service",
        "venue",
        "taxonomy_term",
        "field_origin",
        "import_set_aside",
        "audit_event",
    )
    with admin.connect() as connection:
        counts = {each: connection.scalar(text(f"select count(*) from {each}")) for each in tables}  # noqa: S608
    assert set(counts.values()) == {0}, counts


def test_same_import_again_changes_nothing(database: Database) -> None:
    run(database, a_service(), *V1)
    before = services(database)
    report = run(database, a_service(), *V1)
    assert outcomes(report) == [Outcome.UNCHANGED, Outcome.UNCHANGED, Outcome.SET_ASIDE]
    assert services(database) == before
    assert len(list_set_aside(database, STEWARD)) == 1


def test_only_what_changed_at_the_source_is_taken(database: Database) -> None:
    run(database, a_service())
    organisation = {"id": "o-1", "name": "Growers Together", "description": "We grow."}
    report = run(database, a_service(description="Grow food.", organization=organisation))
    (line,) = report.lines
    assert (line.outcome, line.taken) == (Outcome.CHANGED, ("organization.name", "description"))
    service = services(database)["s-1"]
    assert (service.description, service.provider_name) == ("Grow food.", "Growers Together")


def test_what_was_changed_here_stays_and_the_report_says_so(database: Database) -> None:
    run(database, a_service())
    with database.transaction(STEWARD) as tx:
        here = replace(services(database)["s-1"], description="Ours.", capacity=Capacity.OPEN)
        listings.record_service(tx, here)
    unchanged = run(database, a_service())
    assert (outcomes(unchanged), unchanged.lines[0].kept) == ([Outcome.UNCHANGED], ())
    both = run(database, a_service(description="Theirs anew.", name="Gardening for all"))
    assert (both.lines[0].taken, both.lines[0].kept) == (("name",), ("description",))
    service = services(database)["s-1"]
    assert (service.description, service.name, service.capacity) == (
        "Ours.",
        "Gardening for all",
        Capacity.OPEN,
    )


def test_where_each_field_came_from_is_kept(database: Database, admin: Engine) -> None:
    run(database, a_service())
    with admin.connect() as connection:
        query = "select subject, field, source, value from field_origin where field in ('name', 'postcode')"
        found = {(each.subject, each.field): each.value for each in connection.execute(text(query))}
    assert found == {
        ("organisation", "name"): "Growers",
        ("service", "name"): "Gardening",
        ("venue", "name"): "Hall",
        ("venue", "postcode"): "E8 1AB",
    }


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"name": " ", "status": "open", "minimum_age": "old"}, {"name", "status", "minimum_age"}),
        ({"minimum_age": 20, "maximum_age": 10}, {"maximum_age"}),
        ({"organization": {"description": "Nameless."}}, {"organization.name", "organization.id"}),
        ({"id": None}, {"id"}),
        ({"name": "x" * 201}, {"name"}),
    ],
)
def test_row_that_cannot_be_taken_tells_every_problem_and_is_never_lost(
    database: Database, wrong: dict[str, Any], fields: set[str]
) -> None:
    row = a_service(**wrong)
    report = run(database, row, "nothing", a_service(id="s-9"))
    assert outcomes(report) == [Outcome.SET_ASIDE, Outcome.SET_ASIDE, Outcome.NEW]
    assert {problem.field for problem in report.lines[0].problems} == fields
    kept = [json.loads(each.raw) for each in list_set_aside(database, STEWARD)]
    assert row in kept
    assert "nothing" in kept


def test_mended_row_is_taken_and_waits_no_more(database: Database) -> None:
    run(database, a_service(status="open"))
    run(database, a_service())
    assert "s-1" in services(database)
    assert list_set_aside(database, STEWARD) == []


def test_id_that_comes_twice_is_taken_once(database: Database) -> None:
    report = run(database, a_service(), a_service(name="Another"))
    assert outcomes(report) == [Outcome.NEW, Outcome.SET_ASIDE]
    assert services(database)["s-1"].name == "Gardening"


def test_what_can_be_left_out_is_noted_and_the_rest_taken(database: Database) -> None:
    row = json.loads((DATA / "service_full.json").read_text())
    (line,) = run(database, row).lines
    assert line.outcome is Outcome.NEW
    noted = {note.field.partition("[")[0] for note in line.notes}
    assert {"schedules", "service_areas", "service_at_locations", "attributes"} <= noted
    service = services(database)[row["id"]]
    assert (service.needs, service.areas) == ((Need.OTHER,), ())
    assert "residents of the MyCity area" in service.listing.eligibility
    assert service.listing.contact_name is None
    with database.transaction(STEWARD) as tx:
        (venue,) = places.list_venues(tx)
    assert (venue.point, venue.postcode, venue.access) == (
        None,
        None,
        (Access.HEARING_LOOP, Access.STEP_FREE),
    )


def test_version_1_is_read_too(database: Database) -> None:
    report = run(database, *V1)
    assert outcomes(report) == [Outcome.NEW, Outcome.SET_ASIDE]
    assert [problem.field for problem in report.lines[1].problems] == ["minimum_age"]
    service = services(database)["bv-101"]
    assert service.description == "Gentle walks & a cup of tea."
    assert (service.min_age, service.max_age, service.areas) == (18, None, ("lad:E09990001",))
    assert (service.languages, service.needs) == (("en", "tr"), (Need.PHYSICAL_ACTIVITY,))
    assert (service.listing.cost, service.listing.contact_phone) == ("free", "01632 960123")
    assert "Round the canal" in service.listing.eligibility
    assert service.verified_on == date(2026, 10, 1)
    with database.transaction(STEWARD) as tx:
        sessions = places.list_sessions(tx, [service.id])[service.id]
        profile = places.find_profile(tx, service.provider_id)
    assert [session.weekday for session in sessions] == [Weekday.MONDAY, Weekday.WEDNESDAY]
    assert profile is not None
    assert profile.website == "https://walkers.example"


def test_need_that_the_steward_gives_a_category_reaches_its_services(database: Database) -> None:
    run(database, a_service())
    assert services(database)["s-1"].needs == (Need.OTHER,)
    with database.transaction(STEWARD) as tx:
        places.record_terms(tx, [Term("council", "t-1", "Gardens", needs=(Need.ARTS_AND_NATURE,))])
    run(database, a_service())
    assert services(database)["s-1"].needs == (Need.ARTS_AND_NATURE,)
    with database.transaction(STEWARD) as tx:
        assert places.list_terms(tx)[0].needs == (Need.ARTS_AND_NATURE,)


def test_service_that_a_complete_source_has_no_more_rests_and_comes_back(database: Database) -> None:
    rows = [a_service(id=f"s-{number}") for number in range(3)]
    run(database, *rows)
    assert Outcome.GONE not in outcomes(run(database, *rows[:2]))
    assert outcomes(run(database, *rows[:2], complete=True)).count(Outcome.GONE) == 1
    assert services(database)["s-2"].status is ServiceStatus.INACTIVE
    run(database, *rows, complete=True)
    assert services(database)["s-2"].status is ServiceStatus.ACTIVE


def test_source_that_is_suddenly_empty_takes_nothing_with_it(database: Database) -> None:
    run(database, *[a_service(id=f"s-{number}") for number in range(3)])
    report = run(database, complete=True)
    assert (report.lines, len(report.warnings)) == ((), 1)
    assert {each.status for each in services(database).values()} == {ServiceStatus.ACTIVE}


@pytest.mark.parametrize("text_of", ["\x00", "\ud800", "<b>", "a" * 5000, "&lt;script&gt;"])
def test_no_text_upsets_the_import(database: Database, text_of: str) -> None:
    rows = (a_service(description=f"Well{text_of}"), a_service(id="s-2", status=f"Well{text_of}"))
    assert outcomes(run(database, *rows)) == [Outcome.NEW, Outcome.SET_ASIDE]
    assert services(database)["s-1"].description.startswith("Well")


def test_report_says_what_is_wrong_where_and_what_to_do(database: Database) -> None:
    lines = "\n".join(render(run(database, *V1, apply=False)))
    assert "1 new, 0 changed, 0 unchanged, 1 set aside, 0 gone" in lines
    assert "set aside: Homework club (row 2, id bv-102)" in lines
    assert "WRONG minimum_age: Give an age in whole years" in lines
    assert "note languages[2]" in lines
    assert "--apply" in lines


def test_only_the_steward_imports_and_no_source_takes_our_name(database: Database) -> None:
    with pytest.raises(NotAllowed):
        import_directory(database, make_place(database).link_worker, Feed("council", ()), apply=True)
    with pytest.raises(Invalid, match="that is ours"):
        import_directory(database, STEWARD, Feed("own", ()), apply=True)


def test_day_of_checking_in_the_future_is_not_believed(database: Database, clock: Clock) -> None:
    (line,) = run(
        database, a_service(assured_date=clock.today.replace(year=clock.today.year + 1).isoformat())
    ).lines
    assert [note.field for note in line.notes if note.field == "assured_date"]
    assert services(database)["s-1"].verified_on is None
