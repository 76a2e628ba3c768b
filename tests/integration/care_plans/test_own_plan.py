"""A person reads their own plan, says what they have done, prints it, and takes it along with all that is theirs."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from app.domain.access import system
from app.runtime import Runtime
from app.services.caring.care_plans import PlanPage
from app.services.own import person_links
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.care_plans.conftest import BORN, Plan
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import reader_of, text_of

Kept = Callable[[], PlanPage]
Resident = tuple[Visitor, str]


def test_without_a_plan_the_page_says_what_one_is(resident: Resident) -> None:
    visitor, path = resident
    page = visitor.get(f"{path}/plan")
    assert "There is no plan yet." in page.text
    assert "plan.pdf" not in page.html
    assert "My plan: there is none yet" in visitor.get(f"{path}/progress").text


def test_the_person_reads_their_own_words(plan: Plan, resident: Resident) -> None:
    plan.write(f"{plan.path}/matters", {"matters": "My garden"})
    goal = plan.goal("Go out once a week", importance="8").rsplit("/", 1)[1]
    plan.action("Find my shoes", by_day="9", by_month="3", by_year="2026", goal_id=goal)
    visitor, path = resident
    text = visitor.get(f"{path}/plan").text
    for words in ("My garden", "Go out once a week", "8 of 10", "Find my shoes", "Me. By 9 March 2026."):
        assert words in text, words


def test_the_person_says_that_they_have_done_something_and_takes_it_back(
    plan: Plan, kept: Kept, resident: Resident
) -> None:
    address = plan.action("Find my shoes").rsplit("/", 1)[1]
    visitor, path = resident
    answer = visitor.send(f"{path}/plan/actions/{address}/done", at=f"{path}/plan")
    assert answer.status_code == 303
    assert kept().kept.plan.action(UUID(address)).done_on is not None
    assert kept().kept.how == "own-link"
    assert "By the person, on their own page" in plan.worker.get(plan.path).text
    visitor.send(f"{path}/plan/actions/{address}/not-done", at=f"{path}/plan")
    assert kept().kept.plan.action(UUID(address)).done_on is None


def test_what_somebody_else_does_is_not_the_persons_to_tick(
    plan: Plan, kept: Kept, resident: Resident
) -> None:
    address = plan.action("Ring the club", "link-worker").rsplit("/", 1)[1]
    visitor, path = resident
    assert "I have done this" not in visitor.get(f"{path}/plan").text
    for action, word in ((address, "done"), (uuid4(), "done"), (address, "sold")):
        sent = visitor.send(f"{path}/plan/actions/{action}/{word}", at=f"{path}/comment")
        assert sent.status_code == 404
    assert kept().kept.plan.action(UUID(address)).done_on is None


def test_another_persons_link_leads_to_their_own_plan_alone(
    plan: Plan, runtime: Runtime, place: MadePlace, visitor_of: Callable[[MadeReferral], Resident]
) -> None:
    address = plan.action("Find my shoes").rsplit("/", 1)[1]
    visitor, path = visitor_of(make_referral(runtime.db, place))
    assert "Find my shoes" not in visitor.get(f"{path}/plan").text
    sent = visitor.send(f"{path}/plan/actions/{address}/done", at=f"{path}/comment")
    assert sent.status_code == 404


def test_without_the_date_of_birth_nothing_opens(plan: Plan, resident: Resident) -> None:
    plan.goal("Go out")
    visitor, path = resident
    stranger = Visitor(visitor.client.application.test_client())
    for part in ("plan", "plan.pdf", "seen", "change", "stop"):
        assert stranger.client.get(f"{path}/{part}").location == path, part


def test_the_plan_on_paper_is_tagged_and_larger_in_large_print(plan: Plan, resident: Resident) -> None:
    plan.write(f"{plan.path}/matters", {"matters": "My garden #hash *star* $x$"})
    plan.goal("Go out once a week", importance="8")
    visitor, path = resident
    ordinary, large = (visitor.client.get(f"{path}/plan.pdf{how}").data for how in ("", "?print=large"))
    assert "My garden #hash *star* $x$" in text_of(ordinary)
    assert "How much it matters to me: 8 of 10." in text_of(large)
    assert "/MarkInfo" in reader_of(ordinary).trailer["/Root"]
    sizes = []
    for pdf in (ordinary, large):
        found: list[float] = []
        reader_of(pdf).pages[0].extract_text(visitor_text=lambda *told, found=found: found.append(told[4]))
        sizes.append(max(found))
    assert sizes[1] > sizes[0]
    assert plan.worker.client.get(f"{plan.path}.pdf").data.startswith(b"%PDF-")


def test_the_plan_is_among_all_that_is_kept_to_read_and_as_fhir(plan: Plan, resident: Resident) -> None:
    plan.write(f"{plan.path}/matters", {"matters": "My garden"})
    goal = plan.goal("Go out once a week", importance="8").rsplit("/", 1)[1]
    plan.action("Find my shoes", goal_id=goal)
    visitor, path = resident
    text = visitor.get(f"{path}/data").text
    assert "My garden" in text
    assert "Go out once a week" in text
    assert "Find my shoes" in text_of(visitor.client.get(f"{path}/data.pdf").data)
    entries = [each["resource"] for each in visitor.client.get(f"{path}/data.json").json["entry"]]
    (own,) = [each for each in entries if each.get("title") == "Personalised care and support plan"]
    assert own["resourceType"] == "CarePlan"
    assert own["goal"] == [{"reference": f"Goal/{goal}"}]
    assert own["activity"][0]["detail"]["description"] == "Find my shoes"
    (told,) = [each for each in entries if each["resourceType"] == "Goal" and each["id"] == goal]
    assert told["description"]["text"] == "Go out once a week"


def test_a_comment_on_the_plan_reaches_the_team(plan: Plan, resident: Resident) -> None:
    visitor, path = resident
    page = visitor.get(f"{path}/comment?about=plan")
    assert any(each.get("value") == "plan" and "checked" in each for each in page.inputs)
    sent = visitor.send(f"{path}/comment", {"kind": "not-right", "about": "plan", "words": "I said Tuesday"})
    assert sent.status_code == 303
    text = plan.worker.get(plan.path.replace("/plan", "/own-page")).text
    assert "My plan" in text
    assert "I said Tuesday" in text


def test_a_link_that_ended_closes_the_plan(
    plan: Plan, resident: Resident, database: Database, made: MadeReferral, clock: Clock
) -> None:
    plan.goal("Go out")
    visitor, path = resident
    with database.transaction(system("test")) as tx:
        person_links.revoke(tx, made.person_id)
    assert visitor.client.get(f"{path}/plan").location == path
    assert visitor.send(path, BORN).status_code == 404
    clock.advance(days=1)
