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
        self._session = requests.Session()
        told = self.post("/sign-in", {"username": username, "password": password})
        self._session.headers["Authorization"] = f"Bearer {told['token']}"

    def get(self, path: str) -> Any:
        """Read."""
        return self._told(self._session.get(self._api + path, timeout=_SECONDS))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do."""
        return self._told(self._session.post(self._api + path, json=body or {}, timeout=_SECONDS))

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Set."""
        return self._told(self._session.put(self._api + path, json=body, timeout=_SECONDS))

    @staticmethod
    def _told(answer: requests.Response) -> Any:
        if not answer.ok:
            raise DemoProblem(f"{answer.request.method} {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None
