"""What every answer carries, whatever was asked and by whom, as it is served over HTTPS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import Settings
from tests.conftest import TestDatabase
from tests.security.ids import parts_for
from tests.security.knocking import PEOPLE, address
from tests.security.policy import routes
from tests.security.world import World

HTTPS = "https://backstitch.example"
NO_CODE = "x" * 43  # in the shape of a link's
UTF_8 = {"charset": "utf-8"}
Walk = dict[tuple[str, str], TestResponse]  # (address, who) -> the answer to GET
# Answers that may be kept: the same for everybody, and nothing of anybody's.
MAY_BE_KEPT = ("/static/", "/openreferral", "/open-data", "/funder/", "/FHIR/R4/metadata", "/.well-known")


@pytest.fixture(scope="module")
def house_settings(house_settings: Settings) -> Settings:
    return replace(house_settings, public_url=HTTPS)


@pytest.fixture(scope="module")
def walk(world: World) -> Walk:
    """One answer of every address that takes GET, as somebody who may, else as a stranger."""
    found: Walk = {}
    for route in routes(world.app):
        if route.method == "GET" and route.row:
            role = min(route.row.roles, default="")
            code = (
                {"code": world.a.codes.get(route.rule.split("/")[1], NO_CODE)}
                if route.row.who == "link"
                else {}
            )
            path = address(route.rule, parts_for(world, world.a, role or "practice") | _id(route.rule) | code)
            if path and not path.endswith("/leave"):  # which leads away on purpose
                found[path, role] = _get(world, path, role)
    for path in set(re.findall(r'"(/static/[^"]+)"', found["/sign-in", ""].text)):
        found[path, ""] = _get(world, path, "")
    return found


def _id(rule: str) -> dict[str, str]:
    return {"id": "00000000-0000-4000-8000-00000000000e", "wanted": "1"} if "/FHIR/" in rule else {}


def _get(world: World, path: str, role: str) -> TestResponse:
    headers = {}
    if path.startswith(("/api/", "/FHIR/", "/dataset/v1")):
        token = world.token(PEOPLE[role]) if role else world.machine("gp")
        headers = {"Authorization": f"Bearer {token}"}
    client = secure_browser(world, PEOPLE[role] if role else None)
    return client.get(path, base_url=HTTPS, headers=headers)


def secure_browser(world: World, username: str | None) -> FlaskClient:
    client = world.app.test_client()
    if username:
        client.set_cookie("__Host-session", world.token(username), domain="backstitch.example", secure=True)
    return client


def test_walk_saw_pages_and_files_and_refusals(walk: Walk) -> None:
    seen = {answer.status_code for answer in walk.values()}
    assert {200, 404} <= seen
    broken = [key for key, answer in walk.items() if answer.status_code >= 500 and answer.status_code != 503]
    assert not broken
    assert sum(answer.status_code == 200 for answer in walk.values()) > 150
    assert {path.rpartition(".")[2] for path, _ in walk if path.startswith("/static/")} >= {"css", "js"}


def test_every_answer_carries_what_keeps_it_out_of_other_hands(walk: Walk) -> None:
    wrong = [f"{path}: {problem}" for (path, _), answer in walk.items() for problem in _missing(answer)]
    assert not wrong, "\n" + "\n".join(wrong)


def _missing(answer: TestResponse) -> Iterator[str]:
    headers = answer.headers
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "no nosniff"
    if headers.get("Referrer-Policy") not in ("no-referrer", "same-origin"):
        yield f"Referrer-Policy {headers.get('Referrer-Policy')}"
    if headers.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield "no opener policy"
    may_be_taken = answer.request.path.startswith(("/openreferral", "/open-data"))
    if headers.get("Cross-Origin-Resource-Policy") not in (
        "same-origin",
        "cross-origin" if may_be_taken else "",
    ):
        yield "can be embedded elsewhere"
    if (
        int(re.findall(r"max-age=(\d+)", headers.get("Strict-Transport-Security", "max-age=0"))[0])
        < 31_536_000
    ):
        yield "no strict transport security of a year"
    if "includeSubDomains" not in headers.get("Strict-Transport-Security", ""):
        yield "strict transport security leaves out what lies below"
    yield from _weak(headers.get("Content-Security-Policy", ""))
    if re.search(r"\d", headers.get("Server", "")) or "X-Powered-By" in headers:
        yield "tells its version"


def _weak(policy: str) -> Iterator[str]:
    parts = {words[0]: set(words[1:]) for each in policy.split(";") if (words := each.split())}
    if not parts.get("default-src", {"*"}) <= {"'none'", "'self'"}:
        yield f"policy by default {parts.get('default-src')}"
    scripts = parts.get("script-src", parts.get("default-src", set()))
    if scripts & {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"}:
        yield f"scripts {scripts}"
    for name in ("frame-ancestors", "base-uri"):
        if parts.get(name) != {"'none'"} and "sandbox" not in parts:
            yield f"no {name}"
    if parts.get("object-src", parts.get("default-src")) != {"'none'"}:
        yield "objects from elsewhere"


def test_every_text_says_in_which_letters_it_is(walk: Walk) -> None:
    texts = {key: answer for key, answer in walk.items() if answer.mimetype.startswith("text/")}
    assert len(texts) > 100
    wrong = [
        f"{path}: {one.content_type}" for (path, _), one in texts.items() if one.mimetype_params != UTF_8
    ]
    bare = [path for (path, _), one in walk.items() if one.get_data() and not one.mimetype]
    assert (wrong, bare) == ([], [])


def test_nothing_that_somebody_signed_in_for_is_kept(walk: Walk) -> None:
    wrong = [
        f"{path}: {answer.headers.get('Cache-Control')}"
        for (path, _), answer in walk.items()
        if "no-store" not in answer.headers.get("Cache-Control", "") and not path.startswith(MAY_BE_KEPT)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_answer_leads_to_another_site(walk: Walk) -> None:
    away = [
        f"{path}: {to}"
        for (path, _), answer in walk.items()
        if (to := answer.headers.get("Location", "/")).startswith("//") or not to.startswith(("/", HTTPS))
    ]
    assert away == []


def test_no_code_or_token_is_in_an_address_that_an_answer_leads_to(world: World, walk: Walk) -> None:
    tokens = [world.token(username) for username in PEOPLE.values()]
    assert not [
        path for (path, _), answer in walk.items() if any(each in str(answer.location) for each in tokens)
    ]


def test_cookies_are_out_of_reach_of_scripts_of_other_sites_and_of_plain_http(world: World) -> None:
    visitor = secure_browser(world, None)
    page = visitor.get("/sign-in", base_url=HTTPS)
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)[0]
    form = {"username": "link-worker", "password": "a-password-of-the-tests", "csrf_token": token}
    entered = visitor.post("/sign-in", base_url=HTTPS, data=form)
    cookies = [*page.headers.getlist("Set-Cookie"), *entered.headers.getlist("Set-Cookie")]
    assert cookies
    for cookie in cookies:
        flags = {each.strip().lower() for each in cookie.split(";")}
        assert cookie.startswith("__Host-"), cookie.split("=")[0]
        assert {"secure", "httponly", "path=/"} <= flags, cookie.split("=")[0]
        assert flags & {"samesite=lax", "samesite=strict"}
        assert not any(each.startswith("domain") for each in flags)
        assert len(cookie.partition(";")[0]) < 4096, cookie.split("=")[0]


def test_signing_out_clears_what_the_browser_has_kept(world: World) -> None:
    visitor = secure_browser(world, "second-link-worker")
    page = visitor.get("/referrals", base_url=HTTPS)
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)[0]
    left = visitor.post("/sign-out", base_url=HTTPS, data={"csrf_token": token})
    assert left.status_code == 303
    assert '"cache"' in left.headers["Clear-Site-Data"]
    assert '"storage"' in left.headers["Clear-Site-Data"]
    assert any(each.startswith("__Host-session=;") for each in left.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG"])
@pytest.mark.parametrize(
    "path", ["/", "/referrals", "/api/v1/me", "/FHIR/R4/Patient", "/openreferral/services"]
)
def test_methods_that_echo_are_refused(world: World, method: str, path: str) -> None:
    answer = world.app.test_client().open(path, method=method, headers={"X-Canary": "Quillfeather"})
    assert answer.status_code in (401, 403, 404, 405, 501)
    assert "Quillfeather" not in answer.text


def test_readers_of_what_is_public_get_no_cookie(world: World, test_database: TestDatabase) -> None:
    for path in ("/openreferral/services", "/FHIR/R4/metadata", "/healthz"):
        assert "Set-Cookie" not in world.app.test_client().get(path).headers
