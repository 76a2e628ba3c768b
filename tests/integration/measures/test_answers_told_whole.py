"""Answers beside an end by the API, own words in the record, versions to come, and sentences without codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import Settings
from app.domain.outcomes import Phase, Taken
from app.runtime import Runtime, build_runtime
from app.services.evaluation import came_of
from app.services.measures import measure_questionnaires, measures_taken, milestones
from app.services.measures.milestones import Reached
from app.services.prsb.prsb_record import prsb_record
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, MadeReferral
from tests.integration.measures.conftest import FRAMEWORK, GARDEN
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
Ask = Callable[..., TestResponse]
SHED = "Yr hen sied yn yr ardd 🌧️"
ENDS = [("complete", {}), ("end-early", {"reason": "did-not-engage"})]


@pytest.fixture
def ask(http: FlaskClient) -> Ask:
    """The first provider's system sends something."""

    def send(path: str, body: dict[str, Any]) -> TestResponse:
        who = {"username": "provider-0", "password": PASSWORD}
        bearer = {"Authorization": f"Bearer {http.post('/api/v1/sign-in', json=who).json['token']}"}
        return http.post(f"/api/v1{path}", json=body, headers=bearer)

    return send


def at_end(clock: Clock, **more: Any) -> dict[str, Any]:
    told = {"measure": "own-concerns", "phase": "after", "taken_on": clock.today.isoformat()}
    return {"outcome": {"state": "no-change"}, "measures": [told | more]}


