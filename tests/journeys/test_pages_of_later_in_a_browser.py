"""Pages of states that come with time, or once somebody has set something up: looked at as every other page is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.follow_up import check_in_asking, follow_up_asking, follow_ups
from app.services.helping import delivery
from app.services.own.person_links import CHECK_IN, FOLLOW_UP, make
from app.services.signing_in import seats
from app.services.watching import place_rules
from app.store import check_ins
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, MadeReferral, make_place, make_referral
from tests.integration.openreferral.test_categories import ONE, ROWS, take
from tests.integration.signing_in.conftest import give_password, set_up_app
from tests.integration.signing_in.test_seats import act_for
from tests.integration.web.conftest import Visitor
from tests.integration.web.test_editing_entries import SESSION, save
from tests.integration.web.test_every_word_of_states import HOUSE
from tests.journeys.every_address import BORN
from tests.journeys.eyes import Eyes, eyes_on


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """A place where somebody signs in for every role."""
    return make_place(runtime.db)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The application."""
    return application_of(runtime)


@pytest.fixture
def eyes(browser: Browser, app: Flask) -> Iterator[Eyes]:
    """Eyes that see the pages of one test."""
    with eyes_on(browser, app) as eyes:
        yield eyes


def look(eyes: Eyes, visitor: Visitor, *paths: str) -> None:
    """Look at pages as somebody; fails with what is wrong with them."""
    for path in paths:
        eyes.look(path, visitor.get(path).html)
    assert eyes.verdict() == []


def own_page(runtime: Runtime, app: Flask, made: MadeReferral, purpose: str) -> tuple[Visitor, str]:
    """The person in a browser of their own, and the path of their page."""
    visitor = Visitor(app.test_client())
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        path = make(tx, **whose, purpose=purpose, days=30).removeprefix("http://localhost")
    assert visitor.send(path, BORN).status_code == 303
    return visitor, path


def test_whether_help_has_arrived(
    eyes: Eyes, runtime: Runtime, app: Flask, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    check_in_asking.plan_new(runtime.db)
    with runtime.db.transaction(system("test")) as tx:
        first, *_ = check_ins.list_for_referral(tx, made.id, audit="test")
    clock.set(first.due_on)
    for each in check_in_asking.due(runtime.db):
        check_in_asking.take_step(runtime.db, each, HOUSE)
    visitor, path = own_page(runtime, app, made, CHECK_IN)
    look(eyes, visitor, f"{path}/arrived")
    refused = visitor.send(f"{path}/arrived", {"answer": "perhaps"})
    eyes.look("refused", refused.text)
    visitor.send(f"{path}/arrived", {"answer": "not-yet"})
    look(eyes, visitor, f"{path}/arrived")


def test_questions_of_months_after(
    eyes: Eyes, runtime: Runtime, app: Flask, place: MadePlace, clock: Clock
) -> None:
    ended = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    (first, *_) = follow_ups.list_of_referral(runtime.db, place.link_worker, ended.id)
    clock.set(first.due_on)
    for each in follow_up_asking.due(runtime.db):
        follow_up_asking.take_step(runtime.db, each, HOUSE)
    visitor, path = own_page(runtime, app, ended, FOLLOW_UP)
    look(eyes, visitor, f"{path}/answers", *(f"{path}/answers/{each}" for each in ("ons4", "ucla3")))
    refused = visitor.send(f"{path}/answers/ons4", {"ons4-follow-up-happy": "99"})
    eyes.look("refused", refused.text)
    assert eyes.verdict() == []


def test_what_a_group_tells_after_the_help_was_ended(
    eyes: Eyes, runtime: Runtime, app: Flask, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    unknown = Outcome(OutcomeState.NOT_KNOWN, "", "")
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(unknown, reason="moved-away"))
    provider, worker = (Visitor(app.test_client()).sign_in(each) for each in ("provider-0", "link-worker"))
    page = f"/offers/{made.placement_id}"
    look(eyes, provider, page, f"{page}/late-outcome")
    eyes.look("refused", provider.send(f"{page}/late-outcome", {"words": "Went well."}).text)
    provider.send(f"{page}/late-outcome", {"outcome": "better", "words": "Went well."})
    look(eyes, provider, page)
    look(eyes, worker, f"/referrals/{made.id}")


def test_the_second_step_of_signing_in(eyes: Eyes, app: Flask, place: MadePlace, clock: Clock) -> None:
    set_up_app(Visitor(app.test_client()).sign_in("steward"), clock)
    visitor = Visitor(app.test_client())
    assert give_password(visitor, "steward", PASSWORD).startswith("/sign-in/code")
    look(eyes, visitor, "/sign-in/code")
    eyes.look("refused", visitor.send("/sign-in/code", {"code": "no digits"}).text)
    assert eyes.verdict() == []


def test_a_seat_that_is_over(eyes: Eyes, runtime: Runtime, app: Flask, place: MadePlace) -> None:
    user_id, team_id = place.accounts["other-link-worker"].id, place.team.id
    seats.add(runtime.db, place.actor("steward"), user_id, team_id)
    visitor = Visitor(app.test_client()).sign_in("other-link-worker")
    act_for(visitor, team_id)
    (seat,) = seats.list_of(runtime.db, place.actor("steward"), user_id)
    seats.end(runtime.db, place.actor("steward"), user_id, seat.id)
    assert visitor.client.get("/referrals").location == "/entering/over"
    look(eyes, visitor, "/entering/over")


def test_what_a_steward_or_a_group_sees_once_it_is_set_up(
    eyes: Eyes, runtime: Runtime, app: Flask, place: MadePlace
) -> None:
    take(runtime.db, *ROWS)
    place_rules.change_rules(runtime.db, place.actor("steward"), {"money_lines_on": "yes"})
    steward, provider = (Visitor(app.test_client()).sign_in(each) for each in ("steward", "provider-0"))
    path = f"/services/{place.services[0].id}/entry/sessions"
    assert save(steward, path, SESSION).status_code == 303
    look(eyes, steward, ONE, f"{path}/0")
    look(eyes, provider, "/value")
