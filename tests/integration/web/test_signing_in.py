"""Who gets in, with which cookie, and what strangers and other sites are answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, make_referral
from tests.integration.web.conftest import Visitor

HOMES = {
    "link-worker": "/referrals",
    "provider-0": "/offers",
    "practice-0": "/loops",
    "steward": "/attention",
    "analyst": "/dataset",
    "resident": "/welcome",
}


@pytest.mark.parametrize("username", HOMES)
def test_everybody_is_led_to_the_pages_of_their_role(
    username: str, sign_in: Callable[[str], Visitor]
) -> None:
    visitor = sign_in(username)
    assert visitor.client.get("/").location == HOMES[username]
    assert visitor.get(HOMES[username]).headings


def test_stranger_is_asked_to_sign_in_and_brought_to_the_page_afterwards(
    visitor: Visitor, place: MadePlace
) -> None:
    answer = visitor.client.get("/referrals?show=all")
    assert answer.location == "/sign-in?next=/referrals%3Fshow%3Dall"
    following = visitor.get(answer.location)
    assert 'name="next" value="/referrals?show=all"' in following.html
    typed = {"username": "link-worker", "password": PASSWORD, "next": "/referrals?show=all"}
    assert visitor.send("/sign-in", typed).location == "/referrals?show=all"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/x", "/\\evil.example", "javascript:alert(1)", "/a\tb"],
)
def test_signing_in_never_leads_to_another_site(elsewhere: str, visitor: Visitor, place: MadePlace) -> None:
    typed = {"username": "link-worker", "password": PASSWORD, "next": elsewhere}
    assert visitor.send("/sign-in", typed).location == "/referrals"


def test_wrong_name_and_wrong_password_read_alike_and_keep_the_name_only(
    visitor: Visitor, place: MadePlace
) -> None:
    answers = []
    for typed in (
        {"username": "link-worker", "password": "wrong"},
        {"username": "link-werker", "password": "wrong"},
    ):
        answer = visitor.send("/sign-in", typed)
        assert answer.status_code == 400
        assert f'value="{typed["username"]}"' in answer.text
        assert "wrong" not in answer.text
        assert "Error: Sign in" in answer.text
        answers.append(re.findall(r'<a href="#username"[^>]*>\s*(.*?)\s*</a>', answer.text))
    assert answers[0] == answers[1] != []


@pytest.mark.parametrize("name", ["li\x00nk-worker", "\x00", "l" * 100_000])
def test_a_name_that_nobody_can_have_reads_like_a_wrong_one(
    name: str, visitor: Visitor, place: MadePlace
) -> None:
    answer = visitor.send("/sign-in", {"username": name, "password": PASSWORD})
    assert answer.status_code == 400
    assert "The user name or the password is not right." in answer.text


def test_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    visitor: Visitor, place: MadePlace
) -> None:
    answer = visitor.send("/sign-in", {"username": "link-worker", "password": PASSWORD})
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_cookies_are_bound_to_the_host_where_the_site_is_secure(runtime: Runtime, place: MadePlace) -> None:
    secure = replace(runtime, settings=replace(runtime.settings, public_url="https://backstitch.example"))
    client = create_app(runtime=secure).test_client()
    base = {"base_url": "https://backstitch.example"}
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in", **base).text)[0]
    typed = {"username": "link-worker", "password": PASSWORD, "csrf_token": token}
    sent_from = {"Referer": "https://backstitch.example/sign-in"}
    answer = client.post("/sign-in", data=typed, headers=sent_from, **base)
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(each.startswith("__Host-session=") for each in cookies)
    assert all("Secure" in each and "Path=/" in each and "Domain" not in each for each in cookies)
    assert "Strict-Transport-Security" in answer.headers


def test_signing_out_ends_the_session_for_good(sign_in: Callable[[str], Visitor]) -> None:
    visitor = sign_in("link-worker")
    kept = visitor.client.get_cookie("session")
    assert kept is not None
    assert visitor.send("/sign-out", at="/referrals").location == "/sign-in?ended=1"
    visitor.client.set_cookie("session", kept.value)
    assert visitor.client.get("/referrals").status_code == 302


def test_idle_session_ends_by_itself(sign_in: Callable[[str], Visitor], clock: Clock) -> None:
    visitor = sign_in("link-worker")
    clock.advance(minutes=31)
    assert visitor.client.get("/referrals").location == "/sign-in?next=/referrals"


def test_every_form_is_refused_without_its_token(sign_in: Callable[[str], Visitor], app: Flask) -> None:
    visitor = sign_in("link-worker")
    some_id = "00000000-0000-4000-8000-000000000000"
    posts = [
        re.sub(r"<[^>]+>", some_id, re.sub(r"<int:[^>]+>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and "POST" in (rule.methods or ())
    ]
    assert len(posts) >= 15
    for path in posts:
        answer = visitor.client.post(path, data={"username": "link-worker", "password": PASSWORD})
        assert (answer.status_code, "too old" in answer.text) == (400, True), path


def test_every_page_says_who_may_open_it(app: Flask) -> None:
    views = [rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web.")]
    without = [name for name in views if not getattr(app.view_functions[name], "_access", None)]
    assert views
    assert without == []


def test_role_that_a_page_is_not_for_is_told_so(
    sign_in: Callable[[str], Visitor], runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    for username, path in (
        ("provider-0", "/referrals"),
        ("practice-0", f"/referrals/{made.id}"),
        ("link-worker", f"/offers/{made.placement_id}"),
        ("steward", f"/loops/{made.id}"),
        ("analyst", "/attention"),
    ):
        assert "cannot open this page" in sign_in(username).get(path, status=403).text
