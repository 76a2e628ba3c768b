"""Where a person lives is used inside the place alone: for the matching, and for a link worker's own search."""

from __future__ import annotations

from datetime import time
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from app.demo.directory import POSTCODES
from app.domain.access import system
from app.domain.directory import ServiceSession, Venue
from app.domain.directory_words import Weekday
from app.domain.errors import NotAllowed, NotFound
from app.domain.finding import Search
from app.services.caring import triage
from app.services.directory import finding
from app.services.feeds import open_data
from app.store import geography, places
from app.store.session import Database
from tests.factories import MadePlace, Patient, make_place, make_referral

HOME = "BV4 4GJ"


@pytest.fixture
def made(database: Database) -> MadePlace:
    made = make_place(database)
    venue = Venue(uuid4(), "Hall", postcode="bv41ab")
    with database.transaction(system("tests")) as tx:
        places.record_venue(tx, venue)
        session = ServiceSession(made.services[0].id, Weekday.MONDAY, time(10), time(12), venue)
        places.record_sessions(tx, made.services[0].id, [session])
    open_data.load(database, POSTCODES)
    return made


def test_the_matching_knows_point_and_areas_of_where_the_person_lives(
    database: Database, made: MadePlace
) -> None:
    referral = make_referral(database, made, patient=Patient(postcode=HOME.lower()))
    wanted = triage.suggest(database, made.link_worker, referral.id).wanted
    with database.transaction(system("tests")) as tx:
        home = geography.find_place(tx, HOME)
    assert home
    assert (wanted.point, wanted.areas) == (home.point, home.areas)
    assert {"BV4", "ward:E05990004"} <= wanted.place


def test_of_a_person_whose_whereabouts_are_restricted_no_place_is_looked_up(
    database: Database, made: MadePlace, admin: Engine
) -> None:
    referral = make_referral(database, made, patient=Patient(postcode=HOME))
    with admin.connect() as connection:
        connection.exec_driver_sql("update person set restricted = true")
    wanted = triage.suggest(database, made.link_worker, referral.id).wanted
    assert (wanted.point, wanted.areas, wanted.place) == (None, (), frozenset())
    assert finding.search_for(database, made.link_worker, referral.id, "", Search()).search.near is None


def test_a_link_worker_searches_from_where_the_person_lives(database: Database, made: MadePlace) -> None:
    referral = make_referral(database, made, patient=Patient(postcode=HOME))
    near = finding.near(database, HOME)
    found = finding.search_for(database, made.link_worker, referral.id, "befrienders", Search())
    assert found.search.near
    assert found.search.near.point == near.point
    assert near.codes == found.search.near.codes
    (line,) = found.page.lines
    assert line.miles
    assert 0 < line.miles < 2


@pytest.mark.parametrize(
    ("username", "refusal"),
    [("other-link-worker", NotFound), ("provider-0", NotAllowed), ("practice-0", NotAllowed)],
)
def test_nobody_else_can_search_for_the_person(
    database: Database, made: MadePlace, username: str, refusal: type[Exception]
) -> None:
    referral = make_referral(database, made, patient=Patient(postcode=HOME))
    with pytest.raises(refusal):
        finding.search_for(database, made.actor(username), referral.id, "", Search())
