"""The first page stays light however much there is to do: five tasks stand on it, all of them on pages of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.shown.views import TASKS
from app.services.watching import escalating
from app.store.tasks import add_task
from app.web.frame.task_words import TASK_WORDS
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
    assert f"All {much} things to do" in first.text
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
        add_task(tx, "person-stopped", organisation_id=place.team.id, referral_id=made[2].id)
    worker = sign_in("link-worker")
    assert "Everything to do (231)" in worker.get("/tasks").text
    assert "All 231 things to do" in worker.get("/referrals").text
    said = TASK_WORDS["person-stopped"]
    assert said in worker.get(f"/referrals/{made[2].id}").text
    assert said in worker.get("/tasks?page=10").text


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
