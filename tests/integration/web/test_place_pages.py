"""The steward's neighbourhoods and numbers: what is changed is matched by at once, told in a history, and undone."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.areas import Point
from app.domain.finding import Search
from app.domain.geography import Area, Located, OdsEntry, OdsRole
from app.domain.lifecycle import ReferralStatus
from app.domain.place_numbers import NAMES
from app.runtime import Runtime
from app.services.caring import suggestions
from app.services.directory import finding
from app.services.watching import place_rules
from app.store import geography, referrals
from app.web.stewardship import place_rule_words
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE, RULES = "/neighbourhoods", "/place-rules"
LSOA, WARD = "E01001742", "E05009367"


@pytest.fixture
def located(runtime: Runtime, place: MadePlace) -> None:
    """The postcode where people of the tests live, with its areas, and a practice in it."""
    lies = Located("E8 1EA", Point(51.54, -0.06), ward=WARD, lsoa=LSOA)
    practice = OdsEntry(place.practices[0].ods or "", OdsRole.PRACTICE, "A practice", postcode="E8 1EA")
    with runtime.db.transaction(system("test")) as tx:
        geography.record_postcodes(tx, [lies])
        geography.record_ods(tx, [practice])


@pytest.fixture
def northside(sign_in: SignIn, located: None) -> Visitor:
    """The steward, who has added a neighbourhood."""
    steward = sign_in("steward")
    assert steward.send(PAGE, {"name": "The Northside"}).location == f"{PAGE}/the-northside"
    return steward


ONE = f"{PAGE}/the-northside"


def is_suggested(runtime: Runtime, place: MadePlace, made: MadeReferral) -> bool:
    with runtime.db.transaction(place.link_worker) as tx:
        found = suggestions.suggestions(tx, referrals.get(tx, made.id, audit="test"))
    suits = (each.service.id for each in found.matches[: found.suitable])
    return place.services[0].id in suits


def is_found_at_home(runtime: Runtime, place: MadePlace) -> bool:
    """Whether the directory finds the first service for somebody who lives at the tests' postcode."""
    search = Search(near=finding.near(runtime.db, "E8 1EA"))
    found = finding.search(runtime.db, "", search)
    return place.services[0].id in {each.service.id for each in found.page.lines}


def name_it(admin: Engine, place: MadePlace) -> None:
    """Let the first service help people of the neighbourhood only."""
    with admin.begin() as connection:
        values = {"id": place.services[0].id}
        connection.execute(
            text("update service set areas = '{neighbourhood:the-northside}' where id = :id"), values
        )


def test_empty_page_says_when_one_is_needed(sign_in: SignIn) -> None:
    assert "There is no neighbourhood yet" in sign_in("steward").get(PAGE).text


