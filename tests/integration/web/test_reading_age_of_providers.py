"""Providers' pages can be read by somebody of nine: signed in and by a safe link, measured by a published formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.directory import dials, entry_checks
from app.services.helping import delivery
from app.services.messages import links
from tests import by_link
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import Helper, Post
from tests.integration.web.conftest import Visitor
from tests.reading_age import reading_age, without

OLDEST = 9.0
SignIn = Callable[[str], Visitor]
ALWAYS = [
    "/offers",
    "/waiting",
    "/register",
    "/services",
    "/evaluation",
    "/agreements",
    "/people",
    "/blockages",
]
ASKED = ["", "/decline", "/question", "/waiting-list", "/onward"]
HELPING = ["", "/contact", "/outcome", "/end-early", "/pause", "/onward", "/measures", "/milestones"]


@pytest.fixture
def asked(runtime: Runtime, place: MadePlace) -> MadeReferral:
    by_link.add_helper(runtime.db, place)
    return make_referral(runtime.db, place)


@pytest.fixture
def helping(runtime: Runtime, place: MadePlace, asked: MadeReferral) -> MadeReferral:
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, asked.placement_id)
    delivery.start(runtime.db, provider, asked.placement_id)
    return asked


def test_list_of_each_kind(sign_in: SignIn, place: MadePlace, helping: MadeReferral) -> None:
    provider = sign_in("provider-0")
    assert too_hard(place, {path: provider.get(path).html for path in ALWAYS}) == {}


def test_offer_that_waits_for_an_answer(sign_in: SignIn, place: MadePlace, asked: MadeReferral) -> None:
    assert too_hard(place, pages_of(sign_in("provider-0"), asked, ASKED)) == {}


def test_offer_where_help_goes_on(sign_in: SignIn, place: MadePlace, helping: MadeReferral) -> None:
    assert too_hard(place, pages_of(sign_in("provider-0"), helping, HELPING)) == {}


def test_offer_that_was_ended_and_can_be_told_of_late(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral
) -> None:
    ending = Ending(Outcome(OutcomeState.NOT_KNOWN, "", ""), reason="moved-away")
    endings.end_early(runtime.db, place.link_worker, helping.id, ending)
    provider = sign_in("provider-0")
    pages = pages_of(provider, helping, ["", "/late-outcome"])
    page = f"/offers/{helping.placement_id}"
    assert provider.send(f"{page}/late-outcome", {"outcome": "better"}).location == page
    assert too_hard(place, pages | {"told": provider.get(page).html}) == {}


def test_the_same_by_a_safe_link(app: Flask, runtime: Runtime, place: MadePlace, asked: MadeReferral) -> None:
    post = Post(runtime)
    path = post.link()
    helper = Helper(app.test_client(), post)
    pages = {path: helper.get(path).html}
    helper.knock(path)
    pages["/by-link"] = helper.get("/by-link").html
    assert helper.type(post.digits()) == 303
    pages |= pages_of(helper, asked, ASKED)
    helper.send("/by-link/end", at=f"/offers/{asked.placement_id}")
    pages["/by-link/over"] = helper.get("/by-link/over").html
    assert too_hard(place, pages) == {}


@pytest.mark.parametrize("purpose", [dials.DIAL, entry_checks.STILL_RIGHT])
def test_service_by_the_link_of_an_email(
    purpose: str, app: Flask, runtime: Runtime, place: MadePlace
) -> None:
    service = place.services[0]
    with runtime.db.transaction(system("test")) as tx:
        address = links.make_link(
            tx, purpose=purpose, subject_id=service.id, organisation_id=service.provider_id, days=14
        )
    path = address.removeprefix("http://localhost")
    assert too_hard(place, {purpose: Visitor(app.test_client()).get(path).html}) == {}


def pages_of(visitor: Visitor, made: MadeReferral, parts: list[str]) -> dict[str, str]:
    """Return the pages of an offer."""
    return {part: visitor.get(f"/offers/{made.placement_id}{part}").html for part in parts}


def too_hard(place: MadePlace, pages: dict[str, str]) -> dict[str, float]:
    """Return the pages that are harder to read than is allowed, with their ages; names are nobody's to make easier."""
    names = {each.name for each in (*place.providers, *place.services, *place.practices, place.team)}
    ages = {at: reading_age(without(html, {*names, "Adaeze Okonkwo"})) for at, html in pages.items()}
    return {at: age for at, age in ages.items() if age > OLDEST}
