"""A person stops help that had begun, on their own page: it ends with an outcome, which whoever asked is told."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from app.domain.follow_up import FollowUpStatus
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.follow_up import follow_ups
from app.services.helping import delivery
from app.services.own import own_choices
from app.services.shown import views
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.practice_post import Post


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Help has begun."""
    made = make_referral(runtime.db, place)
    assert made.placement_id is not None
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.start(runtime.db, provider, made.placement_id)
    return made


def test_it_ends_by_the_person_with_an_outcome_that_claims_nothing(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    assert visitor.send(f"{opened}/stop").status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.ENDED_EARLY
    assert found.referral.end_reason == endings.STOPPED_BY_PERSON
    assert [each.status for each in found.placements] == [PlacementStatus.WITHDRAWN]
    assert found.outcome is not None
    assert found.outcome.state is OutcomeState.NOT_ASKED
    assert "ended this themselves" in found.outcome.summary
    assert own_choices.STOPPED in {task.kind for task in found.tasks}


def test_the_practice_is_told_as_of_any_other_end_and_once(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime
) -> None:
    page = visitor.get(f"{opened}/stop")
    for _ in range(2):
        visitor.client.post(f"{opened}/stop", data={"csrf_token": page.token})
    (post := Post(runtime.db)).empty()
    told = [json.dumps(each) for each in post.carried]
    assert len([each for each in told if "ended this themselves" in each]) == 1


def test_the_practice_reads_it_on_its_page(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    visitor.send(f"{opened}/stop")
    (loop,) = views.list_loops(runtime.db, place.actor("practice-0")).lines
    assert loop.end_reason == endings.STOPPED_BY_PERSON


def test_nobody_asks_later_how_it_went(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    visitor.send(f"{opened}/stop")
    planned = follow_ups.list_of_referral(runtime.db, place.link_worker, made.id)
    assert [each for each in planned if each.status is FollowUpStatus.PLANNED] == []


def test_their_page_says_so_and_lets_them_ask_again(
    visitor: Visitor, opened: str, made: MadeReferral
) -> None:
    visitor.send(f"{opened}/stop")
    page = visitor.get(f"{opened}/stop")
    assert "This has ended" in page.text
    assert "I want help again" in page.text


def test_the_team_can_open_it_again_and_write_what_they_say_when_rung(
    visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    visitor.send(f"{opened}/stop")
    endings.reopen(runtime.db, place.link_worker, made.id, reason="person-returned")
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.IN_TRIAGE


def test_the_team_reads_that_the_person_stopped_it_and_not_the_computer(
    visitor: Visitor, opened: str, made: MadeReferral, app: Flask
) -> None:
    visitor.send(f"{opened}/stop")
    text = Visitor(app.test_client()).sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "The person stopped it themselves, on their own page." in text
    assert "Backstitch ended it early" not in text
