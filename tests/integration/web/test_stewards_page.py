"""What the steward does on the page: gives a waiting message another try, sends an outcome again, and hears why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.services.caring import endings
from app.services.feedback.carrying import Attempt, Result, deliver, due
from app.services.incoming import parked
from app.services.shown import views
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice
from tests.factories import MadePlace, MadeReferral, make_message, make_referral, send, sender_for
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/attention"


@pytest.fixture
def waiting(runtime: Runtime, place: MadePlace) -> UUID:
    """A message of a practice that is not set up."""
    stranger = replace(place.practices[0], ods="A81099")
    send(runtime.db, make_message(stranger), sender_for(stranger))
    (found,) = views.list_parked(runtime.db, place.actor("steward"))
    return found.id


@pytest.fixture
def failed(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral whose outcome did not reach the practice."""
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    (message,) = due(runtime.db)
    deliver(runtime.db, message, lambda _: Attempt(Result.NEVER, error="no-such-mailbox"))
    return made


def set_practice_up(runtime: Runtime, place: MadePlace) -> None:
    new = NewPractice("New Surgery", "A81099", place.team.id, environment=Environment.SANDBOX)
    set_up.add_practice(runtime.db, new)


def news_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> tuple[UUID, str]:
    news = views.get_referral(runtime.db, place.link_worker, made.id).feedback[-1]
    return news.id, news.status


def try_path(inbox_id: UUID) -> str:
    return f"{PAGE}/messages/{inbox_id}/try-again"


def test_waiting_message_becomes_a_referral_once_its_practice_is_set_up(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID
) -> None:
    visitor = sign_in("steward")
    assert try_path(waiting) in visitor.get(PAGE).posts
    set_practice_up(runtime, place)
    assert visitor.send(try_path(waiting), at=PAGE).location == PAGE
    shown = visitor.get(PAGE)
    assert "The message was taken in" in shown.text
    assert "Nothing needs you now" in shown.text
    assert views.list_referrals(runtime.db, place.link_worker).total == 1


def test_message_that_still_cannot_be_taken_goes_on_waiting_and_the_page_says_why(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID
) -> None:
    answer = sign_in("steward").send(try_path(waiting), at=PAGE)
    assert answer.status_code == 409
    assert answer.text.count("still not set up here: set it up first.") == 2
    assert f'href="#line-{waiting}"' in answer.text
    assert f'id="line-{waiting}"' in answer.text
    assert "Error: Needs attention" in answer.text
    assert "Somebody was faster" not in answer.text
    assert [each.id for each in views.list_parked(runtime.db, place.actor("steward"))] == [waiting]


def test_message_that_somebody_took_meanwhile_is_told_at_the_top_of_the_page(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID
) -> None:
    visitor = sign_in("steward")
    visitor.get(PAGE)
    set_practice_up(runtime, place)
    parked.try_again(runtime.db, place.actor("steward"), waiting)
    answer = visitor.send(try_path(waiting), at=PAGE)
    assert answer.status_code == 404
    assert 'href="#maincontent"' in answer.text
    assert str(waiting) not in answer.text
    assert views.list_referrals(runtime.db, place.link_worker).total == 1


def test_failed_outcome_is_sent_again_once(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral
) -> None:
    visitor = sign_in("steward")
    news_id, _ = news_of(runtime, place, failed)
    path = f"{PAGE}/news/{news_id}/send-again"
    assert path in visitor.get(PAGE).posts
    assert visitor.send(path, at=PAGE).location == PAGE
    assert "It is on its way again." in visitor.get(PAGE).text
    assert news_of(runtime, place, failed)[1] == FeedbackStatus.COMPOSED
    assert len(due(runtime.db)) == 1
    again = visitor.send(path, at=PAGE)
    assert again.status_code == 409
    assert 'href="#maincontent"' in again.text
    assert "This was done already" in again.text
    assert len(due(runtime.db)) == 1


def test_outcome_that_the_team_sent_again_is_not_sent_twice(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral
) -> None:
    visitor = sign_in("steward")
    news_id, _ = news_of(runtime, place, failed)
    visitor.get(PAGE)
    endings.retry_feedback(runtime.db, place.link_worker, news_id)
    assert visitor.send(f"{PAGE}/news/{news_id}/send-again", at=PAGE).status_code == 409
    assert len(due(runtime.db)) == 1


@pytest.mark.parametrize("username", ["link-worker", "provider-0", "practice-0", "analyst"])
def test_only_the_steward_sets_things_going_again(
    username: str, sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID, failed: MadeReferral
) -> None:
    set_practice_up(runtime, place)
    visitor, home = sign_in(username), {"link-worker": "/referrals", "provider-0": "/offers"}
    news_id, _ = news_of(runtime, place, failed)
    for path in (try_path(waiting), f"{PAGE}/news/{news_id}/send-again"):
        assert visitor.send(path, at=home.get(username, "/privacy")).status_code == 403
    assert [each.id for each in views.list_parked(runtime.db, place.actor("steward"))] == [waiting]
    assert news_of(runtime, place, failed)[1] == FeedbackStatus.FAILED


def test_page_opens_nobodys_record(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID, failed: MadeReferral
) -> None:
    visitor = sign_in("steward")
    pages = (visitor.client.get(PAGE).text, visitor.send(try_path(waiting), at=PAGE).text)
    for html in pages:
        assert not any(secret in html for secret in ("Okonkwo", "Adaeze", "Cardamom", "lunch club"))
