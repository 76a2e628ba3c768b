"""The first page stays light however much there is to do: five tasks stand on it, all of them on pages of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.task_groups import TaskGroup
from app.domain.vocabulary import Priority
from app.runtime import Runtime
from app.services.shown.views import TASKS
from app.services.watching import escalating
from app.store.tables_care import ReferralRow
from app.store.tasks import add_task, list_open
from app.web.frame.task_words import TASK_GROUP_WORDS, TASK_WORDS
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
KINDS = ("feedback-failed", "progress-failed", "message-not-delivered", "person-stopped")


@pytest.fixture
def much(runtime: Runtime, place: MadePlace) -> int:
    """More to do than one page holds; how much."""
    made = [make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE) for _ in range(TASKS // 4 + 1)]
    with runtime.db.transaction(system("test")) as tx:
        for each in made:
            for kind in KINDS:
                add_task(tx, kind, organisation_id=place.team.id, referral_id=each.id)
    return len(made) * len(KINDS)


def done(page_posts: list[str]) -> set[str]:
    return {path for path in page_posts if path.startswith("/tasks/")}


def test_first_page_has_five_and_leads_to_the_rest(sign_in: SignIn, much: int) -> None:
    worker = sign_in("link-worker")
    first = worker.get("/referrals")
    assert len(done(first.posts)) == 5
    assert "/tasks" in first.links
    assert f"{much - 5} more stand behind these. All {much} things to do" in " ".join(first.text.split())
    one, two = worker.get("/tasks"), worker.get("/tasks?page=2")
    assert len(done(one.posts)) == TASKS
    assert len(done(one.posts) | done(two.posts)) == much
    assert "This page is empty" in worker.get("/tasks?page=9").text


def test_task_is_ticked_off_there(sign_in: SignIn, much: int) -> None:
    worker = sign_in("link-worker")
    path = sorted(done(worker.get("/tasks").posts))[0]
    assert worker.send(path, at="/tasks").status_code == 303
    assert f"Everything to do ({much - 1})" in worker.get("/tasks").text


def test_no_task_is_left_out_however_many_there_are(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    """A team of five hundred people: the newest task is counted, reached and on its own referral's page."""
    made = [make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE) for _ in range(3)]
    with runtime.db.transaction(system("test")) as tx:
        for number in range(230):
            add_task(tx, f"kind-{number}", organisation_id=place.team.id, referral_id=made[number % 2].id)
    clock.advance(minutes=1)
    with runtime.db.transaction(system("test")) as tx:
        for each in (made[0], made[2]):
            add_task(tx, "find-nhs-number", organisation_id=place.team.id, referral_id=each.id)
    worker = sign_in("link-worker")
    assert "Everything to do (232)" in worker.get("/tasks").text
    assert "All 232 things to do" in worker.get("/referrals").text
    said = TASK_WORDS["find-nhs-number"]
    for each in (made[0], made[2]):  # one that has a hundred and fifteen before it, and one that has none
        assert said in worker.get(f"/referrals/{each.id}").text
    assert said in worker.get("/tasks?page=10").text


def test_what_is_worse_today_stands_before_housekeeping_of_months(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    """Seventy tasks of records, some of urgent referrals, and one of a person: nobody has to turn a page for it."""
    some = [make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE) for _ in range(18)]
    pressing = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    with runtime.db.transaction(system("test")) as tx:
        tx.session.execute(
            update(ReferralRow).where(ReferralRow.id == pressing.id).values(priority=Priority.URGENT)
        )
        for each in (*some, pressing):
            for kind in ("find-nhs-number", "tell-practice-another-way", "correct-nhs-number", "overdue"):
                add_task(tx, kind, organisation_id=place.team.id, referral_id=each.id)
    clock.advance(days=90)
    with runtime.db.transaction(system("test")) as tx:
        for kind in ("things-worse", "caution-added"):
            add_task(tx, kind, organisation_id=place.team.id, referral_id=some[0].id)
    worker = sign_in("link-worker")
    first, page = worker.get("/referrals").text, worker.get("/tasks").text
    order = [TASK_WORDS[kind] for kind in ("caution-added", "things-worse", "overdue")]
    assert [first.index(said) for said in order] == sorted(first.index(said) for said in order)
    assert TASK_WORDS["find-nhs-number"] not in first
    heads = [TASK_GROUP_WORDS[each] for each in (TaskGroup.RISK, TaskGroup.PERSON, TaskGroup.EVERYDAY)]
    told = [each for pair in zip(heads, order, strict=True) for each in pair]
    assert [page.index(said) for said in told] == sorted(page.index(said) for said in told)
    with runtime.db.transaction(place.link_worker) as tx:
        kinds = [task.kind for task in list_open(tx, audit="test")]
    assert kinds[:3] == ["caution-added", "things-worse", "overdue"]
    assert set(kinds[2:21]) == {"overdue"}  # the records' tasks of the urgent one are behind them all


def test_nothing_to_do_teaches_what_will_stand_there(sign_in: SignIn) -> None:
    assert "There is nothing to do" in sign_in("link-worker").get("/tasks").text


@pytest.mark.parametrize("username", ["other-link-worker", "steward", "provider-0"])
def test_it_is_the_teams_alone(username: str, sign_in: SignIn, much: int) -> None:
    visitor = sign_in(username)
    if username == "other-link-worker":
        assert "There is nothing to do" in visitor.get("/tasks").text
    else:
        assert visitor.client.get("/tasks").status_code == 403


def test_line_that_others_were_told_of_ends_each_sentence_once(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    clock.advance(days=20)
    escalating.raise_due(runtime.db)
    page = sign_in("link-worker").get("/referrals").text
    assert "Told: " in page
    assert ".." not in page
