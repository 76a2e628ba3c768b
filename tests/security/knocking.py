"""Knocks at any door of the house as anybody, and keeps of the answer what two answers can be compared by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.security.filled import Fields, WebForm, bodies_of, forms_of
from tests.security.ids import key_of
from tests.security.policy import Route, routes
from tests.security.world import World

# Marks of one answer alone: the form token, the script's nonce, ids of a request.
_OWN_MARKS = re.compile(
    r'(name="csrf_token"[^>]*value="[^"]*"|nonce="[^"]*"'
    r'|"(?:incident|request_?[iI]d|timestamp)": ?"[^"]*")'
)
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
PEOPLE = {
    "link-worker": "link-worker",
    "practice": "practice-0",
    "provider": "provider-0",
    "steward": "steward",
    "analyst": "analyst",
    "resident": "resident",
}


@dataclass(frozen=True)
class Answer:
    """What came back, without what marks one answer alone and without the ids that were asked for."""

    status: int
    body: str
    location: str
    headers: Mapping[str, str] = field(repr=False, compare=False, default_factory=dict)


@dataclass
class Knocker:
    """Knows what can be sent to each address, learnt from the pages and from the API's description."""

    world: World
    _tokens: dict[str | None, str] = field(default_factory=dict)
    _forms: dict[str, Fields] = field(default_factory=dict)
    read: set[tuple[str, str]] = field(default_factory=set)  # by whom which pages were seen

    def __post_init__(self) -> None:
        self._bodies = bodies_of(self.world.app.extensions["backstitch-openapi"])

    def ask(self, method: str, path: str, who: str | None, *, rule: str = "", told: Any = None) -> Answer:
        """Send a request as somebody (None: a stranger), with whatever that address takes unless it is `told`."""
        if path.startswith("/api/"):
            given = self._bodies.get((method, _openapi(rule))) if told is None else told
            headers = {"Authorization": f"Bearer {self.world.token(who)}"} if who else {}
            client = self.world.app.test_client(use_cookies=False)
            body = {"json": given} if given is not None else {}
            return kept(client.open(path, method=method, headers=headers, **body), path)
        client = self.world.browser(who)
        if method == "GET":
            return kept(client.get(path), path)
        fields = self._forms.get(rule, []) if told is None else told
        data = [*fields, ("csrf_token", self.form_token(who))]
        return kept(_post(client, path, data), path)

    def form_token(self, who: str | None) -> str:
        """The token of somebody's forms, for as long as their session lasts."""
        if who not in self._tokens:
            page = self.world.browser(who).get("/privacy" if who else "/sign-in").text
            found = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page)
            assert found, who
            self._tokens[who] = found.group(1)
        return self._tokens[who]

    def learn(self, who: str, paths: list[str]) -> None:
        """Read the forms of pages that somebody may see, and keep how each is filled in."""
        map_ = self.world.app.url_map.bind("localhost")
        for path in paths:
            answer = self.world.browser(who).get(path)
            if answer.status_code != 200 or "html" not in answer.content_type:
                continue
            self.read.add((who, str(map_.match(path.partition("?")[0], return_rule=True)[0].rule)))
            for form in forms_of(answer.text, path):
                rule = _rule_of(map_, form)
                if rule and len(form.fields) >= len(self._forms.get(rule, [])):
                    self._forms[rule] = form.fields

    def come_in_anew(self) -> None:
        """Let everybody sign in again, after something that may have signed them out."""
        self._tokens.clear()
        self.world.forget_sessions()

    @property
    def known(self) -> set[str]:
        """The addresses whose form was found on some page."""
        return set(self._forms)

    def form_of(self, rule: str) -> Fields:
        """How the form of an address is filled in."""
        return list(self._forms.get(rule, []))

    @property
    def bodies(self) -> dict[tuple[str, str], Any]:
        """(method, path in OpenAPI's spelling) -> a body that is taken there."""
        return self._bodies


def _post(client: FlaskClient, path: str, data: Fields) -> TestResponse:
    told: dict[str, list[str]] = {}
    for name, value in data:
        told.setdefault(name, []).append(value)
    return client.post(path, data=told)


def _rule_of(map_: Any, form: WebForm) -> str | None:
    try:
        rule, _ = map_.match(form.action.partition("?")[0], method="POST", return_rule=True)
    except Exception:  # an address of elsewhere
        return None
    return str(rule.rule)


def _openapi(rule: str) -> str:
    return _PART.sub(r"{\1}", rule)


def kept(answer: TestResponse, path: str) -> Answer:
    """Return what of an answer can be compared; ids and codes that were asked for are taken out."""
    body, location = answer.data.decode(errors="replace"), answer.headers.get("Location", "")
    for part in sorted(re.findall(r"[0-9a-f-]{36}|[\w-]{43}", path), key=len, reverse=True):
        body, location = body.replace(part, "ID"), location.replace(part, "ID")
    return Answer(answer.status_code, _OWN_MARKS.sub("", body), location, dict(answer.headers))


def address(rule: str, parts: dict[str, str]) -> str | None:
    """Return an address with its parts filled in; None when one of them is not known."""
    wanted, parts = _PART.findall(rule), parts | key_of(rule, parts)
    if any(each not in parts for each in wanted):
        return None
    return _PART.sub(lambda found: parts[found.group(1)], rule)


def of_people(world: World) -> list[Route]:
    """The routes that people with a role use."""
    return [route for route in routes(world.app) if route.row and route.row.roles]
