"""People in browsers of their own, and a referral that has ended with all that a record can hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.store.outcomes import Contact
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

GOAL = "Get out of the house every week"


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def ended(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Helped by the first provider, with a goal, questionnaires, an action and a risk."""
    made = make_referral(runtime.db, place, words="She has not left <the house> since spring. " * 8)
    provider, today = place.provider_of(place.services[0].id), runtime.db.clock().date()
    delivery.accept(runtime.db, provider, made.placement_id)
    note = Contact("phone", True, today, 5, "Her son sounded angry.")
    delivery.record_contact(runtime.db, provider, made.placement_id, note)
    outcome = Outcome(
        OutcomeState.BETTER,
        "Goes to the lunch club.",
        "Please look at her hearing aid.",
        goal=GOAL,
        goal_before=2,
        goal_after=7,
        risks="Her neighbour shouts at her. " * 8,
    )
    measures = (
        Taken("ons4", Phase.BEFORE, {"life-satisfaction": 4, "anxious": 8}, today),
        Taken("ons4", Phase.AFTER, {"life-satisfaction": 7, "anxious": 8}, today),
        Taken("ucla3", Phase.BEFORE, {"companionship": 3, "left-out": 3, "isolated": 3}, today),
    )
    endings.complete(runtime.db, provider, made.placement_id, Ending(outcome, measures))
    return made
