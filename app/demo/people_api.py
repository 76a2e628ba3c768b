"""A signed-in person's side of the JSON API, as the demonstration uses it."""

from __future__ import annotations

from typing import Any

import requests

from app.demo.processes import DemoProblem

_SECONDS = 30


class Person:
    """Somebody signed in over HTTP; every refusal ends the demonstration with the sentence that was given."""

    def __init__(self, base_url: str, username: str, password: str):
        self._api = f"{base_url}/api/v1"
        self._headers: dict[str, str] = {}
        told = self.post("/sign-in", {"username": username, "password": password})
        self._headers["Authorization"] = f"Bearer {told['token']}"

    def get(self, path: str) -> Any:
        """Read."""
        return self._told("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do."""
        return self._told("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Set."""
        return self._told("PUT", path, body)

    def file(self, path: str) -> bytes:
        """Fetch a file."""
        return self._answer("GET", path, None).content

    def refused(self, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> str:
        """Try what must be refused; return the sentences that say why."""
        answer = self._ask(method, path, body)
        if answer.ok:
            raise DemoProblem(f"{method} {path} was done, and must not be.")
        told = answer.json()["error"]
        return " ".join([told["sentence"], *(each["sentence"] for each in told["problems"])])

    def _told(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        answer = self._answer(method, path, body)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> requests.Response:
        answer = self._ask(method, path, body)
        if not answer.ok:
            raise DemoProblem(f"{method} {path} {answer.status_code}: {answer.text[:500]}")
        return answer

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> requests.Response:
        url = self._api + path
        return requests.request(method, url, json=body, headers=self._headers, timeout=_SECONDS)
