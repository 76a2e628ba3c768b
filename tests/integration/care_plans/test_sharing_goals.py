"""A provider reads a goal only where the person agreed, in the words they agreed to, and never anything else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.domain.disclosure import Disclosure
from app.runtime import Runtime
from app.services.caring import triage
from app.services.caring.care_plans import PlanPage
from app.services.helping import delivery
from app.services.prsb import prsb_record
from app.services.rights import consent
from app.services.shown import views
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.care_plans.conftest import Plan
from tests.integration.web.conftest import Visitor

Kept = Callable[[], PlanPage]


@pytest.fixture
def goal(plan: Plan) -> str:
    """A goal beside things that are never shared; its id."""
    plan.write(f"{plan.path}/matters", {"matters": "My late husband"})
    plan.goal("Sleep without pills")
    plan.action("Ring my sister")
    return plan.goal("Sing in a choir", importance="9").rsplit("/", 1)[1]


@pytest.fixture
def shared(plan: Plan, made: MadeReferral) -> str:
    """The address of what the first provider may read."""
    return f"{plan.path}/shared/{made.placement_id}"


def test_nothing_is_shared_by_itself(
    plan: Plan, goal: str, made: MadeReferral, sign_in: Callable[[str], Visitor]
) -> None:
    text_ = sign_in("provider-0").get(f"/offers/{made.placement_id}").text
    for words in ("choir", "pills", "husband", "sister"):
        assert words not in text_, words
    assert "nothing of the plan" in plan.worker.get(plan.path).text


def test_what_is_ticked_is_previewed_and_read_by_that_provider_alone(
    plan: Plan, goal: str, shared: str, made: MadeReferral, sign_in: Callable[[str], Visitor]
) -> None:
    assert plan.worker.send(shared, {"goals": goal, "agreed": "yes"}).status_code == 303
    preview = plan.worker.get(shared).text
    page = sign_in("provider-0").get(f"/offers/{made.placement_id}")
    for told in (preview[preview.index("All that this provider reads now") :], page.text):
        assert "Sing in a choir" in told
        assert "pills" not in told
        assert "husband" not in told
        assert "sister" not in told
    assert sign_in("provider-1").client.get(f"/offers/{made.placement_id}").status_code == 404


def test_without_the_persons_yes_nothing_is_shared(plan: Plan, goal: str, shared: str, kept: Kept) -> None:
    answer = plan.worker.send(shared, {"goals": goal})
    assert answer.status_code == 400
    assert "Say that the person agreed." in answer.text
    assert kept().shared == {}


def test_a_tick_taken_away_takes_the_goal_back_and_its_words_are_gone(
    plan: Plan, goal: str, shared: str, kept: Kept, runtime: Runtime
) -> None:
    plan.worker.send(shared, {"goals": goal, "agreed": "yes"})
    plan.worker.send(shared, {})
    assert kept().shared == {}
    with runtime.db.engine.begin() as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        assert connection.execute(text("select words from shared_goal")).scalars().all() == [None]


def test_new_words_of_a_goal_are_not_shared_until_the_person_agrees_again(
    plan: Plan, goal: str, shared: str, made: MadeReferral, sign_in: Callable[[str], Visitor]
) -> None:
    plan.worker.send(shared, {"goals": goal, "agreed": "yes"})
    plan.write(f"{plan.path}/goals/{goal}", {"words": "Sing, and forget the court case"})
    provider = sign_in("provider-0")
    assert "court case" not in provider.get(f"/offers/{made.placement_id}").text
    assert "The words of a goal have changed" in plan.worker.get(shared).text
    plan.worker.send(shared, {"goals": goal, "agreed": "yes"})
    assert "court case" in provider.get(f"/offers/{made.placement_id}").text


def test_a_goal_that_is_taken_out_is_gone_for_the_provider_too(
    plan: Plan, goal: str, shared: str, kept: Kept
) -> None:
    plan.worker.send(shared, {"goals": goal, "agreed": "yes"})
    plan.worker.send(f"{plan.path}/goals/{goal}/remove", {"plan_version": "4"}, at=plan.path)
    assert kept().shared == {}


def test_a_provider_that_helps_no_more_reads_nothing(
    plan: Plan, goal: str, shared: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    plan.worker.send(shared, {"goals": goal, "agreed": "yes"})
    assert made.placement_id
    triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="other")
    provider = place.provider_of(place.services[0].id)
    assert views.get_placement(runtime.db, provider, made.placement_id).person == Disclosure()
    refused = plan.worker.send(shared, {"goals": goal, "agreed": "yes"})
    assert "not asked any more" in refused.text


def test_after_a_no_to_sharing_no_goal_can_be_ticked(
    plan: Plan, goal: str, shared: str, made: MadeReferral, runtime: Runtime, place: MadePlace, kept: Kept
) -> None:
    delivery.start(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    consent.record(runtime.db, place.link_worker, made.id, given=False)
    assert "does not agree" in plan.worker.send(shared, {"goals": goal, "agreed": "yes"}).text
    assert kept().shared == {}


def test_another_referrals_placement_is_absent(
    plan: Plan, goal: str, runtime: Runtime, place: MadePlace
) -> None:
    other = make_referral(runtime.db, place)
    assert plan.worker.client.get(f"{plan.path}/shared/{other.placement_id}").status_code == 404
    sent = plan.worker.send(
        f"{plan.path}/shared/{other.placement_id}", {"goals": goal, "agreed": "yes"}, at=plan.path
    )
    assert sent.status_code == 404


def test_the_offer_page_says_before_anybody_is_asked_that_nothing_unticked_of_the_plan_is_told(
    plan: Plan, goal: str, made: MadeReferral
) -> None:
    page = plan.worker.get(f"/referrals/{made.id}/offer")
    assert "From their plan Only the goals that you tick here" in page.text
    ticks = re.findall(r'<input[^>]*name="goals(?:_agreed)?"[^>]*>', page.html)
    assert len(ticks) == 3  # two goals, and the person's yes to them
    assert not [each for each in ticks if "checked" in each]
    assert "husband" not in page.text


def test_the_offer_page_says_that_nothing_is_told_of_a_plan_without_goals(
    plan: Plan, made: MadeReferral
) -> None:
    plan.write(f"{plan.path}/matters", {"matters": "My late husband"})
    text_ = plan.worker.get(f"/referrals/{made.id}/offer").text
    assert "From their plan Nothing. A goal that you write" in text_
    assert "husband" not in text_


def test_the_prsb_record_takes_the_plan_from_where_it_stands(
    plan: Plan, goal: str, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    record = prsb_record.prsb_record(runtime.db, place.link_worker, made.id)
    assert record.gaps == () or all("plan" not in gap.where.lower() for gap in record.gaps)
    about = record.sections["About me"]["What is most important to me"]
    assert about["What is most important to me"] == "My late husband"
    (need, *_) = record.sections["Care and support plan"]["Needs, concerns or problems"]
    goals = {each["Free text"]: each for each in need["Goals and hopes"]}
    assert goals["Sing in a choir"]["Goal importance score"] == 9
    led = goals["Sleep without pills"]["Actions and activities"]
    assert {"Free text": "Ring my sister"} in [what for each in led for what in each["What"]]
    practice = prsb_record.prsb_record(runtime.db, place.actor("practice-0"), made.id)
    assert "choir" not in str(practice.sections)
