"""People answering through their own link: one page at a time, leaving out, going back, stopping, and in a crisis."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter

import pytest

from app.domain.access import system
from app.domain.follow_up import FollowUpStatus
from app.domain.lifecycle import ReferralStatus
from app.domain.measures import About, Item, Library, Measure
from app.runtime import Runtime
from app.services.follow_up import follow_ups
from app.services.own import person_links
from app.store import outcomes
from app.store.follow_ups import FollowUp
from app.store.outcomes import About as AboutWhom
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.follow_up.conftest import sweep
from tests.integration.web.conftest import Visitor

Later = Callable[[], Sequence[FollowUp]]
BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}


def opened(db: Database, visitor: Visitor, made: MadeReferral, purpose: str = "follow-up") -> str:
    """Open a person's own questions in the visitor's browser; return their path."""
    with db.transaction(system("test")) as tx:
        address = person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose=purpose, days=30
        )
    path = address.removeprefix("http://localhost")
    assert visitor.send(path, BORN).status_code == 303
    return f"{path}/answers"


@pytest.fixture
def path(runtime: Runtime, clock: Clock, visitor: Visitor, made: MadeReferral, later: Later) -> str:
    """The questions of three months after, opened."""
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    return opened(runtime.db, visitor, made)


def kept_of(db: Database, made: MadeReferral) -> list[tuple[str, str, dict[str, int], str | None]]:
    """What is kept of a person's own answers, by measure: they are of one moment of the clock."""
    with db.transaction(system("test")) as tx:
        found = outcomes.list_measures(tx, AboutWhom(made.id, made.person_id), audit="test")
    kept = [
        (each.measure, each.phase.value, dict(each.answers), each.skipped)
        for each in found
        if each.way == "link"
    ]
    return sorted(kept, key=itemgetter(0))


def test_each_page_is_saved_and_leads_to_the_next(
    runtime: Runtime, visitor: Visitor, path: str, made: MadeReferral, later: Later
) -> None:
    assert "You need not answer" in visitor.get(path).text
    first = visitor.send(f"{path}/ons4", {"ons4-follow-up-happy": "9"})
    assert first.headers["Location"] == f"{path}/ucla3"
    assert later()[0].status is FollowUpStatus.ANSWERED
    second = visitor.send(f"{path}/ucla3", {"step": "leave-out"})
    assert second.headers["Location"] == f"{path}/goal-progress"
    third = visitor.send(f"{path}/goal-progress", {"goal-progress-follow-up-goal": "7"})
    assert third.headers["Location"] == f"{path}/done"
    assert "Thank you" in visitor.get(f"{path}/done").text
    assert kept_of(runtime.db, made) == [
        ("goal-progress", "follow-up", {"goal": 7}, None),
        ("ons4", "follow-up", {"happy": 9}, None),
        ("ucla3", "follow-up", {}, "declined"),
    ]


def test_leaving_out_every_page_is_no_answer_and_no_silence(
    visitor: Visitor, path: str, later: Later
) -> None:
    for code in ("ons4", "ucla3", "goal-progress"):
        visitor.send(f"{path}/{code}", {"step": "leave-out"})
    assert (later()[0].status, later()[0].reason) == (FollowUpStatus.SKIPPED, "declined")


def test_going_back_shows_what_was_answered(visitor: Visitor, path: str) -> None:
    visitor.send(f"{path}/ucla3", {"ucla3-follow-up-left-out": "2", "helper": "Sam, my daughter"})
    page = visitor.get(f"{path}/ucla3")
    assert "Sam, my daughter" in page.text
    assert re.search(r'name="ucla3-follow-up-left-out"[^>]* value="2" checked', page.html)


def test_a_number_that_is_none_of_the_answers_is_refused(visitor: Visitor, path: str) -> None:
    refused = visitor.send(f"{path}/ons4", {"ons4-follow-up-happy": "11"})
    assert refused.status_code == 400
    assert "from 0 to 10" in refused.text


def test_stopping_ends_all_asking(runtime: Runtime, visitor: Visitor, path: str, later: Later) -> None:
    assert visitor.send(f"{path}/stop").status_code == 303
    assert "We have stopped" in visitor.get(f"{path}/stop").text
    assert [each.status for each in later()] == [FollowUpStatus.STOPPED] * 2
    assert "You asked us to stop" in visitor.get(path).text


def test_a_stranger_without_the_date_of_birth_reads_no_question(
    runtime: Runtime, visitor: Visitor, path: str, app: object
) -> None:
    stranger = Visitor(visitor.client.application.test_client())
    assert stranger.client.get(f"{path}/ons4").status_code == 303
    assert stranger.client.get(path).headers["Location"] == path.removesuffix("/answers")


def test_an_answer_that_cannot_wait_shows_whom_to_ring(
    runtime: Runtime, visitor: Visitor, clock: Clock, made: MadeReferral, later: Later
) -> None:
    grave = Measure(
        "ons4",
        "9",
        "Grave",
        About.HEALTH,
        (Item("q", "Hard?", 0, 3, False, alerts_above=0),),
        (),
        "Invented",
        "None",
    )
    runtime.db.measures = Library((grave,))
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    path = opened(runtime.db, visitor, made)
    visitor.send(f"{path}/ons4", {"ons4-follow-up-q": "0"})
    assert "116 123" not in visitor.get(f"{path}/done").text
    visitor.send(f"{path}/ons4", {"ons4-follow-up-q": "1"})
    page = visitor.get(f"{path}/done")
    assert "116 123" in page.text
    assert "Please do not wait" in page.text


def test_the_start_is_asked_while_the_referral_is_open(
    runtime: Runtime, visitor: Visitor, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    path = opened(runtime.db, visitor, made, purpose="progress")
    assert visitor.send(f"{path}/ons4", {"ons4-before-happy": "3"}).status_code == 303
    assert kept_of(runtime.db, made) == [("ons4", "before", {"happy": 3}, None)]


def test_when_nothing_is_due_nothing_is_asked(
    runtime: Runtime, visitor: Visitor, made: MadeReferral, clock: Clock
) -> None:
    path = opened(runtime.db, visitor, made)
    assert "nothing for you to do" in visitor.get(path).text
    visitor.get(f"{path}/ons4", 404)


def test_a_persons_own_stop_is_not_the_teams_to_take_back(
    runtime: Runtime, visitor: Visitor, path: str, later: Later, place: MadePlace
) -> None:
    visitor.send(f"{path}/stop")
    with pytest.raises(Exception, match="said this themselves"):
        follow_ups.undo(runtime.db, place.link_worker, later()[0].id)
    assert replace(later()[0]).reason == "asked-not-to"
