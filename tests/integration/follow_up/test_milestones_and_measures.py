"""Milestones and questionnaires as team and provider write them down: whose they are, what is sealed or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.measures import measures_taken, milestones
from app.services.measures.milestones import Reached
from app.services.shown import views
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody whom the first provider has helped."""
    return make_referral(runtime.db, place, ReferralStatus.CLOSED)


def reached(clock: Clock, *codes: str, words: str = "") -> Reached:
    return Reached(codes, clock.today, words)


def test_each_sees_what_it_may_and_takes_away_only_its_own(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral, counted: Callable[[str], int]
) -> None:
    db, provider, worker = runtime.db, place.actor("provider-0"), place.link_worker
    assert helped.placement_id is not None
    milestones.add_to_placement(
        db,
        provider,
        helped.placement_id,
        reached(clock, "joined-group", "more-confident", words="I went alone."),
    )
    milestones.add_to_referral(db, worker, helped.id, reached(clock, "got-benefit"))
    all_of_it = milestones.list_of_referral(db, worker, helped.id)
    assert sorted(each.code for each in all_of_it) == ["got-benefit", "joined-group", "more-confident"]
    theirs = milestones.list_of_placement(db, provider, helped.placement_id)
    assert {each.code: each.words for each in theirs} == {
        "joined-group": "I went alone.",
        "more-confident": "",
    }
    assert counted("milestone where words is not null and position('alone'::bytea in words) = 0") == 1
    with pytest.raises(NotFound):
        milestones.remove_from_referral(db, worker, helped.id, theirs[0].id)
    milestones.remove_from_placement(db, provider, helped.placement_id, theirs[0].id)
    assert len(milestones.list_of_placement(db, provider, helped.placement_id)) == 1
    assert counted("audit_event where act = 'remove milestone' and subject = 'milestone'") == 1


def test_foreign_teams_and_providers_find_nothing(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral
) -> None:
    assert helped.placement_id is not None
    told = reached(clock, "joined-group")
    with pytest.raises(NotFound):
        milestones.add_to_referral(runtime.db, place.actor("other-link-worker"), helped.id, told)
    with pytest.raises(NotFound):
        milestones.add_to_placement(runtime.db, place.actor("provider-1"), helped.placement_id, told)
    with pytest.raises(NotFound):
        measures_taken.record_of_placement(runtime.db, place.actor("provider-1"), helped.placement_id, [])


def test_who_has_not_said_yes_has_nothing_to_tell(runtime: Runtime, place: MadePlace, clock: Clock) -> None:
    asked = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    assert asked.placement_id is not None
    with pytest.raises(Conflict):
        milestones.add_to_placement(
            runtime.db, place.actor("provider-0"), asked.placement_id, reached(clock, "joined-group")
        )
    taken = [Taken("ons4", Phase.BEFORE, {"happy": 3}, clock.today)]
    with pytest.raises(Conflict):
        measures_taken.record_of_placement(runtime.db, place.actor("provider-0"), asked.placement_id, taken)


def test_every_problem_of_a_questionnaire_is_told_at_once(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral
) -> None:
    wrong = [
        Taken("ons4", Phase.BEFORE, {"happy": 11}, clock.today + timedelta(days=1), said_by="neighbour"),
        Taken("ucla3", Phase.FOLLOW_UP, {"left-out": 1}, clock.today, skipped="tired"),
    ]
    with pytest.raises(Invalid) as fault:
        measures_taken.record(runtime.db, place.link_worker, helped.id, wrong)
    assert {problem.field for problem in fault.value.problems} == {
        "measures.0.answers.happy",
        "measures.0.taken_on",
        "measures.0.said_by",
        "measures.1.answers",
        "measures.1.skipped",
        "measures.1.months",
    }


