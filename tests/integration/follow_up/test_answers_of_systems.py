"""Answers that another system brings months after: they settle what was due as a page does, or are refused as there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.follow_up import FollowUpStatus
from app.domain.outcomes import Phase
from app.runtime import Runtime
from app.services.follow_up import follow_ups
from app.services.shown import views
from app.store.follow_ups import FollowUp
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, MadeReferral
from tests.integration.follow_up.conftest import sweep

Later = Callable[[], Sequence[FollowUp]]
Post = Callable[..., TestResponse]


@pytest.fixture
def post(http: FlaskClient, made: MadeReferral) -> Post:
    """Somebody's system sends questionnaires of that person."""

    def send(*measures: dict[str, Any], username: str = "link-worker", path: str = "") -> TestResponse:
        signed_in = http.post("/api/v1/sign-in", json={"username": username, "password": PASSWORD})
        bearer = {"Authorization": f"Bearer {signed_in.json['token']}"}
        where = path or f"/referrals/{made.id}"
        return http.post(f"/api/v1{where}/measures", json={"measures": list(measures)}, headers=bearer)

    return send


@pytest.fixture
def due(runtime: Runtime, clock: Clock, later: Later) -> FollowUp:
    """The first follow-up on its day."""
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    return later()[0]


def answered(clock: Clock, **more: Any) -> dict[str, Any]:
    told = {"measure": "ons4", "phase": "follow-up", "months": 3, "answers": {"happy": 6}, "way": "phone"}
    return told | {"taken_on": clock.today.isoformat()} | more


def phases(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[tuple[Phase, int | None]]:
    found = views.get_referral(runtime.db, place.link_worker, made.id).measures
    return [(each.phase, each.months) for each in found]


def problems(response: TestResponse) -> dict[str, str]:
    return {each["field"]: each["sentence"] for each in response.json["error"]["problems"]}


def test_answers_settle_the_follow_up_that_is_due(
    runtime: Runtime,
    place: MadePlace,
    clock: Clock,
    made: MadeReferral,
    due: FollowUp,
    later: Later,
    post: Post,
) -> None:
    before = len(phases(runtime, place, made))
    left_out = answered(clock, measure="ucla3", answers={}, skipped="too-unwell")
    assert post(answered(clock), left_out).status_code == 204
    assert [each.status for each in later()] == [FollowUpStatus.ANSWERED, FollowUpStatus.PLANNED]
    assert phases(runtime, place, made)[before:] == [(Phase.FOLLOW_UP, 3)] * 2
    assert sweep(runtime.db) == 0
    assert due.id not in [
        each.follow_up.id for each in follow_ups.list_now(runtime.db, place.link_worker).lines
    ]


def test_all_left_out_is_asked_and_skipped_with_its_reason(
    clock: Clock, due: FollowUp, later: Later, post: Post
) -> None:
    assert post(answered(clock, answers={}, skipped="declined")).status_code == 204
    assert (later()[0].id, later()[0].status, later()[0].reason) == (
        due.id,
        FollowUpStatus.SKIPPED,
        "declined",
    )


def test_what_is_settled_is_refused_and_nothing_of_it_is_kept(
    runtime: Runtime, place: MadePlace, clock: Clock, made: MadeReferral, due: FollowUp, post: Post
) -> None:
    follow_ups.stop(runtime.db, place.link_worker, due.id)
    before = phases(runtime, place, made)
    start = answered(clock, phase="before", months=None)
    refused = post(start, answered(clock))
    assert refused.status_code == 409
    assert "settled already" in refused.text
    assert phases(runtime, place, made) == before


def test_months_at_which_nobody_asks_are_refused_with_those_that_are(
    clock: Clock, due: FollowUp, later: Later, post: Post
) -> None:
    refused = post(answered(clock, months=4))
    assert refused.status_code == 422
    assert "3, 6" in problems(refused)["measures.0.months"]
    assert later()[0].status is due.status


def test_an_answer_without_anything_in_it_settles_nothing(
    clock: Clock, due: FollowUp, later: Later, post: Post
) -> None:
    refused = post(answered(clock, answers={}))
    assert refused.status_code == 422
    assert problems(refused).keys() == {"measures.0.answers"}
    assert later()[0].status is due.status


def test_a_provider_is_told_that_the_team_asks_then(
    clock: Clock, made: MadeReferral, due: FollowUp, later: Later, post: Post
) -> None:
    path = f"/placements/{made.placement_id}"
    refused = post(answered(clock), username="provider-0", path=path)
    assert refused.status_code == 422
    assert "team asks" in problems(refused)["measures.0.phase"]
    assert later()[0].status is due.status
    now = answered(clock, phase="after", months=None, words={"story": "I go out."})
    assert problems(post(now, username="provider-0", path=path)).keys() == {"measures.0.words"}
    assert post(now | {"words": {}}, username="provider-0", path=path).status_code == 204


def test_another_teams_system_finds_nothing(clock: Clock, due: FollowUp, later: Later, post: Post) -> None:
    assert post(answered(clock), username="other-link-worker").status_code == 404
    assert later()[0].status is due.status
