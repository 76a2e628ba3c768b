"""A form that is sent twice, by a slow line or the back button, tells of one thing: nothing is doubled or "changed"."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy import table as sql_table

from app.domain.outcomes import Phase, Taken
from app.runtime import Runtime
from app.services.measures import measures_taken, milestones
from app.services.measures.milestones import Reached
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
WORDS = "Es i'r côr 🎶"


@pytest.fixture
def count(admin: Engine) -> Callable[[str], int]:
    """How many rows a table has."""

    def rows(table: str) -> int:
        with admin.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(sql_table(table))).scalar_one())

    return rows


def test_the_same_answers_again_are_kept_once_and_not_told_as_changed(
    sign_in: SignIn, helped: MadeReferral, count: Callable[[str], int]
) -> None:
    worker = sign_in("link-worker")
    told = {
        "phase": "before",
        "said_by": "person",
        "way": "paper",
        "own-concerns-before-concern-1-words": WORDS,
    }
    told |= {"own-concerns-before-wellbeing": "3", "garden-before-skip": "language"}
    for _ in range(3):
        assert worker.send(f"/referrals/{helped.id}/measures", told).status_code == 303
    assert count("measure_response") == 2
    assert "Changed or taken back since" not in worker.get(f"/referrals/{helped.id}").text
    changed = told | {"own-concerns-before-wellbeing": "4"}
    for values in (changed, told):  # put right, and back again: each is a word of its own
        assert worker.send(f"/referrals/{helped.id}/measures", values).status_code == 303
    assert count("measure_response") == 4
    page = worker.get(f"/referrals/{helped.id}").text
    assert page.count("Told of") == 2


def test_the_same_answer_from_a_team_and_a_group_is_two_answers(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral, count: Callable[[str], int]
) -> None:
    told = Taken("garden", Phase.BEFORE, {"hands": 3}, clock.today)
    assert helped.placement_id is not None
    provider = place.provider_of(place.services[0].id)
    measures_taken.record(runtime.db, place.link_worker, helped.id, [told])
    for _ in range(2):
        measures_taken.record_of_placement(runtime.db, provider, helped.placement_id, [told])
    assert count("measure_response") == 2


def test_an_answer_that_cannot_wait_calls_a_person_each_time(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral, admin: Engine
) -> None:
    told = Taken("phq9", Phase.BEFORE, {"q9": 2}, clock.today)
    for _ in range(2):
        measures_taken.record(runtime.db, place.link_worker, helped.id, [told])
        with admin.begin() as connection:
            done = "update task set done_at = now() where kind = 'risk-alert' and done_at is null"
            assert connection.execute(text(done)).rowcount == 1


def test_a_milestone_that_is_sent_twice_is_reached_once(
    sign_in: SignIn, helped: MadeReferral, count: Callable[[str], int]
) -> None:
    worker, group = sign_in("link-worker"), sign_in("provider-0")
    told = {"codes": ["joined-group", "made-friend"], "words": WORDS}
    for _ in range(2):
        assert worker.send(f"/referrals/{helped.id}/milestones", told).status_code == 303
    assert count("milestone") == 2
    assert worker.get(f"/referrals/{helped.id}").text.count(WORDS) == 1
    for _ in range(2):
        assert group.send(f"/offers/{helped.placement_id}/milestones", told).status_code == 303
    assert count("milestone") == 4  # theirs is theirs
    assert worker.send(f"/referrals/{helped.id}/milestones", told | {"words": "Again"}).status_code == 303
    assert count("milestone") == 5


def test_two_at_the_very_same_time_are_one(
    runtime: Runtime, place: MadePlace, clock: Clock, helped: MadeReferral, count: Callable[[str], int]
) -> None:
    taken = Taken("garden", Phase.BEFORE, {"hands": 3}, clock.today)
    reached = Reached(("joined-group",), clock.today, WORDS)

    def send(_: int) -> None:
        measures_taken.record(runtime.db, place.link_worker, helped.id, [taken])
        milestones.add_to_referral(runtime.db, place.link_worker, helped.id, reached)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(8)))
    assert (count("measure_response"), count("milestone")) == (1, 1)