def test_a_worse_outcome_asks_the_team_to_look_once(
    runtime: Runtime, place: MadePlace, counted: Callable[[str], int]
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    ending = Ending(Outcome(OutcomeState.WORSE, "Moved in with her sister.", "", goal_before=5, goal_after=2))
    endings.complete_by_link_worker(runtime.db, place.link_worker, made.id, ending)
    assert counted("task where kind = 'things-worse'") == 1
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert [task.kind for task in found.tasks] == ["things-worse"]


def test_a_better_outcome_asks_nobody(
    runtime: Runtime, helped: MadeReferral, counted: Callable[[str], int]
) -> None:
    assert counted("outcome where state = 'better'") == 1
    assert counted("task where kind = 'things-worse'") == 0


def test_a_provider_asks_ticks_and_leaves_out_on_its_pages(
    sign_in: SignIn, helped: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{helped.placement_id}"
    assert provider.send(f"{path}/milestones", {}).status_code == 400
    ticked = {"codes": ["joined-group", "made-friend"], "words": "We play cards."}
    assert provider.send(f"{path}/milestones", ticked).status_code == 303
    page = provider.get(f"{path}/milestones")
    assert "We play cards." in page.text
    told = {"phase": "after", "said_by": "person", "way": "page", "ucla3-before-left-out": "2"}
    assert provider.send(f"{path}/measures", told | {"ons4-before-skip": "no-time"}).status_code == 303
    assert provider.send(f"{path}/measures", told | {"said_by": "link-worker"}).status_code == 400
    taken = views.get_referral(runtime.db, place.link_worker, helped.id).measures
    assert ("ucla3", Phase.AFTER, {"left-out": 2}) in [(e.measure, e.phase, dict(e.answers)) for e in taken]
    assert [each.skipped for each in taken if each.skipped] == ["no-time"]


def test_a_link_worker_asks_at_the_start_and_types_in_paper(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}/measures"
    assert worker.send(path, {}).status_code == 400
    nothing = worker.send(path, {"phase": "before", "said_by": "person", "way": "paper"})
    assert "Fill in an answer" in nothing.text
    told = {
        "phase": "before",
        "said_by": "person",
        "way": "paper",
        "ons4-before-happy": "2",
        "day": "2026-01-05",
    }
    assert worker.send(path, told).status_code == 303
    (taken,) = views.get_referral(runtime.db, place.link_worker, made.id).measures
    assert (taken.way, taken.taken_on.isoformat(), taken.phase) == ("paper", "2026-01-05", Phase.BEFORE)


def test_systems_record_and_read_the_same(
    http: FlaskClient, runtime: Runtime, helped: MadeReferral, clock: Clock
) -> None:
    signed_in = http.post("/api/v1/sign-in", json={"username": "provider-0", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {signed_in.json['token']}"}
    path, day = f"/api/v1/placements/{helped.placement_id}", clock.today.isoformat()
    told = {"codes": ["volunteering"], "happened_on": day, "words": "Two mornings."}
    assert http.post(f"{path}/milestones", json=told, headers=bearer).status_code == 204
    (item,) = http.get(f"{path}/milestones", headers=bearer).json["items"]
    assert (item["code"], item["words"]) == ("volunteering", "Two mornings.")
    assert http.delete(f"{path}/milestones/{item['id']}", headers=bearer).status_code == 204
    skipped = {"measure": "ons4", "phase": "after", "skipped": "too-unwell", "taken_on": day}
    assert http.post(f"{path}/measures", json={"measures": [skipped]}, headers=bearer).status_code == 204
    both = skipped | {"answers": {"happy": 3}}
    assert http.post(f"{path}/measures", json={"measures": [both]}, headers=bearer).status_code == 422
    known = http.get("/api/v1/milestones", headers=bearer).json["items"]
    assert "joined-group" in [each["code"] for each in known]


def test_a_questionnaire_left_out_never_holds_up_an_outcome(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    assert made.placement_id is not None
    actor = place.actor("provider-0")
    delivery.accept(runtime.db, actor, made.placement_id)
    delivery.record_contact(
        runtime.db, actor, made.placement_id, Contact("phone", True, clock.today, None, "")
    )
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}/outcome"
    assert len(provider.get(path).visible_inputs) <= 5
    told = {"outcome": "not-asked", "ons4-after-skip": "too-unwell", "ucla3-after-left-out": "2"}
    both = told | {"ons4-after-happy": "3"}
    assert "Clear either the answers or the reason" in provider.send(path, both).text
    assert provider.send(path, told).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.outcome is not None
    assert found.outcome.state is OutcomeState.NOT_ASKED
    assert {each.measure: each.skipped for each in found.measures} == {"ons4": "too-unwell", "ucla3": None}
