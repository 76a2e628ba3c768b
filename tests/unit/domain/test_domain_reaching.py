"""What cannot reach a person is no help without travel; and what is free stays free with words beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from uuid import uuid4

import pytest

from app.domain.cautions import Cautions
from app.domain.directory import Listing, ServiceSession, Venue, is_free
from app.domain.directory_words import VenueKind, Weekday
from app.domain.explanation import Explanation
from app.domain.place import DEFAULT_RULES
from app.domain.reaching import Way, unusable_ways
from app.domain.routing import explain
from app.domain.routing_values import Wishes
from tests.unit.domain.candidates import PLAIN, TODAY, WANTED, candidate


def told(cautions: Cautions, venue: str, *, kind: VenueKind = VenueKind.VIRTUAL) -> Explanation:
    """What is told of the plain service when it happens there."""
    there = Venue(uuid4(), venue, kind)
    session = ServiceSession(PLAIN.id, Weekday.MONDAY, time(9), time(17), there)
    wanted = replace(WANTED, unusable=unusable_ways(cautions))
    return explain(wanted, candidate(facts={"sessions": (session,)}), TODAY, rules=DEFAULT_RULES)


NO_CALLS = Cautions(no_telephone=True, notes=("Contact: Do not send letters to the address",))


@pytest.mark.parametrize(
    ("venue", "kind", "caution", "less"),
    [
        ("By telephone", VenueKind.VIRTUAL, "Comes to people by telephone only, which must not be used", 38),
        ("Letters", VenueKind.POSTAL, "Comes to people by post only, which must not be used", 38),
        ("At home", VenueKind.VIRTUAL, "Do not let it reach the person by telephone: ask whether", 8),
    ],
)
def test_help_that_must_not_reach_somebody_gains_nothing_and_says_what_cannot_be_used(
    venue: str, kind: VenueKind, caution: str, less: int
) -> None:
    usual, careful = told(Cautions(), venue, kind=kind), told(NO_CALLS, venue, kind=kind)
    assert any("No travel" in sentence for sentence in usual.sentences)
    assert not any("No travel" in sentence for sentence in careful.sentences)
    assert any(caution in warning for warning in careful.warnings)
    assert usual.points - careful.points == less


def test_help_online_still_counts_for_somebody_who_wants_no_calls() -> None:
    assert "No travel: it comes to the person, online" in told(NO_CALLS, "Online, by video").sentences


def test_nothing_reaches_somebody_whom_contact_may_put_in_danger() -> None:
    assert unusable_ways(Cautions(do_not_contact=True)) == set(Way)
    assert unusable_ways(Cautions(notes=("Contact: Somebody else may answer",))) == set()


@pytest.mark.parametrize(
    ("cost", "free"),
    [
        ("free", True),
        ("Free; bring a biscuit if you like", True),
        ("Free. Donations welcome", True),
        ("No charge", True),
        ("Free for members, 5 pounds for others", False),
        ("Free taster, then £4", False),
        ("Freephone number", False),
        ("50p for tea", False),
        ("", False),
    ],
)
def test_free_is_what_says_so_and_asks_for_no_money(cost: str, free: bool) -> None:
    assert is_free(cost) is free


def test_free_service_with_words_beside_it_meets_the_wish_and_has_no_caution_of_cost() -> None:
    biscuits = candidate(listing=Listing(cost="Free; bring a biscuit if you like"))
    wish = explain(replace(WANTED, wishes=Wishes(free=True)), biscuits, TODAY, rules=DEFAULT_RULES)
    assert "Is free, as the person wishes" in wish.sentences
    plain = explain(WANTED, biscuits, TODAY, rules=DEFAULT_RULES)
    assert not any("Costs" in sentence for sentence in (*plain.warnings, *wish.warnings))
