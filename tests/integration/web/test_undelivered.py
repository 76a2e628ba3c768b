"""The steward's page of what could not be carried: every kind told plainly, tried again once, set aside and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.undelivered import Kind
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.services.caring import endings
from app.services.feedback import undelivered
from app.services.feedback.carrying import Attempt, Result, deliver, due
from app.services.messages import mailing
from app.services.shown import views
from app.services.watching import invariants, set_up
from app.services.watching.set_up import NewPractice
from app.store.mail import Mail
from app.store.undelivered import PAGE as LINES
from tests.factories import MadePlace, MadeReferral, make_message, make_referral, send, sender_for
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/undelivered"
SANDBOX = Environment.SANDBOX


def mail_dies(runtime: Runtime, place: MadePlace, number: int = 1, error: str = "smtp-550") -> None:
    with runtime.db.transaction(system("test")) as tx:
        for each in range(number):
            told = {"purpose": "test", "organisation_id": place.providers[0].id, "lines": ["Words within"]}
            mailing.mail(tx, to="a@example.org", subject=f"Subject {each}", **told)
    mailing.send_due(runtime.db, lambda _: Attempt(Result.NEVER, error=error))


def sent(runtime: Runtime) -> list[Mail]:
    found: list[Mail] = []

    def take(letter: Mail) -> Attempt:
        found.append(letter)
        return Attempt(Result.SENT)

    mailing.send_due(runtime.db, take)
    return found


@pytest.fixture
def failed(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral whose outcome did not reach the practice."""
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    (message,) = due(runtime.db)
    deliver(runtime.db, message, lambda _: Attempt(Result.NEVER, error="no-such-mailbox"))
    return made


@pytest.fixture
def waiting(runtime: Runtime, place: MadePlace) -> UUID:
    """A message of a practice that is not set up."""
    stranger = replace(place.practices[0], ods="A81099")
    send(runtime.db, make_message(stranger), sender_for(stranger))
    (found,) = views.list_parked(runtime.db, place.actor("steward"))
    return found.id


def line(runtime: Runtime, place: MadePlace, kind: Kind) -> UUID:
    (found,) = undelivered.list_page(runtime.db, place.actor("steward"), kind=kind).lines
    return found.id


def at(kind: Kind, dead_id: UUID, act: str) -> str:
    return f"{PAGE}/{kind}/{dead_id}/{act}"


def test_empty_list_teaches_what_will_stand_there(sign_in: SignIn) -> None:
    steward = sign_in("steward")
    assert "Nothing is ever dropped" in steward.get(PAGE).text
    assert "there are no text messages here" in steward.get(f"{PAGE}?kind=text").text
    assert "Nothing is set aside" in steward.get(f"{PAGE}?aside=yes").text
    assert "Nothing is left to try again" in steward.get(f"{PAGE}/text/send-again").text


def test_each_kind_is_told_with_organisation_reason_and_tries_and_without_the_person(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral, waiting: UUID
) -> None:
    mail_dies(runtime, place)
    page = sign_in("steward").get(PAGE).text
    for told in (
        "Subject 0",
        place.providers[0].name,
        "The address was refused",
        "Tried once",
        place.practices[0].name,
        "The mailbox of whoever asked could not be reached",
        "It comes from an organisation that is not set up here",
    ):
        assert told in page, told
    assert not any(secret in page for secret in ("Okonkwo", "Adaeze", "Words within", "lunch club"))


def test_first_page_counts_each_kind_and_leads_to_it(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral
) -> None:
    mail_dies(runtime, place, 2)
    page = sign_in("steward").get("/attention")
    assert {f"{PAGE}?kind=email", f"{PAGE}?kind=news"} <= set(page.links)
    assert f"{PAGE}?kind=hook" not in page.links
    assert "2 e-mails" in page.text


