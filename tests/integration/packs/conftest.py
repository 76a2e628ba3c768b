"""Visitors of a place where a provider has people to tell of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.store import referrals
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """Somebody without a sign-in."""
    return Visitor(app.test_client())


@pytest.fixture
def reference_of(runtime: Runtime, place: MadePlace) -> Callable[[MadeReferral], str]:
    """The short reference of a referral."""

    def find(made: MadeReferral) -> str:
        with runtime.db.transaction(place.link_worker) as tx:
            return referrals.get(tx, made.id, audit="test").reference

    return find


@pytest.fixture
def help_somebody(runtime: Runtime, place: MadePlace, clock: Clock) -> Callable[..., MadeReferral]:
    """Somebody is helped by the first provider, and answers before and after."""

    def helped(before: int = 4, after: int = 6, state: OutcomeState = OutcomeState.BETTER) -> MadeReferral:
        made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
        provider, placement = place.actor("provider-0"), made.placement_id
        delivery.accept(runtime.db, provider, placement)
        contact = Contact("session", True, clock.today, 60, "")
        delivery.record_contact(runtime.db, provider, placement, contact)
        taken = tuple(
            Taken("ons4", phase, {"life-satisfaction": value}, clock.today)
            for phase, value in ((Phase.BEFORE, before), (Phase.AFTER, after))
        )
        outcome = Outcome(state, "", "", goal="Get out", goal_before=before, goal_after=after)
        endings.complete(runtime.db, provider, placement, Ending(outcome, taken))
        return made

    return helped
