"""A link worker writes a person's plan part by part; every version is kept, and nobody writes over another unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.runtime import Runtime
from app.services.caring.care_plans import PlanPage
from tests.factories import MadePlace, MadeReferral
from tests.integration.care_plans.conftest import Plan
from tests.integration.web.conftest import Visitor

Kept = Callable[[], PlanPage]


def test_an_empty_plan_says_what_to_ask(plan: Plan) -> None:
    page = plan.worker.get(plan.path)
    assert "what is most important to you?" in page.text
    assert "A goal is something that the person wants for themselves" in page.text
    assert "Nothing is written yet. Every time" in plan.worker.get(f"{plan.path}/versions").text


def test_what_is_written_stands_on_the_plan_in_the_persons_words(plan: Plan, kept: Kept) -> None:
    plan.write(f"{plan.path}/matters", {"matters": "My garden & my cat"})
    goal = plan.goal(
        "Go out once a week",
        importance="8",
        measured="yes",
        since_day="1",
        since_month="2",
        since_year="2026",
    )
    goal_id = goal.rsplit("/", 1)[1]
    plan.action("Find my walking shoes", by_day="9", by_month="3", by_year="2026", goal_id=goal_id)
    page = plan.worker.get(plan.path)
    assert "My garden & my cat" in page.text
    assert "How much it matters: 8 of 10. Since 1 February 2026." in page.text
    assert "Me. By 9 March 2026." in page.text
    found = kept().kept
    assert found.version == 3
    assert found.plan.measured == found.plan.goal(UUID(goal_id))
    assert found.plan.actions_of(UUID(goal_id))[0].by == date(2026, 3, 9)


def test_a_form_that_is_sent_twice_makes_one_goal_and_one_version(plan: Plan, kept: Kept) -> None:
    address = f"{plan.path}/goals/{uuid4()}"
    for _ in range(2):
        plan.worker.send(address, {"words": "Sleep well", "how": "with", "plan_version": "0"})
    assert [each.words for each in kept().kept.plan.goals] == ["Sleep well"]
    assert kept().kept.version == 1


@pytest.mark.parametrize(
    ("part", "form", "field"),
    [
        ("goals", {"words": "", "how": "with"}, "words"),
        ("goals", {"words": "x" * 501, "how": "with"}, "words"),
        ("goals", {"words": "Sleep", "importance": "11", "how": "with"}, "importance"),
        ("goals", {"words": "Sleep", "since_day": "31", "since_month": "2", "how": "for"}, "since_day"),
        ("goals", {"words": "Sleep"}, "how"),
        ("actions", {"what": "Ring", "how": "with"}, "who"),
        ("actions", {"what": "Ring", "who": "person", "by_day": "x", "how": "with"}, "by_day"),
        ("actions", {"what": "Ring", "who": "person", "goal_id": str(uuid4()), "how": "with"}, "goal_id"),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field_and_nothing_typed_is_lost(
    plan: Plan, kept: Kept, part: str, form: dict[str, str], field: str
) -> None:
    answer = plan.worker.send(f"{plan.path}/{part}/{uuid4()}", form)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    typed = form.get("words") or form.get("what")
    assert typed is None or typed in answer.text
    assert kept().kept.version == 0


def test_two_people_who_change_two_parts_do_not_meet(plan: Plan, kept: Kept) -> None:
    first = plan.goal("Go out")
    seen = plan.seen(first)
    plan.write(f"{plan.path}/matters", {"matters": "Quiet"})
    answer = plan.worker.send(first, {"words": "Go out more", "how": "with", "plan_version": seen})
    assert answer.status_code == 303
    assert kept().kept.plan.matters == "Quiet"
    assert kept().kept.plan.goals[0].words == "Go out more"


def test_a_part_that_somebody_changed_meanwhile_is_shown_beside_what_was_typed(
    plan: Plan, kept: Kept, sign_in: Callable[[str], Visitor]
) -> None:
    address = plan.goal("Go out")
    seen = plan.seen(address)
    Plan(sign_in("second-link-worker"), plan.path).write(address, {"words": "Go out with Ann"})
    answer = plan.worker.send(address, {"words": "Go out on Sundays", "how": "with", "plan_version": seen})
    assert answer.status_code == 409
    assert "Go out with Ann" in answer.text
    assert "Go out on Sundays" in answer.text
    assert kept().kept.plan.goals[0].words == "Go out with Ann"
    plan.write(address, {"words": "Go out on Sundays"})
    assert kept().kept.plan.goals[0].words == "Go out on Sundays"


def test_what_was_taken_out_can_be_brought_back(plan: Plan, kept: Kept) -> None:
    address = plan.goal("Go out")
    plan.worker.send(f"{address}/remove", {"plan_version": "1"}, at=plan.path)
    assert kept().kept.plan.goals == ()
    assert "Version 1" in plan.worker.get(f"{plan.path}/versions").text
    assert "Go out" in plan.worker.get(f"{plan.path}/versions/1").text
    assert plan.worker.send(f"{plan.path}/versions/1").status_code == 303
    assert [each.words for each in kept().kept.plan.goals] == ["Go out"]
    assert kept().kept.version == 3


def test_an_action_is_done_and_open_again(plan: Plan, kept: Kept, runtime: Runtime) -> None:
    address = plan.action("Ring the club", "link-worker")
    plan.worker.send(f"{address}/done", at=plan.path)
    assert kept().kept.plan.actions[0].done_on == runtime.db.clock().date()
    plan.worker.send(f"{address}/done", at=plan.path)
    assert kept().kept.version == 2
    plan.worker.send(f"{address}/not-done", at=plan.path)
    assert kept().kept.plan.actions[0].done_on is None


_ANY = UUID(int=7)  # one name of the case in every process


@pytest.mark.parametrize("part", ["", "/matters", "/versions", "/versions/1", f"/goals/{_ANY}", ".pdf"])
def test_another_teams_plan_is_absent_and_other_roles_are_refused(
    plan: Plan, sign_in: Callable[[str], Visitor], part: str
) -> None:
    plan.goal("Go out")
    for username, status in (("other-link-worker", 404), ("provider-0", 403), ("practice-0", 403)):
        assert sign_in(username).client.get(f"{plan.path}{part}").status_code == status, username


def test_what_is_not_there_is_not_found(plan: Plan) -> None:
    plan.goal("Go out")
    for address in ("/versions/2", "/versions/0", f"/shared/{uuid4()}"):
        assert plan.worker.client.get(f"{plan.path}{address}").status_code == 404, address
    for address in (f"/goals/{uuid4()}/remove", f"/actions/{uuid4()}/done", f"/actions/{uuid4()}/sold"):
        assert plan.worker.send(f"{plan.path}{address}", at=plan.path).status_code == 404, address


def test_words_are_sealed_and_every_touch_is_in_the_audit_of_the_person(
    plan: Plan, runtime: Runtime, made: MadeReferral, place: MadePlace
) -> None:
    plan.goal("Visit my sister in Leith")
    with runtime.db.engine.begin() as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        rows = connection.execute(text("select plan from care_plan")).scalars().all()
        acts = connection.execute(
            text("select act from audit_event where person_id = :whose and subject = 'care plan'"),
            {"whose": made.person_id},
        ).scalars()
        assert {"read care plan", "write care plan"} <= set(acts)
    assert rows
    assert all(b"Leith" not in bytes(row) for row in rows)


def test_reading_changes_nothing(plan: Plan, kept: Kept) -> None:
    plan.goal("Go out")
    before = kept().kept
    for part in ("", "/matters", "/versions", f"/goals/{uuid4()}", f"/actions/{uuid4()}", ".pdf"):
        plan.worker.client.get(f"{plan.path}{part}")
    assert kept().kept == before