def test_matching_goes_by_a_neighbourhood_from_the_moment_it_is_changed(
    northside: Visitor, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    name_it(admin, place)
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    northside.send(PAGE, {"name": "Southside"})
    other = f"{PAGE}/southside"
    assert is_suggested(runtime, place, made)  # nobody has said yet of which neighbourhood they are
    northside.send(f"{other}/areas", {"areas": "e8 1ea"}, at=other)
    assert not is_suggested(runtime, place, made)
    northside.send(f"{other}/close", at=other)
    assert not is_suggested(runtime, place, made)  # who lived there lives in no other neighbourhood for that
    northside.send(f"{other}/open-again", at=other)
    assert not is_suggested(runtime, place, made)
    northside.send(f"{other}/take-out", {"area": f"lsoa:{LSOA}"}, at=other)
    northside.send(f"{ONE}/areas", {"areas": f"ward:{WARD}"}, at=ONE)
    assert is_suggested(runtime, place, made)
    history = northside.get(other).text
    for told in ("Area taken out: E01001742", "Opened again", "Closed", "Areas added", "Invented steward"):
        assert told in history, told


def test_who_lives_in_a_closed_one_is_offered_what_names_it_to_be_checked(
    northside: Visitor, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    name_it(admin, place)
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    northside.send(f"{ONE}/areas", {"areas": "e8 1ea"}, at=ONE)
    northside.send(f"{ONE}/close", at=ONE)
    assert is_suggested(runtime, place, made)
    assert is_found_at_home(runtime, place)
    northside.send(PAGE, {"name": "Southside"})
    other = f"{PAGE}/southside"
    northside.send(f"{other}/areas", {"areas": "e8 1ea"}, at=other)
    assert not is_suggested(runtime, place, made)
    assert not is_found_at_home(runtime, place)


def test_page_tells_who_works_there_and_with_which_team(
    northside: Visitor, place: MadePlace, admin: Engine
) -> None:
    name_it(admin, place)
    assert "No practice that is set up here" in northside.get(ONE).text
    northside.send(f"{ONE}/areas", {"areas": WARD}, at=ONE)
    page = northside.get(ONE).text
    assert f"{place.services[0].name}, {place.providers[0].name}" in page
    assert f"{place.practices[0].name}: {place.team.name}" in page


def test_renaming_leaves_services_with_it(northside: Visitor, place: MadePlace, admin: Engine) -> None:
    name_it(admin, place)
    northside.send(f"{ONE}/name", {"name": "Clissold"}, at=ONE)
    page = northside.get(ONE).text
    assert "from The Northside to Clissold" in page
    assert place.services[0].name in page
    assert "Clissold" in northside.get(PAGE).text


@pytest.mark.parametrize(
    ("areas", "why"),
    [
        ("", "Give at least one area"),
        ("the park", "the park is not an area"),
        ("E01999999", "No postcode loaded here lies in E01999999"),
        (f"{LSOA}, nowhere", "nowhere is not an area"),
    ],
)
def test_what_is_no_area_here_is_refused_whole_and_kept_in_the_form(
    northside: Visitor, areas: str, why: str
) -> None:
    answer = northside.send(f"{ONE}/areas", {"areas": areas}, at=ONE)
    assert answer.status_code == 400
    assert why in answer.text
    assert areas in answer.text
    assert "It has no areas yet" in northside.get(ONE).text


def test_area_belongs_to_one_open_neighbourhood_at_a_time(northside: Visitor) -> None:
    northside.send(f"{ONE}/areas", {"areas": LSOA}, at=ONE)
    northside.send(PAGE, {"name": "Southside"})
    other = f"{PAGE}/southside"
    refused = northside.send(f"{other}/areas", {"areas": LSOA}, at=other)
    assert refused.status_code == 400
    assert "is in The Northside: take it out there first." in refused.text
    northside.send(f"{ONE}/close", at=ONE)
    assert northside.send(f"{other}/areas", {"areas": LSOA}, at=other).status_code == 303


def test_names_are_there_once(northside: Visitor) -> None:
    assert "There is one of this name already" in northside.send(PAGE, {"name": "the northside"}).text
    assert "Give it a name" in northside.send(PAGE, {"name": " "}).text
    northside.send(PAGE, {"name": "Southside"})
    other = f"{PAGE}/southside"
    refused = northside.send(f"{other}/name", {"name": "The Northside"}, at=other)
    assert "Another neighbourhood has this name" in refused.text


def test_stale_pages_of_a_closed_one_change_nothing_and_say_why(northside: Visitor) -> None:
    northside.send(f"{ONE}/close", at=ONE)
    for act, form in (("close", {}), ("areas", {"areas": LSOA}), ("take-out", {"area": f"lsoa:{LSOA}"})):
        answer = northside.send(f"{ONE}/{act}", form, at=ONE)
        assert answer.status_code == 409, act
        assert "Open it again first" in answer.text
    assert northside.send(f"{ONE}/open-again", at=ONE).status_code == 303
    assert northside.send(f"{ONE}/open-again", at=ONE).status_code == 409


def test_one_that_a_loaded_file_names_is_listed_and_can_be_closed(
    sign_in: SignIn, runtime: Runtime, located: None
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        geography.record_areas(tx, [Area(f"lsoa:{LSOA}", "Hackney 012A", "neighbourhood:clissold")])
    steward = sign_in("steward")
    assert f"{PAGE}/clissold" in steward.get(PAGE).links
    assert "Hackney 012A" in steward.get(f"{PAGE}/clissold").text
    steward.send(f"{PAGE}/clissold/close", at=PAGE)
    with runtime.db.transaction(system("test")) as tx:
        found = geography.find_place(tx, "E8 1EA")
    assert found is not None
    assert found.neighbourhood is None
    assert "neighbourhood:clissold" not in found.areas


def test_number_is_changed_counts_at_once_and_is_put_back(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    steward = sign_in("steward")
    assert "Nothing was changed yet" in steward.get(RULES).text
    refused = steward.send(f"{RULES}/answer_days", {"value": "soon"})
    assert refused.status_code == 400
    assert "Give a whole number" in refused.text
    assert steward.send(f"{RULES}/answer_days", {"value": "7"}).status_code == 303
    assert place_rules.get_rules(runtime.db, place.actor("steward")).answer_days == 7
    page = steward.get(RULES)
    assert "from 5 working days to 7 working days" in page.text
    assert "Usually: 5 working days" in page.text
    assert "1 working days" not in page.text
    (back,) = (path for path in page.posts if path.endswith("/put-back"))
    steward.send(back, at=RULES)
    assert place_rules.get_rules(runtime.db, place.actor("steward")).answer_days == 5


@pytest.mark.parametrize(
    ("name", "told"), [("payments_on", "yes"), ("follow_up_months", "none"), ("bank_holidays_of", "SCT")]
)
def test_every_kind_of_number_can_be_put_back(
    name: str, told: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    steward, actor = sign_in("steward"), place.actor("steward")
    before = place_rules.get_rules(runtime.db, actor)
    steward.send(f"{RULES}/{name}", {"value": told})
    assert place_rules.get_rules(runtime.db, actor) != before
    (back,) = (path for path in steward.get(RULES).posts if path.endswith("/put-back"))
    steward.send(back, at=RULES)
    assert place_rules.get_rules(runtime.db, actor) == before


def test_every_number_has_words_or_is_set_elsewhere() -> None:
    assert set(NAMES) == {*place_rule_words.ALL, *place_rule_words.NOT_HERE}


def test_how_people_sign_in_is_not_changed_here(sign_in: SignIn) -> None:
    steward = sign_in("steward")
    steward.get(f"{RULES}/second_step_for", status=404)
    assert steward.send(f"{RULES}/second_step_for", {"value": "nobody"}, at=RULES).status_code == 404
    assert steward.send(f"{RULES}/changes/{uuid4()}/put-back", at=RULES).status_code == 404
    steward.get(f"{PAGE}/nowhere", status=404)


@pytest.mark.parametrize("username", ["link-worker", "provider-0", "practice-0", "analyst"])
def test_only_the_steward_looks_after_the_place(username: str, sign_in: SignIn, northside: Visitor) -> None:
    visitor = sign_in(username)
    for page in (PAGE, ONE, RULES, f"{RULES}/answer_days"):
        assert visitor.client.get(page).status_code == 403, page
    for path in (PAGE, f"{ONE}/close", f"{RULES}/answer_days"):
        assert visitor.send(path, {"name": "x", "value": "9"}, at="/privacy").status_code == 403, path
