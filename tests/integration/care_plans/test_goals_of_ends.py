"""Goals beside an offer and beside an end: ticked with the offer, chosen with the outcome, told to whoever asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from app.domain.care_plan import Goal
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import care_plans, goals_shared, triage
from app.services.caring.care_plans import Seen
from app.services.helping import delivery
from app.services.shown import views
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.care_plans.conftest import Plan
from tests.integration.web.conftest import Visitor
from tests.practice_post import Post

SignIn = Callable[[str], Visitor]
OUTCOME = {"outcome": "better", "goal_before": "2", "goal_after": "7"}


@pytest.fixture
def goals(plan: Plan) -> dict[str, str]:
    """Two goals of a plan by their words."""
    return {words: plan.goal(words).rsplit("/", 1)[1] for words in ("Sing in a choir", "Sleep without pills")}


@pytest.fixture
def shared(plan: Plan, goals: dict[str, str], made: MadeReferral) -> str:
    """The choir is shared with the first provider; its id."""
    told = {"goals": goals["Sing in a choir"], "agreed": "yes"}
    plan.worker.send(f"{plan.path}/shared/{made.placement_id}", told)
    return goals["Sing in a choir"]


def test_a_provider_chooses_among_the_goals_it_may_read_and_no_others(
    shared: str, goals: dict[str, str], made: MadeReferral, sign_in: SignIn
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}/outcome"
    page = provider.get(path)
    assert "Sing in a choir" in page.text
    assert "pills" not in page.html
    for foreign in (goals["Sleep without pills"], str(uuid4()), "nonsense"):
        answer = provider.send(path, {**OUTCOME, "goal": foreign})
        assert answer.status_code == 400
        assert "Choose a goal from the list" in answer.text


def test_what_was_chosen_stands_with_the_outcome_for_the_team_and_for_who_asked(
    shared: str, made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    assert made.placement_id is not None
    delivery.start(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    answer = sign_in("provider-0").send(f"/offers/{made.placement_id}/outcome", {**OUTCOME, "goal": shared})
    assert answer.status_code == 303
    assert (
        "Which goal it was about Sing in a choir" in sign_in("link-worker").get(f"/referrals/{made.id}").text
    )
    loop = sign_in("practice-0").get(f"/loops/{made.id}").text
    assert "Sing in a choir: 2 at the start, 7 at the end, of 10" in loop
    (post := Post(runtime.db)).empty()
    told = json.dumps(post.carried)
    assert "Sing in a choir" in told
    assert "pills" not in told
    found = views.get_referral(runtime.db, place.link_worker, made.id).outcome
    assert found is not None
    assert (found.goal, found.goal_before, found.goal_after) == ("Sing in a choir", 2, 7)


def test_the_only_goal_is_named_and_costs_no_question_more(
    shared: str, made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    assert made.placement_id is not None
    delivery.start(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}/outcome"
    page = provider.get(path)
    assert "Sing in a choir" in page.text
    assert page.visible_inputs == {"outcome", "goal_before", "goal_after", "summary", "actions"}
    (named,) = (given["value"] for given in page.inputs if given.get("name") == "goal_named")
    assert provider.send(path, {**OUTCOME, "goal_named": named}).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, made.id).outcome
    assert found is not None
    assert (found.goal, found.goal_after) == ("Sing in a choir", 7)


def test_the_only_goal_stays_out_of_an_outcome_without_its_number(
    shared: str, made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    assert made.placement_id is not None
    delivery.start(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}/outcome"
    assert provider.send(path, {"outcome": "better", "goal_named": shared}).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, made.id).outcome
    assert found is not None
    assert found.goal is None


def test_a_choice_of_goals_leaves_five_questions_to_meet_at_once(
    plan: Plan, goals: dict[str, str], made: MadeReferral, sign_in: SignIn
) -> None:
    told = {"goals": list(goals.values()), "agreed": "yes"}
    plan.worker.send(f"{plan.path}/shared/{made.placement_id}", told)
    page = sign_in("provider-0").get(f"/offers/{made.placement_id}/outcome")
    assert page.visible_inputs == {"outcome", "goal", "goal_before", "goal_after", "summary"}
    assert "actions" in {given.get("name") for given in page.inputs}


def test_the_named_goal_taken_back_meanwhile_is_told_beside_its_numbers(
    plan: Plan, shared: str, made: MadeReferral, sign_in: SignIn
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}/outcome"
    plan.worker.send(f"{plan.path}/shared/{made.placement_id}", {})
    answer = provider.send(path, {**OUTCOME, "goal_named": shared, "summary": "She came eight times."})
    assert answer.status_code == 400
    assert "shares their goal with you no longer" in answer.text
    assert 'href="#goal_before"' in answer.text
    assert "She came eight times." in answer.text


def test_a_goal_taken_back_meanwhile_is_told_and_nothing_typed_is_lost(
    plan: Plan, shared: str, made: MadeReferral, sign_in: SignIn
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}/outcome"
    provider.get(path)
    plan.worker.send(f"{plan.path}/shared/{made.placement_id}", {})
    answer = provider.send(path, {**OUTCOME, "goal": shared, "summary": "She came eight times."})
    assert answer.status_code == 400
    assert "She came eight times." in answer.text
    assert "choir" not in answer.text


def test_without_a_goal_the_form_is_as_short_as_before(made: MadeReferral, sign_in: SignIn) -> None:
    page = sign_in("provider-0").get(f"/offers/{made.placement_id}/outcome")
    assert "goals was this about" not in page.text


def test_a_provider_that_may_read_nothing_is_asked_of_no_goal(
    shared: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    assert made.placement_id is not None
    provider = place.provider_of(place.services[0].id)
    assert set(goals_shared.list_for_provider(runtime.db, provider, made.placement_id)) == {shared}
    triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="other")
    assert goals_shared.list_for_provider(runtime.db, provider, made.placement_id) == {}


def test_the_link_worker_chooses_among_all_of_them(
    goals: dict[str, str], plan: Plan, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    path = f"/referrals/{made.id}/end"
    assert "Sleep without pills" in plan.worker.get(path).text
    chosen = {**OUTCOME, "reason": "aim-reached", "goal": goals["Sleep without pills"], "ends_help": "yes"}
    assert plan.worker.send(path, {**chosen, "goal": str(uuid4())}).status_code == 400
    assert plan.worker.send(path, chosen).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, made.id).outcome
    assert found is not None
    assert (found.goal, found.goal_before, found.goal_after) == ("Sleep without pills", 2, 7)


@pytest.fixture
def asked(runtime: Runtime, place: MadePlace) -> tuple[MadeReferral, str]:
    """A referral for which nobody was asked yet, with a goal; and the goal's id."""
    made, goal = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE), Goal(uuid4(), "Sing in a choir")
    care_plans.put_goal(runtime.db, place.link_worker, made.id, goal, Seen(0, "with"))
    return made, str(goal.id)


