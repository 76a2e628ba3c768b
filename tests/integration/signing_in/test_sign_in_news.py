"""Whoever has an account hears of signing in that may not have been theirs, and nobody learns who has an account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from app.domain import paces
from app.runtime import Runtime
from app.services.signing_in import sign_in_news
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.signing_in.conftest import MailBox, give_password, set_up_app
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
OWNER = "link-worker@example.org"
MANY = paces.WRONG_BEFORE_TOLD.times + 1


def wrong(visitor: Visitor, times: int, username: str = "link-worker") -> None:
    """Give a wrong password so many times; every answer is the same."""
    for _ in range(times):
        answer = visitor.send("/sign-in", {"username": username, "password": "not the password"})
        assert answer.status_code == 400, answer.text[:500]


def test_a_browser_that_is_new_is_told_to_the_owner_and_one_that_is_known_is_not(
    addressed: MadePlace, visitor: Visitor, app: Flask, mail_box: MailBox
) -> None:
    visitor.sign_in("link-worker")
    (told,) = mail_box.news()
    assert (told.to, sign_in_news.NEW_BROWSER in told.text) == (OWNER, True)
    visitor.send("/sign-out", at="/referrals")
    visitor.sign_in("link-worker")
    assert mail_box.news() == []
    visitor.send("/sign-out", at="/referrals")
    visitor.sign_in("provider-0")
    assert [each.to for each in mail_box.news()] == ["provider-0@example.org"], "a mark is one person's"


def test_it_says_neither_who_nor_from_where(
    addressed: MadePlace, visitor: Visitor, mail_box: MailBox
) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0", "X-Forwarded-For": "203.0.113.9"}
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent["User-Agent"]
    visitor.sign_in("link-worker")
    (told,) = mail_box.news()
    words = told.subject + told.text
    assert not [each for each in ("link-worker", "Firefox", "127.0.0.1", "203.0.113") if each in words]


def test_a_password_alone_is_not_told_as_signed_in_before_the_second_step(
    addressed: MadePlace, sign_in: SignIn, app: Flask, clock: Clock, mail_box: MailBox
) -> None:
    authenticator, _ = set_up_app(sign_in("link-worker"), clock)
    mail_box.open()
    elsewhere = Visitor(app.test_client())
    assert give_password(elsewhere, "link-worker").startswith("/sign-in/code")
    assert mail_box.news() == []
    answer = elsewhere.send("/sign-in/code", {"code": authenticator.next_code()})
    assert answer.status_code == 303
    assert [each.to for each in mail_box.news()] == [OWNER]


def test_wrong_codes_after_the_right_password_are_told_once_a_day(
    addressed: MadePlace, sign_in: SignIn, app: Flask, clock: Clock, mail_box: MailBox
) -> None:
    set_up_app(sign_in("link-worker"), clock)
    mail_box.open()
    thief = Visitor(app.test_client())
    give_password(thief, "link-worker")
    for _ in range(paces.WRONG_CODES_BEFORE_TOLD.times):
        thief.send("/sign-in/code", {"code": "000000"})
    assert mail_box.news() == [], "a slip is nobody's news"
    for _ in range(4):
        thief.send("/sign-in/code", {"code": "000000"})
    (told,) = mail_box.news()
    assert (told.to, sign_in_news.WRONG_CODES in told.text) == (OWNER, True)


def test_many_wrong_passwords_are_told_once_whichever_browsers_they_came_from(
    addressed: MadePlace, app: Flask, mail_box: MailBox
) -> None:
    strangers = [Visitor(app.test_client()) for _ in range(3)]
    for number, stranger in enumerate(strangers):
        stranger.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
    wrong(strangers[0], 5)
    wrong(strangers[1], MANY - 6)
    assert mail_box.news() == []
    wrong(strangers[2], 1)
    (told,) = mail_box.news()
    assert (told.to, sign_in_news.WRONG_PASSWORDS in told.text) == (OWNER, True)
    wrong(strangers[2], 5)
    assert mail_box.news() == [], "once a day"


def test_a_name_that_is_spelt_otherwise_each_time_is_counted_as_one(
    addressed: MadePlace, visitor: Visitor, mail_box: MailBox
) -> None:
    spelt = ("link-worker", "LINK-WORKER", " Link-Worker ")
    for number in range(MANY):
        wrong(visitor, 1, spelt[number % len(spelt)])
    assert [each.to for each in mail_box.news()] == [OWNER]


@pytest.mark.parametrize("username", ["nobody-of-this-name", "with\x00nul", "provider-0"])
def test_a_name_that_nobody_has_costs_the_same_and_nothing_is_sent(
    place: MadePlace, runtime: Runtime, admin: Engine, username: str
) -> None:
    """`provider-0` has an account and no address, as whoever was made on the command line."""
    written: list[str] = []

    def note(*told: object) -> None:
        written.append(str(told[2]))

    counter = runtime.limiter
    event.listen(runtime.db.engine, "before_cursor_execute", note)
    try:
        for _ in range(MANY):
            sign_in_news.note_wrong_password(runtime.db, counter, username)
    finally:
        event.remove(runtime.db.engine, "before_cursor_execute", note)
    assert [each for each in written if "INSERT INTO mail_message" in each], "a letter is written"
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from mail_message")) == 0, "and taken back"


def test_whoever_has_left_hears_nothing(
    addressed: MadePlace, visitor: Visitor, mail_box: MailBox, admin: Engine
) -> None:
    with admin.begin() as connection:
        connection.execute(text("update user_account set active = false where username = 'link-worker'"))
    wrong(visitor, MANY)
    assert mail_box.news() == []