def test_one_is_tried_again_and_a_second_press_sends_nothing_more(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    mail_dies(runtime, place)
    steward, path = sign_in("steward"), at(Kind.EMAIL, line(runtime, place, Kind.EMAIL), "send-again")
    assert steward.send(path, at=PAGE).location == f"{PAGE}?kind=email"
    assert steward.send(path, at=PAGE).status_code == 404
    (letter,) = sent(runtime)
    assert letter.repeated  # the carrier is asked for its reference first
    assert sent(runtime) == []


def test_all_of_a_kind_go_again_after_a_question_and_only_of_that_kind(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral
) -> None:
    mail_dies(runtime, place, 3)
    steward, path = sign_in("steward"), f"{PAGE}/email/send-again"
    assert path in steward.get(f"{PAGE}?kind=email").links
    assert "Try 3 e-mails again?" in steward.get(path).text
    assert sent(runtime) == []  # asking changes nothing
    steward.send(path)
    assert "3 e-mails: on the way again." in steward.get(f"{PAGE}?kind=email").text
    steward.send(path)
    assert "Nothing was left to try again." in steward.get(PAGE).text
    assert len(sent(runtime)) == 3
    assert due(runtime.db) == []  # news failed too, and was not asked for


def test_set_aside_with_a_reason_it_rests_and_can_be_brought_back(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    mail_dies(runtime, place)
    steward, dead = sign_in("steward"), line(runtime, place, Kind.EMAIL)
    path = at(Kind.EMAIL, dead, "set-aside")
    refused = steward.send(path, {"reason": "because"})
    assert refused.status_code == 400
    assert "Choose why you set it aside" in refused.text
    assert steward.send(path, {"reason": "told-otherwise"}).status_code == 303
    assert "Subject 0" not in steward.get(PAGE).text
    assert steward.send(path, {"reason": "test"}, at=PAGE).status_code == 409
    assert steward.send(f"{PAGE}/email/send-again").status_code == 303
    assert steward.send(at(Kind.EMAIL, dead, "send-again"), at=PAGE).status_code == 409
    assert sent(runtime) == []
    resting = steward.get(f"{PAGE}?aside=yes")
    assert "They were told another way" in resting.text
    open_task = text("select count(*) from task where kind = 'mail-failed' and done_at is null")
    with admin.connect() as connection:
        assert connection.scalar(open_task) == 0
        back = at(Kind.EMAIL, dead, "bring-back")
        assert back in resting.posts
        assert steward.send(back, at=PAGE).status_code == 303
        assert steward.send(back, at=PAGE).status_code == 404
        assert connection.scalar(open_task) == 1
    steward.send(at(Kind.EMAIL, dead, "send-again"), at=PAGE)
    assert len(sent(runtime)) == 1  # its words were kept meanwhile


def test_message_that_came_in_is_taken_once_its_practice_is_set_up(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID
) -> None:
    steward, path = sign_in("steward"), at(Kind.WAITING, waiting, "send-again")
    refused = steward.send(path, at=PAGE)
    assert refused.status_code == 409
    assert "still not set up here" in refused.text
    set_up.add_practice(runtime.db, NewPractice("New Surgery", "A81099", place.team.id, environment=SANDBOX))
    steward.send(f"{PAGE}/waiting/send-again")
    assert "1 message that came in and waits: taken in." in steward.get(PAGE).text
    assert views.list_referrals(runtime.db, place.link_worker).total == 1


def test_waiting_message_that_is_set_aside_leaves_the_first_page_and_is_no_breach(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID
) -> None:
    steward = sign_in("steward")
    assert "Somebody may be waiting for help" in steward.get(at(Kind.WAITING, waiting, "set-aside")).text
    steward.send(at(Kind.WAITING, waiting, "set-aside"), {"reason": "not-for-us"})
    assert "Nothing needs you now" in steward.get("/attention").text
    invariants.watch(runtime.db)
    assert invariants.find_watch(runtime.db, place.actor("steward")).run.breaches == ()
    steward.send(at(Kind.WAITING, waiting, "bring-back"), at=PAGE)
    page = steward.get("/attention").text
    assert "To do (1)" in page
    assert "Messages that wait (1)" in page


def test_news_that_fails_anew_after_the_team_sent_it_is_seen_though_it_was_set_aside(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral
) -> None:
    steward, dead = sign_in("steward"), line(runtime, place, Kind.NEWS)
    steward.send(at(Kind.NEWS, dead, "set-aside"), {"reason": "out-of-date"})
    assert "Nothing needs you now" in steward.get("/attention").text
    endings.retry_feedback(runtime.db, place.link_worker, dead)
    (message,) = due(runtime.db)
    deliver(runtime.db, message, lambda _: Attempt(Result.NEVER, error="no-such-mailbox"))
    assert line(runtime, place, Kind.NEWS) == dead
    steward.send(at(Kind.NEWS, dead, "send-again"), at=PAGE)
    news = views.get_referral(runtime.db, place.link_worker, failed.id).feedback[-1]
    assert news.status == FeedbackStatus.COMPOSED


def test_what_left_and_did_not_arrive_cannot_be_sent_and_says_so(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    mail_dies(runtime, place, error="permanent-failure")
    with admin.begin() as connection:
        connection.execute(text("update mail_message set body = null"))
    steward, dead = sign_in("steward"), line(runtime, place, Kind.EMAIL)
    page = steward.get(PAGE)
    assert "there is no such address or number" in page.text
    assert "Reach them another way" in page.text
    assert at(Kind.EMAIL, dead, "send-again") not in page.posts
    assert steward.send(at(Kind.EMAIL, dead, "send-again"), at=PAGE).status_code == 409


def test_long_list_has_further_pages_that_keep_the_filter(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    mail_dies(runtime, place, LINES + 1)
    steward = sign_in("steward")
    first = steward.get(f"{PAGE}?kind=email")
    assert f"{PAGE}?page=2&kind=email" in first.links
    second = steward.get(f"{PAGE}?page=2&kind=email")
    assert sum(path.endswith("/send-again") for path in first.posts) == LINES
    assert sum(path.endswith("/send-again") for path in second.posts) == 1
    assert not set(first.posts) & {path for path in second.posts if "email" in path}
    assert "This page is empty" in steward.get(f"{PAGE}?page=9").text


@pytest.mark.parametrize("kind", ["email", "nonsense"])
def test_unknown_ids_and_kinds_are_absent(sign_in: SignIn, kind: str) -> None:
    steward = sign_in("steward")
    for act in ("send-again", "set-aside", "bring-back"):
        answer = steward.send(f"{PAGE}/{kind}/{uuid4()}/{act}", {"reason": "test"}, at=PAGE)
        assert answer.status_code == 404, act


@pytest.mark.parametrize("username", ["link-worker", "provider-0", "practice-0", "analyst"])
def test_nobody_else_sees_or_moves_them(
    username: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    mail_dies(runtime, place)
    visitor, dead = sign_in(username), line(runtime, place, Kind.EMAIL)
    assert visitor.client.get(PAGE).status_code == 403
    for path in (at(Kind.EMAIL, dead, "send-again"), f"{PAGE}/email/send-again"):
        assert visitor.send(path, at="/privacy").status_code == 403
    assert sent(runtime) == []


def test_system_that_was_switched_off_is_called_afresh(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    steward = sign_in("steward")
    with admin.begin() as connection:
        connection.execute(text(_CLIENT), {"place": place.place.id})
        values = {"id": uuid4(), "place": place.place.id, "now": runtime.db.clock() - timedelta(days=4)}
        connection.execute(text(_SUBSCRIPTION), values)
    page = steward.get(f"{PAGE}?kind=hook").text
    assert "Steps of “Task”" in page
    assert "The endpoint did not answer in time." in page
    assert "Patient/" not in page
    dead = line(runtime, place, Kind.HOOK)
    steward.send(at(Kind.HOOK, dead, "send-again"), at=PAGE)
    assert "there are no systems that do not answer here" in steward.get(f"{PAGE}?kind=hook").text
    with admin.connect() as connection:
        row = connection.execute(text("select status, attempts, error from subscription")).one()
    assert tuple(row) == ("requested", 0, None)
    assert steward.send(at(Kind.HOOK, dead, "send-again"), at=PAGE).status_code == 404


_CLIENT = """insert into api_client (id, organisation_id, practices, scopes, active, name, jwks)
    values ('system', :place, '{}', '{}', true, 'System', '{}')"""
_SUBSCRIPTION = """insert into subscription (id, organisation_id, client_id, role, status, criteria, data_key, key_id,
    told, error, version, created_at, updated_at, attempts, failing_since, next_attempt_at)
    values (:id, :place, 'system', 'practice', 'off', 'Task?patient=Patient/1', '', '', '',
    'The endpoint did not answer in time.', 3, :now, :now, 9, :now, :now)"""
