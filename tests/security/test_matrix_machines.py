"""Every address for programs and every link x whose key it is: a key opens its own door, and its own behind it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from fhir.views_table import KINDS
from tests.security.ids import parts_for
from tests.security.knocking import Answer, Knocker, address, kept
from tests.security.policy import Route, routes
from tests.security.world import World

NARROW = "system/Location.r"  # a scope that no address asks for
FHIR = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
# Of these everybody sees the place's own directory and the house itself.
OF_EVERYBODY = {"Organization", "HealthcareService"}


def of_machines(world: World) -> list[Route]:
    """The routes that a token opens."""
    no_token = ("everybody", "link", "elsewhere")
    return [
        each for each in routes(world.app) if each.row and not each.row.roles and each.row.who not in no_token
    ]


def ask(world: World, route: Route, token: str | None) -> TestResponse:
    parts = parts_for(world, world.a, "practice") | {"id": str(uuid4()), "wanted": "1"}
    path = address(route.rule, parts)
    assert path, f"no example of {route}: add its parts to tests/security/ids.py"
    return send(world, route.method, path, token)


def send(world: World, method: str, path: str, token: str | None) -> TestResponse:
    headers = FHIR | ({"Authorization": f"Bearer {token}"} if token else {})
    body = {} if method in ("GET", "DELETE") else {"data": b"{}"}
    return world.app.test_client(use_cookies=False).open(path, method=method, headers=headers, **body)


def test_door_of_machines_opens_to_no_other_key(world: World) -> None:
    wrong = []
    for route in of_machines(world):
        keys = {
            "nothing": None,
            "a made up token": secrets.token_urlsafe(32),
            "a person's session": world.token("practice-0"),
        }
        if route.row and route.row.who == "project":
            keys["a system's token"] = world.machine("gp")
        for name, key in keys.items():
            if (status := ask(world, route, key).status_code) != 401:
                wrong.append(f"{route}: {name} got {status}")
    assert not wrong, "\n".join(wrong)


def test_token_opens_what_its_scope_names_and_nothing_else(world: World) -> None:
    wrong = []
    for route in of_machines(world):
        if route.row is None or route.row.who in ("machine", "project"):
            continue
        if (status := ask(world, route, world.machine("gp", NARROW)).status_code) != 403:
            wrong.append(f"{route}: a token of another scope got {status}")
        if (status := ask(world, route, world.machine("gp")).status_code) in (401, 500):
            wrong.append(f"{route}: a token of its scope got {status}")
    assert not wrong, "\n".join(wrong)


def test_persons_door_opens_to_no_system(world: World) -> None:
    client, wrong = world.app.test_client(use_cookies=False), []
    for route in routes(world.app):
        if route.row is None or not route.row.roles:
            continue
        path = address(route.rule, parts_for(world, world.a, "practice")) or ""
        headers = {
            "Authorization": f"Bearer {world.machine('gp')}",
            "Cookie": f"session={world.machine('gp')}",
        }
        answer = client.open(path, method=route.method, headers=headers)
        # a form without its token is refused before anybody asks who sent it
        if answer.status_code not in (401, 400) and not answer.headers.get("Location", "").startswith(
            "/sign-in"
        ):
            wrong.append(f"{route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", ["gp", "provider-system"])
def test_foreign_resource_reads_exactly_as_an_absent_one(world: World, reader: str, kind: str) -> None:
    token, other = world.machine(reader), f"other-{reader}"
    ours = set(ids(world, world.machine(reader), kind))
    theirs = {
        each
        for owner in ("other-gp", "other-provider-system")
        for each in ids(world, world.machine(owner), kind)
    }
    if (
        reader == "provider-system"
    ):  # and what its own practice sees, but for the cases that it was asked to help in
        theirs |= set(ids(world, world.machine("gp"), kind))
        theirs -= {str(made.id) for made in world.a.made.values() if made.placement_id}
    foreign = sorted(theirs - ours)
    if kind not in OF_EVERYBODY and ids(world, world.machine(other), kind):
        assert foreign, f"{other} has nothing of {kind}: the test would prove nothing"
    wrong = []
    for one in (*foreign[:3], *foreign[-3:]):
        for path in (f"{kind}/{one}", f"{kind}/{one}/_history/1", f"{kind}/{one}/_history"):
            found, absent = read(world, token, path, one), read(world, token, *_absent(path, one))
            if found != absent:
                wrong.append(f"{path}: {found.status}, and absent {absent.status}")
        if one in ids(world, token, f"{kind}?_id={one}"):
            wrong.append(f"{kind}?_id={one} finds it")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["ServiceRequest", "Task"])
def test_foreign_resource_is_changed_exactly_as_an_absent_one(world: World, kind: str) -> None:
    owner, stranger = (
        ("gp", "other-gp") if kind == "ServiceRequest" else ("provider-system", "other-provider-system")
    )
    for one in ids(world, world.machine(owner), kind)[:4]:
        body = send(world, "GET", f"/FHIR/R4/{kind}/{one}", world.machine(owner)).get_json(force=True)
        answers = []
        for wanted in (one, str(uuid4())):
            told = {
                "headers": FHIR | {"Authorization": f"Bearer {world.machine(stranger)}"},
                "json": body | {"id": wanted},
            }
            client = world.app.test_client(use_cookies=False)
            answers.append(kept(client.put(f"/FHIR/R4/{kind}/{wanted}", **told), f"/{wanted}"))
        assert answers[0] == answers[1]
        assert answers[0].status in (403, 404, 409, 412, 422)


def test_code_of_another_door_is_answered_as_one_that_nobody_was_given(world: World) -> None:
    knocker, wrong, asked = Knocker(world), [], 0
    for route in routes(world.app):
        if route.row is None or route.row.who != "link":
            continue
        purpose = route.rule.split("/")[1]
        for code in others(world, purpose):
            answers = [_by_link(knocker, route, each) for each in (code, secrets.token_urlsafe(32))]
            asked += 1
            if answers[0] != answers[1]:
                wrong.append(f"{route}: {answers[0].status}, and unknown {answers[1].status}")
    assert not wrong, "\n".join(wrong)
    assert asked > 40


def others(world: World, purpose: str) -> Iterator[str]:
    """Codes that were given for something else, and a session's token."""
    yield from (code for name, code in world.a.codes.items() if name != purpose)
    yield world.token("link-worker")


def _by_link(knocker: Knocker, route: Route, code: str) -> Answer:
    parts = parts_for(knocker.world, knocker.world.a, "practice") | {"code": code}
    return knocker.ask(route.method, address(route.rule, parts) or "", None, rule=route.rule)


def ids(world: World, token: str, kind: str) -> list[str]:
    """What a search finds."""
    asked = f"{kind}{'&' if '?' in kind else '?'}_count=100"
    bundle = send(world, "GET", f"/FHIR/R4/{asked}", token).get_json(force=True)
    return [each["resource"]["id"] for each in bundle.get("entry", []) if "id" in each["resource"]]


def read(world: World, token: str, path: str, id: str) -> Answer:
    answer = kept(send(world, "GET", f"/FHIR/R4/{path}", token), "")
    return Answer(answer.status, answer.body.replace(id, "ID"), answer.location)


def _absent(path: str, id: str) -> tuple[str, str]:
    """The same address of something that is not there, in the same shape of id."""
    other = str(uuid4()) if len(id) == 36 else id[:-12] + secrets.token_hex(6)
    return path.replace(id, other), other
