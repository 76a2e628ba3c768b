"""A GP system that reads and searches, and what it takes out of the answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BASE = "/FHIR/R4"
Json = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """One token and the HTTP door."""

    http: FlaskClient
    token: str

    def get(self, path: str, query: Any = None, **headers: str) -> TestResponse:
        """GET under the base; underscores in header names stand for hyphens."""
        return self.http.get(f"{BASE}/{path}", query_string=query, headers=self._headers(headers))

    def post(self, path: str, form: Any, **headers: str) -> TestResponse:
        """POST a form under the base."""
        return self.http.post(f"{BASE}/{path}", data=form, headers=self._headers(headers))

    def put(self, path: str, resource: Any, **headers: str) -> TestResponse:
        """PUT a resource under the base; bytes are sent as they are."""
        told = {"Content-Type": "application/fhir+json", **self._headers(headers)}
        body = resource if isinstance(resource, bytes) else json.dumps(resource)
        return self.http.put(f"{BASE}/{path}", data=body, headers=told)

    def follow(self, url: str) -> Json:
        """GET an address that an answer gave."""
        answer = self.http.get(url.removeprefix("http://localhost"), headers=self._headers({}))
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def read(self, path: str) -> Json:
        """One resource, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def search(self, kind: str, query: Any = None, **headers: str) -> Json:
        """The Bundle of a search, which must work."""
        answer = self.get(kind, query, **headers)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/fhir+json"
        return dict(answer.json or {})

    def ids(self, kind: str, query: Any = None) -> list[str]:
        """The ids of the matches of a search."""
        return ids_of(self.search(kind, query))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        told = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/fhir+json"} | told


def matches(bundle: Json, mode: str = "match") -> list[Json]:
    """The resources of a searchset, by why they are in it."""
    return [each["resource"] for each in bundle.get("entry", []) if each["search"]["mode"] == mode]


def ids_of(bundle: Json) -> list[str]:
    return [each["id"] for each in matches(bundle)]


def link(bundle: Json, relation: str) -> str | None:
    """The address of a link, None when there is none."""
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), None)


def refusals(answer: TestResponse, status: int) -> list[str]:
    """The sentences of a refusal, which must have this status."""
    assert answer.status_code == status, answer.text
    body = answer.get_json(force=True)
    assert body["resourceType"] == "OperationOutcome"
    assert answer.mimetype == "application/fhir+json"
    return [issue["diagnostics"] for issue in body["issue"]]