def test_goals_ticked_with_the_offer_are_read_by_who_is_asked_now_and_not_by_the_next(
    asked: tuple[MadeReferral, str], sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made, goal = asked
    first, second = place.services[0].id, place.services[1].id
    form = {"service_ids": [first, second], f"order-{first}": "1", f"order-{second}": "2", "how": "in-turn"}
    form |= {"goals": goal, "goals_agreed": "yes"} | {
        f"although-{each}": "agreed-otherwise" for each in (first, second)
    }
    path = f"/referrals/{made.id}/offer"
    answer = sign_in("link-worker").send(path, form)
    assert answer.status_code == 303, answer.text[:3000]
    (placement,) = views.get_referral(runtime.db, place.link_worker, made.id).placements
    provider = place.provider_of(first)
    assert views.get_placement(runtime.db, provider, placement.id).person.goals == ("Sing in a choir",)
    delivery.decline(runtime.db, provider, placement.id, reason="22")
    _, following = views.get_referral(runtime.db, place.link_worker, made.id).placements
    assert views.get_placement(runtime.db, place.provider_of(second), following.id).person.goals == ()


def test_without_the_persons_yes_nobody_is_asked_and_nothing_typed_is_lost(
    asked: tuple[MadeReferral, str], sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made, goal = asked
    form = {"service_ids": place.services[0].id, "brief": "She would like company.", "goals": goal}
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/offer", form)
    assert answer.status_code == 400
    assert "Say that the person agreed" in answer.text
    assert f'value="{goal}" checked' in answer.text
    assert not views.get_referral(runtime.db, place.link_worker, made.id).placements
