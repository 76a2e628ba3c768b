"""Providers' pages can be read by somebody of nine: signed in and by a safe link, measured by a published formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.runtime import Runtime
from app.services import delivery
from tests import by_link
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import Helper, Post
from tests.integration.web.conftest import Visitor
from tests.reading_age import reading_age

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


def test_list_of_each_kind(sign_in: SignIn, helping: MadeReferral) -> None:
    provider = sign_in("provider-0")
    hard = {path: age for path in ALWAYS if (age := reading_age(provider.get(path).html)) > OLDEST}
    assert not hard


def test_offer_that_waits_for_an_answer(sign_in: SignIn, asked: MadeReferral) -> None:
    hard = too_hard(sign_in("provider-0"), asked, ASKED)
    assert not hard


def test_offer_where_help_goes_on(sign_in: SignIn, helping: MadeReferral) -> None:
    hard = too_hard(sign_in("provider-0"), helping, HELPING)
    assert not hard


def test_the_same_by_a_safe_link(app: Flask, runtime: Runtime, asked: MadeReferral) -> None:
    post = Post(runtime)
    path = post.link()
    helper = Helper(app.test_client(), post)
    pages = {path: helper.get(path).html}
    helper.knock(path)
    pages["/by-link"] = helper.get("/by-link").html
    assert helper.type(post.digits()) == 303
    pages |= {part: helper.get(f"/offers/{asked.placement_id}{part}").html for part in ASKED}
    helper.send("/by-link/end", at=f"/offers/{asked.placement_id}")
    pages["/by-link/over"] = helper.get("/by-link/over").html
    assert {at: age for at, html in pages.items() if (age := reading_age(html)) > OLDEST} == {}


def too_hard(visitor: Visitor, made: MadeReferral, parts: list[str]) -> dict[str, float]:
    """Return the pages of an offer that are harder to read than is allowed, with their ages."""
    offer = f"/offers/{made.placement_id}"
    ages = {part: reading_age(visitor.get(f"{offer}{part}").html) for part in parts}
    return {part: age for part, age in ages.items() if age > OLDEST}
