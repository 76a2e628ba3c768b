"""Answers by the JSON API: empty ones are refused, urgent ones answered with whom to ring, days are bounded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, MadeReferral, make_referral

Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(http: FlaskClient) -> Ask:
    """Somebody's system asks; without a body it reads."""

    def send(username: str, path: str, body: dict[str, Any] | None = None) -> TestResponse:
        who = {"username": username, "password": PASSWORD}
        bearer = {"Authorization": f"Bearer {http.post('/api/v1/sign-in', json=who).json['token']}"}
        if body is None:
            return http.get(f"/api/v1{path}", headers=bearer)
        return http.post(f"/api/v1{path}", json=body, headers=bearer)

    return send


def phq9(clock: Clock, **more: Any) -> dict[str, Any]:
    told = {"measure": "phq9", "phase": "before", "answers": {"q9": 3}, "taken_on": clock.today.isoformat()}
    return told | more


DOORS = [
    ("provider-0", "/placements/{placement}/measures", {}),
    ("link-worker", "/referrals/{referral}/measures", {}),
    ("provider-0", "/placements/{placement}/complete", {"outcome": {"state": "no-change"}}),
    (
        "provider-0",
        "/placements/{placement}/end-early",
        {"outcome": {"state": "worse"}, "reason": "did-not-engage"},
    ),
]


@pytest.mark.parametrize(("username", "path", "more"), DOORS)
def test_an_answer_that_cannot_wait_is_answered_with_whom_to_ring(
    username: str, path: str, more: dict[str, Any], ask: Ask, clock: Clock, helped: MadeReferral
) -> None:
    at = path.format(placement=helped.placement_id, referral=helped.id)
    answer = ask(username, at, {"measures": [phq9(clock)]} | more)
    assert answer.status_code == 200, answer.text
    assert answer.json["urgent"] is True
    lines = " ".join(answer.json["routes"])
    assert all(number in lines for number in ("999", "111", "116 123"))


def test_another_answer_is_answered_with_nothing(ask: Ask, clock: Clock, helped: MadeReferral) -> None:
    body = {"measures": [phq9(clock, answers={"q9": 0})]}
    assert ask("link-worker", f"/referrals/{helped.id}/measures", body).status_code == 204


@pytest.mark.parametrize(("username", "path", "more"), DOORS)
def test_nothing_answered_and_no_reason_is_refused(
    username: str,
    path: str,
    more: dict[str, Any],
    ask: Ask,
    clock: Clock,
    helped: MadeReferral,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    at = path.format(placement=helped.placement_id, referral=helped.id)
    answer = ask(username, at, {"measures": [phq9(clock, answers={})]} | more)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["error"]["problems"]] == ["measures.0.answers"]
    assert views.get_referral(runtime.db, place.link_worker, helped.id).measures == ()


@pytest.mark.parametrize(("username", "path", "more"), DOORS)
def test_a_day_long_before_the_referral_or_after_today_is_refused(
    username: str, path: str, more: dict[str, Any], ask: Ask, clock: Clock, helped: MadeReferral
) -> None:
    at, today = path.format(placement=helped.placement_id, referral=helped.id), clock.today
    for day in ("1900-01-01", (today - timedelta(days=367)).isoformat(), "2999-01-01"):
        answer = ask(username, at, {"measures": [phq9(clock, taken_on=day)]} | more)
        assert answer.status_code == 422, day
        assert [each["field"] for each in answer.json["error"]["problems"]] == ["measures.0.taken_on"]
    some_time_before = (today - timedelta(days=300)).isoformat()
    assert ask(username, at, {"measures": [phq9(clock, taken_on=some_time_before)]} | more).status_code == 200


def test_a_practice_reads_the_total_of_what_it_may_not_read_singly(
    ask: Ask, clock: Clock, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    whole = {f"q{number}": 1 for number in range(1, 9)} | {"q9": 0}
    body = {"measures": [phq9(clock, answers=whole)]}
    assert ask("link-worker", f"/referrals/{made.id}/measures", body).status_code == 204
    (told,) = ask("practice-0", f"/loops/{made.id}").json["measures"]
    assert (told["answers"], list(told["totals"].values())) == ({}, [8])
    (team,) = ask("link-worker", f"/referrals/{made.id}").json["measures"]
    assert (team["answers"], team["totals"]) == (whole, {})
