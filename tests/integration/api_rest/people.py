"""People with a token, and the bodies and addresses they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

V1 = "/api/v1"


@dataclass(frozen=True)
class Person:
    """Somebody with a token: get and post under /api/v1."""

    http: FlaskClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str) -> TestResponse:
        return self.http.get(V1 + path, headers=self.headers)

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.http.post(V1 + path, json=body, headers=self.headers)

    def put(self, path: str, body: Any) -> TestResponse:
        return self.http.put(V1 + path, json=body, headers=self.headers)


SignIn = Callable[[str], Person]


def completion(**outcome: Any) -> dict[str, Any]:
    """A full end: an outcome, and ONS4 before and after."""
    before = {"life-satisfaction": 4, "worthwhile": 5, "happy": 3, "anxious": 7}
    day = "2026-01-05"
    return {
        "outcome": {"state": "better", "summary": "Goes to the lunch club every week."} | outcome,
        "measures": [
            {"measure": "ons4", "phase": "before", "answers": before, "taken_on": day},
            {"measure": "ons4", "phase": "after", "answers": before | {"happy": 8}, "taken_on": day},
        ],
    }


def codes_by_field(answer: TestResponse) -> dict[str, str]:
    """The problems of a refusal: field and code."""
    return {problem["field"]: problem["code"] for problem in answer.json["error"]["problems"]}


def path_of(kind: str, id: UUID | str | None, action: str = "") -> str:
    """An address: path_of("placements", id, "accept")."""
    return f"/{kind}/{id}/{action}".rstrip("/")
