"""Who has sat at an open session for a while is asked who they are, before each step of the list."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.domain.vocabulary import Role
from app.web.frame.step_up import SENSITIVE
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace
from tests.integration.signing_in.conftest import set_up_app
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
USERS = {
    Role.STEWARD: "steward",
    Role.LINK_WORKER: "link-worker",
    Role.PRACTICE: "practice-0",
    Role.PROVIDER: "provider-0",
    Role.ANALYST: "analyst",
}


def address(app: Flask, rule: Rule) -> str:
    """An address of a rule; nothing stands behind its numbers, because the question comes first."""
    built = app.url_map.bind("localhost").build(
        rule.endpoint, {name: _part(rule, name) for name in rule.arguments}, method=_method(rule)
    )
    return str(built)


def _part(rule: Rule, name: str) -> object:
    return uuid4() if "UUID" in type(rule._converters[name]).__name__ else "way"


def _method(rule: Rule) -> str:
    return "POST" if "POST" in (rule.methods or ()) else "GET"


@pytest.mark.parametrize("named", sorted(SENSITIVE))
def test_each_step_of_the_list_asks_first(
    named: str, app: Flask, sign_in: SignIn, place: MadePlace, clock: Clock
) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == f"web.{named}"]
    assert rules, "the list names a view that is there"
    allowed = getattr(app.view_functions[rules[0].endpoint], "_access", ())
    visitor = sign_in(next(user for role, user in USERS.items() if role in allowed))
    token = visitor.get("/account").token
    clock.advance(minutes=6)
    for rule in rules:
        path = address(app, rule)
        answer = (
            visitor.client.post(path, data={"csrf_token": token})
            if _method(rule) == "POST"
            else visitor.client.get(path)
        )
        assert answer.location, path
        assert answer.location.startswith("/account/confirm?next="), path


def test_whatever_leads_into_an_account_is_on_the_list() -> None:
    people = ("invite", "change", "take_back", "send_link", "reset_steps", "decide")
    steps = ("begin_app", "confirm_app", "begin_passkey", "add_passkey", "remove_app", "remove_passkey")
    wanted = {f"people.{view}" for view in people} | {f"second_steps.{view}" for view in steps}
    wanted |= {"people_seats.add", "passwords.decide_change", "second_steps.make_codes"}
    assert wanted - SENSITIVE == set()


def test_thief_at_an_open_session_sets_up_no_second_step(sign_in: SignIn, clock: Clock) -> None:
    visitor = sign_in("steward")
    visitor.send("/account/app/begin", at="/account/app")
    clock.advance(minutes=6)
    late = visitor.send("/account/app", {"code": "123456"})
    assert late.location.startswith("/account/confirm"), "begun in time, and finished by whoever came after"
    for begin, at in (("/account/app/begin", "/account/app"), ("/account/passkey/begin", "/account/passkey")):
        clock.advance(minutes=6)
        assert visitor.send(begin, at=at).location.startswith("/account/confirm")
    assert visitor.client.get("/privacy-officer/looks.csv").location.startswith("/account/confirm")


def test_setting_up_an_app_shows_nobody_who_they_are(sign_in: SignIn, clock: Clock) -> None:
    visitor = sign_in("steward")
    clock.advance(minutes=4)
    set_up_app(visitor, clock)
    assert visitor.client.get("/people/invite").status_code == 200
    clock.advance(minutes=2)
    assert visitor.client.get("/privacy-officer/looks.csv").location.startswith("/account/confirm")
    assert visitor.send("/account/confirm", {"password": PASSWORD}).status_code == 303
    assert visitor.client.get("/privacy-officer/looks.csv").status_code == 200
