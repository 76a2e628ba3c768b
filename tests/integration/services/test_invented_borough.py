"""The demonstration's borough is whole: every entry is one that the directory would take, and all is read back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.demo import directory as borough
from app.demo import place as demo
from app.domain.access import system
from app.domain.assurance import tier
from app.domain.directory_words import AssuranceTier, LegalForm, ServiceKind
from app.domain.entries import profile_problems, service_problems, session_problems, venue_problems
from app.domain.place import DEFAULT_RULES
from app.domain.routing import explain, rank
from app.domain.routing_evidence import STALE_AFTER_DAYS
from app.domain.routing_values import Wanted
from app.domain.sources import SourceKind
from app.domain.vocabulary import Capacity, Need, Role
from app.store import candidates, directory, places
from app.store.session import Database
from tests.conftest import Clock

CLIENTS: dict[str, dict[str, object]] = {practice.ods: {"keys": []} for practice in demo.PRACTICES}


@pytest.fixture
def borough_here(database: Database, clock: Clock) -> Database:
    """The borough, written to an empty database."""
    demo.set_up(database, today=clock.today, endpoint="https://gp.example.org", clients=CLIENTS)
    return database


def test_every_entry_is_one_that_the_directory_would_take(borough_here: Database) -> None:
    with borough_here.transaction(system("test")) as tx:
        services, profiles = directory.list_services(tx, beside=None), places.list_profiles(tx)
        sessions, venues = places.list_sessions(tx), places.list_venues(tx)
    assert [each.name for each in services if service_problems(each)] == []
    assert [each for each in profiles.values() if profile_problems(each)] == []
    assert [each.name for each in venues if venue_problems(each)] == []
    assert [each for each in sessions.values() if session_problems(each)] == []


def test_borough_has_sixty_services_of_every_kind_and_twelve_practices(
    borough_here: Database, clock: Clock
) -> None:
    with borough_here.transaction(system("test")) as tx:
        services, profiles = directory.list_services(tx, beside=None), places.list_profiles(tx)
        practices = [directory.find_organisation_by_ods(tx, told["ods"]) for told in borough.practices()]
    assert len(services) >= 60
    assert {service.kind for service in services} == set(ServiceKind)
    assert {service.capacity for service in services} == set(Capacity)
    assert {profile.legal_form for profile in profiles.values()} == set(LegalForm) - {LegalForm.OTHER}
    assert len(practices) == 12
    assert None not in practices
    stale = [s for s in services if s.verified_on and (clock.today - s.verified_on).days > STALE_AFTER_DAYS]
    assert len(stale) == 3
    assert {replace(each, places_left=None) for each in services} == {
        replace(each, places_left=None) for each in borough.services(clock.today)
    }


def test_every_kind_of_source_may_ask_and_only_people_themselves_have_no_sign_in(
    borough_here: Database,
) -> None:
    signed = {each.organisation for each in demo.STAFF if each.role is Role.PRACTICE}
    with borough_here.transaction(system("test")) as tx:
        found = [directory.get_organisation(tx, borough.identity(told["name"])) for told in borough.sources()]
    assert {each.source_kind for each in found} == set(SourceKind) - {SourceKind.PRACTICE}
    assert {each.source_kind for each in found if each.name not in signed} == {SourceKind.SELF}


def test_groups_stand_at_every_tier_of_assurance(borough_here: Database, clock: Clock) -> None:
    with borough_here.transaction(system("test")) as tx:
        shown, profiles = places.list_assurances(tx), places.list_profiles(tx)
    found = {tier(shown.get(group, ()), clock.today) for group in profiles}
    assert found == set(AssuranceTier)


@pytest.mark.parametrize("need", [need for need in Need if need is not Need.OTHER])
def test_somebody_of_the_borough_finds_help_with_each_need(
    borough_here: Database, clock: Clock, need: Need
) -> None:
    wanted = Wanted((need,), "BV1", 70, "female", "en", ())
    with borough_here.transaction(system("test")) as tx:
        everything = candidates.list_candidates(tx, DEFAULT_RULES, beside=None)
    found = rank(wanted, everything, clock.today)
    assert found.suitable
    assert all(explain(wanted, each.candidate, clock.today).against for each in found.ruled_out)
