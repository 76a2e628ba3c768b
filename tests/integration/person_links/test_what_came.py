"""What came of my referrals: a practice's own and a team's own, exact, all states, and of nobody else's."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import PersonDetails
from app.domain.vocabulary import Need
from app.runtime import Runtime
from app.services.caring import endings
from app.services.evaluation import came_of
from app.store import history
from app.store.audit_chain import walk
from app.store.history import PastEpisode, PastPerson
from tests.conftest import Clock
from tests.factories import MadePlace, make_nhs_number, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def sign_in(visitor: Visitor, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(visitor.client.application.test_client()).sign_in(username)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> None:
    food, money = ((need.value, Need.SOCIAL_CONNECTION.value) for need in (Need.FOOD, Need.MONEY_ADVICE))
    for status, needs in (
        (ReferralStatus.CLOSED, food),
        (ReferralStatus.COMPLETED, food),
        (ReferralStatus.ACTIVE, money),
        (ReferralStatus.WITHDRAWN, money),
    ):
        make_referral(runtime.db, place, status, needs=needs)
    make_referral(runtime.db, place, ReferralStatus.CLOSED, practice=place.practices[1], needs=food)


def read(runtime: Runtime, place: MadePlace, username: str) -> came_of.WhatCame:
    today = runtime.db.clock().date()
    return came_of.what_came(
        runtime.db, place.actor(username), since=today.replace(year=today.year - 1), until=today
    )


@pytest.mark.usefixtures("made")
def test_practice_counts_its_own_referrals_and_a_team_all_of_its_own(
    runtime: Runtime, place: MadePlace
) -> None:
    counts = {
        who: read(runtime, place, who).whole.referrals for who in ("practice-0", "practice-1", "link-worker")
    }
    assert counts == {"practice-0": 4, "practice-1": 1, "link-worker": 5}
    for stranger in ("other-practice", "other-link-worker"):
        assert read(runtime, place, stranger).whole.referrals == 0


@pytest.mark.usefixtures("made")
def test_four_rates_and_states_by_need(runtime: Runtime, place: MadePlace) -> None:
    found = read(runtime, place, "practice-0")
    lines = {line.need: line for line in found.needs}
    food, money = lines["food"], lines["money-advice"]
    assert (food.referrals, food.answered, food.started, food.helped, food.fed_back) == (2, 2, 2, 2, 1)
    assert (money.referrals, money.counted, money.started, money.helped, money.fed_back) == (2, 1, 0, 0, 0)
    both = lines["social-connection"]
    assert (both.referrals, both.counted, both.helped) == (4, 3, 2)  # each of them has this need too
    assert (food.stands["better"], money.stands["under-way"], money.stands["taken-back"]) == (2, 1, 1)


def test_a_part_that_ended_well_while_the_whole_goes_on_is_better_in_no_number(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    reopened, _ = (make_referral(runtime.db, place, ReferralStatus.COMPLETED) for _ in range(2))
    endings.reopen(runtime.db, place.link_worker, reopened.id, reason="new-need")
    whole = read(runtime, place, "practice-0").whole
    assert (whole.stands["better"], whole.stands["under-way"], whole.helped) == (1, 1, 1)
    practice = sign_in("practice-0")
    assert "1 of 2 (50%)" in practice.get("/what-came").text
    rows = csv.DictReader(io.StringIO(practice.client.get("/what-came.csv").data.decode("utf-8-sig")))
    assert {(row["better"], row["helped"]) for row in rows} == {("1", "1")}


@pytest.mark.usefixtures("made")
def test_own_goal_is_paired_once_a_person(runtime: Runtime, place: MadePlace) -> None:
    goal = read(runtime, place, "practice-0").moved[0]
    assert (goal.asked, goal.paired, goal.before, goal.after, goal.change) == (2, 2, None, None, None)
    assert (goal.better, goal.same, goal.worse) == (2, 0, 0)


def test_from_ten_people_on_means_and_the_mean_change_stand_with_their_intervals(
    runtime: Runtime, place: MadePlace, clock: Clock, sign_in: SignIn
) -> None:
    past = [_past(place, clock, goal) for goal in [(2, 7), (3, 7), (4, 9)] * 4]
    with runtime.db.transaction(system("test")) as tx:
        history.load(tx, past, audit="test")
    page = sign_in("practice-0").get("/what-came").text
    # 12 people on a scale of 10 points: steps of 1. The mean change is 4.67, its interval 4.35 to 4.98, told outwards.
    for said in ("3.0 (2.0 to 4.0)", "8.0 (7.0 to 9.0)", "+5.0 (+4.0 to +6.0)"):
        assert said in page, said


def _past(place: MadePlace, clock: Clock, goal: tuple[int, int]) -> PastPerson:
    episode = PastEpisode(
        requester_id=place.practices[0].id,
        team_id=place.team.id,
        service_id=place.services[0].id,
        provider_id=place.providers[0].id,
        need=Need.FOOD.value,
        received_at=clock.now - timedelta(days=90),
        waited=timedelta(days=7),
        outcome="better",
        end_reason=None,
        goal=goal,
        measures=(),
    )
    details = PersonDetails(nhs_number=make_nhs_number(), family="Invented", given=("Ruth",))
    return PastPerson(details, type1_opt_out=False, episodes=(episode,))


@pytest.mark.usefixtures("made")
def test_table_stands_before_the_picture_and_the_file_has_the_same_numbers(sign_in: SignIn) -> None:
    practice = sign_in("practice-0")
    page = practice.get("/what-came")
    assert page.html.index("<table") < page.html.index("what-came.svg")
    assert "2 of 2 (100%)" in page.text
    rows = list(csv.DictReader(io.StringIO(practice.client.get("/what-came.csv").data.decode("utf-8-sig"))))
    assert [(row["need"], row["referrals"], row["better"], row["fed_back"]) for row in rows] == [
        ("Loneliness and social connection", "4", "2", "1"),
        ("Money, benefits and debt advice", "2", "0", "0"),
        ("Food", "2", "2", "1"),
        ("All needs", "4", "2", "1"),
    ]
    picture = practice.client.get("/what-came.svg")
    assert "Money, benefits and debt advice (2)" in picture.text


def test_before_the_first_referral_the_page_says_what_comes(sign_in: SignIn) -> None:
    for who in ("practice-0", "link-worker"):
        assert "Numbers appear here with the first referral" in sign_in(who).get("/what-came").text


@pytest.mark.usefixtures("made")
def test_page_names_nobody_and_compares_with_nobody(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    text = sign_in("practice-0").get("/what-came").text
    for other in ("Okonkwo", place.practices[1].name, "rank", "score", "because of", "impact", "thanks to"):
        assert other not in text, other
    assert walk(runtime.db.engine).faults == ()


@pytest.mark.parametrize("username", ["provider-0", "steward", "analyst", "resident"])
def test_nobody_else_opens_it(sign_in: SignIn, username: str) -> None:
    assert sign_in(username).client.get("/what-came").status_code == 403


def test_nonsense_for_a_period_is_the_usual_one(sign_in: SignIn) -> None:
    page = sign_in("practice-0").get("/what-came?months=-1%00")
    assert '<option value="12" selected>' in page.html
