"""What of a plan is due stands on the referral, and the measured goal leads the questions about progress."""

from __future__ import annotations

from tests.conftest import Clock
from tests.factories import MadeReferral
from tests.integration.care_plans.conftest import Plan
from tests.integration.web.conftest import Visitor


def test_an_action_stands_on_the_referral_from_its_day_until_it_is_done(
    plan: Plan, made: MadeReferral, clock: Clock
) -> None:
    day = clock.today
    by = {"by_day": str(day.day), "by_month": str(day.month), "by_year": str(day.year)}
    address = plan.action("Ring the choir", "link-worker", **by)
    page = plan.worker.get(f"/referrals/{made.id}")
    assert "Due in their plan Ring the choir (My link worker)" in page.text
    assert f"/referrals/{made.id}/plan" in page.links
    plan.worker.send(f"{address}/done", at=plan.path)
    assert "Due in their plan" not in plan.worker.get(f"/referrals/{made.id}").text


def test_the_measured_goal_stands_above_the_questions_and_on_the_persons_page(
    plan: Plan, made: MadeReferral, resident: tuple[Visitor, str]
) -> None:
    plan.goal("Sing in a choir", measured="yes")
    plan.goal("Sleep well")
    asked = plan.worker.get(f"/referrals/{made.id}/measures").text
    assert "Their own goal, from their plan: “Sing in a choir”" in asked
    assert "Sleep well" not in asked
    visitor, path = resident
    assert "Sing in a choir" in visitor.get(f"{path}/progress").text


def test_progress_that_is_measured_stands_beside_the_goal(
    plan: Plan, made: MadeReferral, resident: tuple[Visitor, str]
) -> None:
    plan.goal("Sing in a choir", measured="yes")
    form = {"phase": "before", "said_by": "person", "way": "page", "goal-progress-before-goal": "3"}
    page = plan.worker.get(f"/referrals/{made.id}/measures")
    ways = [each["value"] or "" for each in page.inputs if each.get("name") == "way"]
    sent = plan.worker.send(f"/referrals/{made.id}/measures", form | {"way": ways[0]})
    assert sent.status_code == 303
    visitor, path = resident
    for told in (plan.worker.get(plan.path).text, visitor.get(f"{path}/plan").text):
        assert "At the start: 3. You were asked once so far." in told
