"""A referral is handed to a colleague for a while: with a word to them, and a day on which the team is reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import NotFound
from app.domain.hand_overs import Cover
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import endings, ownership
from app.services.caring.endings import Ending
from app.services.shown import views
from app.services.watching import invariants
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_ending, make_place, make_referral
from tests.integration.web.conftest import Visitor, sign_in

__all__ = ["sign_in"]
SignIn = Callable[[str], Visitor]
WORDS = "She likes to be rung on Mondays."


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


@pytest.fixture
def hand_over(sign_in: SignIn, place: MadePlace, made: MadeReferral, clock: Clock) -> Callable[..., int]:
    """Hand the referral to the second link worker, by the page; the answer's status."""

    def press(days: int | None = 7, words: str = WORDS, by: str = "link-worker", **changed: str) -> int:
        form = {"owner": str(place.accounts["second-link-worker"].id), "words": words}
        if days is not None:
            day = clock.today + timedelta(days=days)
            form |= {"back_day": str(day.day), "back_month": str(day.month), "back_year": str(day.year)}
        return sign_in(by).send(f"/referrals/{made.id}/hand-over", form | changed).status_code

    return press


def tasks_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[str]:
    return [task.kind for task in views.get_referral(runtime.db, place.link_worker, made.id).tasks]


def owner_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> UUID | None:
    return views.get_referral(runtime.db, place.link_worker, made.id).owner.user_id


def test_both_read_the_word_and_the_day(
    sign_in: SignIn, made: MadeReferral, hand_over: Callable[..., int], admin: Engine
) -> None:
    assert hand_over() == 303
    page = f"/referrals/{made.id}"
    cover, away = sign_in("second-link-worker").get(page).text, sign_in("link-worker").get(page).text
    for seen in (cover, away):
        assert WORDS in seen
        assert "Invented link-worker is to have it back" in seen
    assert "Take it back" in away
    assert "Take it back" not in cover
    with admin.connect() as connection:
        sealed = connection.execute(text("select words from hand_over")).scalar_one()
        act = "select count(*) from audit_event where act = 'read hand-over' and person_id = :person"
        looks = connection.execute(text(act), {"person": made.person_id}).scalar_one()
    assert b"Mondays" not in bytes(sealed)
    assert looks >= 2


def test_team_is_reminded_on_the_day_once_and_nothing_changes_hands_by_itself(
    runtime: Runtime, place: MadePlace, made: MadeReferral, hand_over: Callable[..., int], clock: Clock
) -> None:
    hand_over(days=7)
    clock.advance(days=6)
    invariants.watch(runtime.db)
    assert "cover-over" not in tasks_of(runtime, place, made)
    clock.advance(days=1)
    invariants.watch(runtime.db)
    assert tasks_of(runtime, place, made).count("cover-over") == 1
    assert owner_of(runtime, place, made) == place.accounts["second-link-worker"].id
    task = next(
        each
        for each in views.get_referral(runtime.db, place.link_worker, made.id).tasks
        if each.kind == "cover-over"
    )
    endings.complete_task(runtime.db, place.link_worker, task.id)
    assert ownership.ask_after_covers(runtime.db) == 0


def test_taking_it_back_ends_the_cover_and_its_reminder(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    hand_over: Callable[..., int],
    clock: Clock,
) -> None:
    hand_over(days=1)
    clock.advance(days=1)
    assert ownership.ask_after_covers(runtime.db) == 1
    visitor, page = sign_in("link-worker"), f"/referrals/{made.id}"
    visitor.send(f"{page}/take-over", at=page)
    assert owner_of(runtime, place, made) == place.link_worker.user_id
    assert "cover-over" not in tasks_of(runtime, place, made)
    assert WORDS not in visitor.get(page).text


def test_handed_to_the_same_colleague_anew_the_old_word_is_over(
    runtime: Runtime, place: MadePlace, made: MadeReferral, hand_over: Callable[..., int], clock: Clock
) -> None:
    hand_over(days=2)
    ownership.hand_over(runtime.db, place.link_worker, made.id, place.link_worker.user_id)
    assert hand_over(days=None, words="") == 303
    assert ownership.find_handed_over(runtime.db, place.link_worker, made.id) is None
    clock.advance(days=3)
    assert ownership.ask_after_covers(runtime.db) == 0


def test_another_team_reads_no_word_of_it(
    runtime: Runtime, place: MadePlace, made: MadeReferral, hand_over: Callable[..., int]
) -> None:
    hand_over()
    with pytest.raises(NotFound):
        ownership.find_handed_over(runtime.db, place.actor("other-link-worker"), made.id)


def test_taken_back_early_or_ended_it_reminds_nobody(
    runtime: Runtime, place: MadePlace, made: MadeReferral, hand_over: Callable[..., int], clock: Clock
) -> None:
    hand_over(days=2)
    ownership.hand_over(runtime.db, place.link_worker, made.id, place.link_worker.user_id)
    other = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    cover = Cover(WORDS, clock.today + timedelta(days=2))
    ownership.hand_over(runtime.db, place.link_worker, other.id, None, cover=cover)
    ending = Ending(make_ending(clock.today).outcome, reason="moved-away")
    endings.end_early(runtime.db, place.link_worker, other.id, ending)
    clock.advance(days=3)
    assert ownership.ask_after_covers(runtime.db) == 0


def test_cover_who_leaves_leaves_no_word_and_no_reminder_behind(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    hand_over: Callable[..., int],
    clock: Clock,
) -> None:
    hand_over(days=2)
    ownership.leave(runtime.db, "second-link-worker")
    assert owner_of(runtime, place, made) is None, "it is the duty's"
    assert WORDS not in sign_in("link-worker").get(f"/referrals/{made.id}").text
    clock.advance(days=3)
    assert ownership.ask_after_covers(runtime.db) == 0


def test_a_colleague_who_takes_it_for_a_while_gives_it_back_to_whose_it_was(
    sign_in: SignIn, made: MadeReferral, hand_over: Callable[..., int]
) -> None:
    assert hand_over(by="second-link-worker") == 303
    seen = sign_in("second-link-worker").get(f"/referrals/{made.id}").text
    assert "Invented link-worker is to have it back" in seen


def test_word_and_day_may_be_left_out(
    runtime: Runtime, place: MadePlace, made: MadeReferral, hand_over: Callable[..., int]
) -> None:
    assert hand_over(days=None, words="") == 303
    assert ownership.find_handed_over(runtime.db, place.link_worker, made.id) is None


@pytest.mark.parametrize("days", [0, -1, 366])
def test_day_that_cannot_be_is_refused_beside_its_field(
    runtime: Runtime, place: MadePlace, made: MadeReferral, hand_over: Callable[..., int], days: int
) -> None:
    assert hand_over(days=days) == 400
    assert owner_of(runtime, place, made) == place.link_worker.user_id


@pytest.mark.parametrize("typed", [{"back_day": ""}, {"back_month": "13"}, {"back_year": "next"}])
def test_half_a_day_is_refused_and_the_words_stay(
    sign_in: SignIn, made: MadeReferral, place: MadePlace, typed: dict[str, str]
) -> None:
    form = {"owner": str(place.accounts["second-link-worker"].id), "words": WORDS}
    form |= {"back_day": "1", "back_month": "2", "back_year": "2030"} | typed
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/hand-over", form)
    assert answer.status_code == 400
    assert WORDS in answer.text
    assert "Enter the day as numbers" in answer.text