@pytest.mark.parametrize(("end", "more"), ENDS)
def test_an_end_by_the_api_takes_what_was_left_out_and_own_words(
    end: str,
    more: dict[str, Any],
    ask: Ask,
    clock: Clock,
    helped: MadeReferral,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    path = f"/placements/{helped.placement_id}/{end}"
    both = at_end(clock, answers={"wellbeing": 3}, skipped="declined") | more
    assert ask(path, both).status_code == 422
    unknown = at_end(clock, skipped="no-such-reason") | more
    assert ask(path, unknown).status_code == 422
    body = at_end(clock, words={"concern-1": SHED}, said_by="person", way="phone") | more
    left_out = {
        "measure": "garden",
        "phase": "before",
        "skipped": "too-unwell",
        "taken_on": clock.today.isoformat(),
    }
    body["measures"].append(left_out)
    answer = ask(path, body)
    assert answer.status_code == 204, answer.text
    kept = {
        each.measure: each for each in views.get_referral(runtime.db, place.link_worker, helped.id).measures
    }
    assert kept["own-concerns"].words == {"concern-1": SHED}
    assert (kept["own-concerns"].said_by, kept["own-concerns"].way) == ("person", "phone")
    assert (kept["garden"].skipped, dict(kept["garden"].answers)) == ("too-unwell", {})


def test_an_end_by_the_api_takes_no_answers_of_months_after(
    ask: Ask, clock: Clock, helped: MadeReferral
) -> None:
    path = f"/placements/{helped.placement_id}/complete"
    assert ask(path, at_end(clock, phase="follow-up", answers={"wellbeing": 3})).status_code == 422
    assert ask(path, at_end(clock, months=3, answers={"wellbeing": 3})).status_code == 422


def test_a_reader_of_the_api_tells_what_was_left_out_from_what_is_empty(
    http: FlaskClient, clock: Clock, helped: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    today = clock.today
    told = Taken(
        "garden", Phase.FOLLOW_UP, {}, today, months=3, said_by="person", way="phone", skipped="distressing"
    )
    measures_taken.record(runtime.db, place.link_worker, helped.id, [told])
    who = {"username": "link-worker", "password": PASSWORD}
    bearer = {"Authorization": f"Bearer {http.post('/api/v1/sign-in', json=who).json['token']}"}
    (found,) = http.get(f"/api/v1/referrals/{helped.id}", headers=bearer).json["measures"]
    assert {name: found[name] for name in ("skipped", "months", "said_by", "way", "version")} == {
        "skipped": "distressing",
        "months": 3,
        "said_by": "person",
        "way": "phone",
        "version": "1",
    }


def test_own_words_stand_in_the_teams_record_and_in_nobody_elses(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral, sign_in: SignIn
) -> None:
    concern = Taken("own-concerns", Phase.BEFORE, {"concern-1": 5}, clock.today, words={"concern-1": SHED})
    measures_taken.record(runtime.db, place.link_worker, helped.id, [concern])
    reached = Reached(("joined-group",), clock.today, "Es i yno fy hun.")
    milestones.add_to_referral(runtime.db, place.link_worker, helped.id, reached)
    (entry,) = prsb_record(runtime.db, place.link_worker, helped.id).sections["Assessments"][
        "Assessments record entry"
    ]
    assert entry["Comment"] == f"Own concerns and wellbeing: {SHED}"
    (score,) = entry["Structured assessment"]["Subscale result"]
    assert score["Subscale score"]["Free text"] == f"Own concerns and wellbeing: “{SHED}”"
    for name in ("record.json", "record.fhir.json"):
        team = sign_in("link-worker").client.get(f"/referrals/{helped.id}/{name}").text
        practice = sign_in("practice-0").client.get(f"/loops/{helped.id}/{name}").text
        for words in (SHED, "Es i yno fy hun."):
            assert words in team
            assert words not in practice
    assert "concern-1" not in sign_in("practice-0").client.get(f"/loops/{helped.id}/record.json").text


def test_what_was_changed_is_told_without_a_code(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral, sign_in: SignIn
) -> None:
    for value in (5, 2):
        told = Taken("own-concerns", Phase.BEFORE, {"concern-1": value}, clock.today)
        measures_taken.record(runtime.db, place.link_worker, helped.id, [told])
    page = sign_in("link-worker").get(f"/referrals/{helped.id}").text
    assert "Own concerns and wellbeing, question 1 5." in page
    assert "concern-1" not in page
    named = Taken("own-concerns", Phase.BEFORE, {"concern-1": 1}, clock.today, words={"concern-1": SHED})
    measures_taken.record(runtime.db, place.link_worker, helped.id, [named])
    assert f"“{SHED}” 5." in sign_in("link-worker").get(f"/referrals/{helped.id}").text


@pytest.fixture
def coming(folder: Path, clock: Clock) -> date:
    """Questions of the place's own, and their next version, whose day is a month away."""
    later = clock.today + timedelta(days=30)
    own = "[[items]]" + GARDEN.split("[[items]]")[1]
    for version, day, wording in (("1", "2026-01-01", "Now?"), ("2", later.isoformat(), "Then?")):
        framework = FRAMEWORK.replace('version = "1"', f'version = "{version}"').replace("2026-01-01", day)
        framework = framework.replace('"garden"', '"valley"')
        (folder / "frameworks" / f"valley-{version}.toml").write_text(framework + own.format(wording=wording))
    (folder / "frameworks" / "valley.toml").unlink()
    return later


def test_a_version_whose_day_is_to_come_is_not_told_as_the_newest(
    coming: date, settings: Settings, runtime: Runtime, http: FlaskClient, clock: Clock
) -> None:
    library = build_runtime(settings, clock=clock, wake=runtime.db.wake, engine=runtime.db.engine).db.measures
    asked = {
        day: measure_questionnaires.get_questionnaire(library, "valley", day)["version"]
        for day in (clock.today, coming)
    }
    assert asked == {clock.today: "1", coming: "2"}
    assert measure_questionnaires.get_questionnaire(library, "valley-2", clock.today)["version"] == "2"


def test_who_asked_does_not_learn_one_persons_single_answer_from_exact_counts(
    settings: Settings, folder: Path, runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral
) -> None:
    guarded = GARDEN.replace("[[items]]", 'audience = "link-worker"\n[[items]]', 1)
    (folder / "garden-1.toml").write_text(guarded.format(version=1, wording="Hands?"))
    db = build_runtime(settings, clock=clock, wake=runtime.db.wake, engine=runtime.db.engine).db
    for phase, value in ((Phase.BEFORE, 1), (Phase.AFTER, 3)):
        told = Taken("garden", phase, {"hands": value}, clock.today, said_by="link-worker")
        measures_taken.record(db, place.link_worker, helped.id, [told])
    period = {"since": clock.today - timedelta(days=30), "until": clock.today}
    team = came_of.what_came(db, place.link_worker, **period).moved
    assert [(line.question, line.better) for line in team] == [("Hands?", 1)]
    assert came_of.what_came(db, place.actor("practice-0"), **period).moved == []
