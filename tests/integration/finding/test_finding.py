"""The search finds what people mean: their words, slips and all, and what they choose beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from app.domain import capacity
from app.domain.access import system
from app.domain.areas import covers, miles_between
from app.domain.directory_words import ServiceStatus, Weekday
from app.domain.errors import Invalid, NotFound
from app.domain.finding import Near, Search, TimeOfDay
from app.domain.referral import Service
from app.domain.vocabulary import Access, Capacity, Need
from app.services.directory import finding
from app.services.directory.finding import Found
from app.store import directory, listings, places
from app.store.session import Database

ANYTHING = Search()


def names(found: Found) -> list[str]:
    return [line.service.name for line in found.page.lines]


def all_of(db: Database, typed: str = "", asked: Search = ANYTHING) -> list[str]:
    first = finding.search(db, typed, asked)
    later = [finding.search(db, typed, asked, page=n) for n in range(2, first.page.last + 1)]
    return [name for page in (first, *later) for name in names(page)]


def services_of(db: Database) -> list[Service]:
    with db.transaction(system("tests")) as tx:
        return list(directory.list_services(tx, beside=None))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("choir", "Brook Vale Voices, a choir for everybody"),
        ("CHOIRS!", "Brook Vale Voices, a choir for everybody"),
        ("chess", "Chess in the library"),
        ("cafe", "Crisis café"),
        ("young carers", "Young carers' club"),
        ("Marsh Road", "Growing together"),
        ("mosque", "Elders' lunch and talk"),
        ("walking by canal", "Gentle walks by the canal"),
    ],
)
def test_words_are_found_in_names_of_services_groups_and_venues(
    brook_vale: Database, typed: str, wanted: str
) -> None:
    assert wanted in all_of(brook_vale, typed)


@pytest.mark.parametrize(
    ("typed", "need"),
    [
        ("lonely", Need.SOCIAL_CONNECTION),
        ("I am on my own", Need.SOCIAL_CONNECTION),
        ("grief", Need.BEREAVEMENT),
        ("bailiffs", Need.MONEY_ADVICE),
        ("help with eviction please", Need.HOUSING),
        ("food bank", Need.FOOD),
        ("bereavment", Need.BEREAVEMENT),
        ("diabetic", Need.LONG_TERM_CONDITION),
    ],
)
def test_peoples_own_words_mean_a_need(brook_vale: Database, typed: str, need: Need) -> None:
    by_need = set(all_of(brook_vale, asked=Search(need=need)))
    assert by_need
    assert by_need <= set(all_of(brook_vale, typed))


@pytest.mark.parametrize(
    ("slip", "right", "wanted"),
    [
        ("choer", "choir", "Brook Vale Voices, a choir for everybody"),
        ("swiming", "swimming", "Women's swimming"),
        ("lonley", "lonely", "Monday coffee downstairs"),
        ("gurdwarra", "gurdwara", "Langar, a meal in company"),
    ],
)
def test_a_typing_slip_is_mended_and_said(brook_vale: Database, slip: str, right: str, wanted: str) -> None:
    found = finding.search(brook_vale, slip, ANYTHING)
    assert dict(found.mended) == {slip: right}
    assert wanted in all_of(brook_vale, slip)


def test_what_is_named_so_comes_before_what_only_means_the_need(brook_vale: Database) -> None:
    assert names(finding.search(brook_vale, "swimming", ANYTHING))[0] == "Women's swimming"


def test_every_word_must_be_met_and_when_none_meets_all_some_do_and_it_is_said(brook_vale: Database) -> None:
    both = finding.search(brook_vale, "chess library", ANYTHING)
    assert names(both) == ["Chess in the library"]
    assert not both.loosened
    some = finding.search(brook_vale, "chess kiln", ANYTHING)
    assert some.loosened
    assert {"Chess in the library", "Clay for calm"} <= set(names(some))


@pytest.mark.parametrize("typed", ["", "   ", "help", "the", "'; drop table service; --", "a:* & |", "\x00"])
def test_words_that_say_nothing_and_signs_break_nothing(brook_vale: Database, typed: str) -> None:
    assert finding.search(brook_vale, typed, ANYTHING).page.number == 1


def test_nothing_found_is_an_empty_page(brook_vale: Database) -> None:
    found = finding.search(brook_vale, "xylophonequartet", ANYTHING)
    assert (found.page.total, list(found.page.lines), found.loosened) == (0, [], False)


def test_pages_hold_every_running_service_once(brook_vale: Database) -> None:
    shown = all_of(brook_vale)
    assert sorted(shown) == sorted(one.name for one in services_of(brook_vale))
    assert len(shown) > 60
    assert len(names(finding.search(brook_vale, "", ANYTHING, page=2))) == finding.ON_A_PAGE
    assert names(finding.search(brook_vale, "", ANYTHING, page=99)) == []


def test_the_nearest_comes_first_and_what_is_too_far_is_left_out(brook_vale: Database) -> None:
    near = finding.near(brook_vale, "bv11ab")
    close = finding.search(brook_vale, "", Search(near=near, within=1, need=Need.SOCIAL_CONNECTION))
    told = [line.miles for line in close.page.lines if line.miles is not None and not line.is_stale]
    assert told
    assert told == sorted(told)
    assert max(told) <= 1
    everywhere = finding.search(brook_vale, "", Search(near=near, need=Need.SOCIAL_CONNECTION))
    assert everywhere.page.total > close.page.total


def test_distance_is_the_same_as_the_matching_has_it(brook_vale: Database) -> None:
    near = finding.near(brook_vale, "BV1 1AB")
    assert near.point
    lines = finding.search(brook_vale, "choir", Search(near=near)).page.lines
    choir = next(line for line in lines if line.service.name.startswith("Brook Vale Voices"))
    (session,) = choir.sessions
    assert session.venue
    assert session.venue.point
    assert choir.miles == pytest.approx(miles_between(near.point, session.venue.point))


def test_what_comes_to_the_person_is_near_whoever_asks(brook_vale: Database) -> None:
    for where in ("BV1 1AB", "BV4 4GJ"):
        asked = Search(near=finding.near(brook_vale, where), within=1)
        assert "A call a week" in all_of(brook_vale, asked=asked)


def test_days_times_language_and_access_are_asked_for_together(brook_vale: Database) -> None:
    evening = all_of(brook_vale, asked=Search(days=(Weekday.FRIDAY,), times=(TimeOfDay.EVENING,)))
    assert {"Crisis café", "Friday night out"} <= set(evening)
    assert "Chess in the library" not in evening
    assert all_of(brook_vale, asked=Search(language="pl")) == sorted(
        one.name for one in services_of(brook_vale) if "pl" in one.languages
    )
    quiet = Search(access=(Access.QUIET_SPACE, Access.HEARING_LOOP), need=Need.ARTS_AND_NATURE)
    assert "Dementia-friendly matinée" in all_of(brook_vale, asked=quiet)
    assert "Clay for calm" not in all_of(brook_vale, asked=quiet)


def test_free_leaves_out_what_costs(brook_vale: Database) -> None:
    free = all_of(brook_vale, asked=Search(free=True))
    assert "Thursday tea table" in free
    assert "Women's swimming" not in free


def test_stale_entries_are_said_to_be_so_and_come_after_the_others(brook_vale: Database) -> None:
    lines = finding.search(brook_vale, "", Search(days=(Weekday.SATURDAY,))).page.lines
    stale = [line.is_stale for line in lines]
    assert stale == sorted(stale)
    assert {line.service.name for line in lines if line.is_stale} == {
        "Saturday dads",
        "Chess in the library",
        "First Saturday breakfast",
    }


@pytest.mark.parametrize("where", ["", "somewhere", "district", "ward:E05990001", "BV1 1ABC"])
def test_a_place_that_is_none_is_refused_with_a_way_out(brook_vale: Database, where: str) -> None:
    with pytest.raises(Invalid, match="Give a postcode"):
        finding.near(brook_vale, where)


def test_a_district_and_an_unknown_postcode_stand_for_their_middle(brook_vale: Database) -> None:
    middle = finding.near(brook_vale, "bv1")
    assert middle.point
    assert finding.near(brook_vale, "BV1 9ZZ") == middle
    assert finding.near(brook_vale, "ZE1 0AA").point is None


@pytest.mark.parametrize("codes", [{"BV1"}, {"BV3", "ward:E05990003"}, {"ward:E05990001"}])
def test_services_that_do_not_cover_a_place_are_left_out_as_the_rules_have_it(
    borough: Database, codes: set[str]
) -> None:
    with borough.transaction(system("tests")) as tx:
        for one, areas in zip(
            directory.list_services(tx, beside=None), product(("BV1", "BV2", "BV3")), strict=False
        ):
            listings.record_service(tx, replace(one, areas=("ward:E05990003", *areas)))
    expected = [one.name for one in services_of(borough) if covers(one.areas, codes) is not False]
    assert sorted(all_of(borough, asked=Search(near=Near(None, frozenset(codes))))) == sorted(expected)


def test_open_now_is_what_the_dial_says(borough: Database) -> None:
    today = borough.clock().date()
    dials: Iterable[tuple[Capacity, int | None, int | None]] = product(
        Capacity, (None, 0, 1), (None, -1, 0, 1)
    )
    with borough.transaction(system("tests")) as tx:
        for one, (dial, left, until) in zip(directory.list_services(tx, beside=None), dials, strict=False):
            full_until = None if until is None else today + timedelta(days=until)
            changed = {"places_left": left, "weekly_limit": 3, "full_until": full_until}
            listings.record_service(tx, replace(one, capacity=dial, **changed))
        closed = replace(
            directory.list_services(tx, beside=None)[-1], status=ServiceStatus.TEMPORARILY_CLOSED
        )
        listings.record_service(tx, closed)
    expected = [
        one.name
        for one in services_of(borough)
        if capacity.takes_people(one, today) and one.status is ServiceStatus.ACTIVE
    ]
    assert sorted(all_of(borough, asked=Search(open_now=True))) == sorted(expected)


def test_what_does_not_run_any_more_is_not_found_but_its_address_still_answers(borough: Database) -> None:
    one = next(each for each in services_of(borough) if each.name == "Clay for calm")
    with borough.transaction(system("tests")) as tx:
        listings.record_service(tx, replace(one, status=ServiceStatus.INACTIVE))
    assert "Clay for calm" not in all_of(borough, "clay")
    told = finding.get_listed(borough, one.id)
    assert (told.standing, told.takes_people) == ("Does not run any more", False)
    with pytest.raises(NotFound):
        finding.get_listed(borough, one.provider_id)


def test_a_changed_name_of_service_group_or_venue_is_found_at_once(borough: Database) -> None:
    one = next(each for each in services_of(borough) if each.name == "Clay for calm")
    with borough.transaction(system("tests")) as tx:
        listings.record_service(tx, replace(one, name="Potter's wheel evening"))
        profile = places.find_profile(tx, one.provider_id)
        assert profile
        places.record_profile(tx, replace(profile, description="A lighthouse of culture."))
        venue = next(each for each in places.list_venues(tx) if each.name == "The Arts Mill")
        places.record_venue(tx, replace(venue, name="The Velodrome"))
    for typed in ("wheel", "lighthouse", "velodrome"):
        assert "Potter's wheel evening" in all_of(borough, typed)
    assert "Potter's wheel evening" not in all_of(borough, "calm")
