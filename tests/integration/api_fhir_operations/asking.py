"""A GP system that asks for operations and comes back for what was promised."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.integration.api_fhir.gp_system import GpSystem

BASE = "/FHIR/R4"
HOST = "http://localhost"
Json = dict[str, Any]


@dataclass
class Asking(GpSystem):
    """One registered client; what it gets back is looked at by the tests."""

    def ask_for(self, method: str, path: str, body: Any = None, **headers: str | None) -> TestResponse:
        """Send a request under the base, or to an address that an answer gave."""
        url = path.removeprefix(HOST) if path.startswith(HOST) else f"{BASE}/{path}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        told = self.headers(**{"Accept": "application/fhir+json", **headers})
        return self.http.open(url, method=method, data=data, headers=told)

    def validate(self, path: str, body: Any, **headers: str | None) -> list[Json]:
        """The issues of a validation, which must have been possible."""
        answer = self.ask_for("POST", f"{path}$validate", body, **headers)
        assert answer.status_code == 200, answer.text
        assert answer.json["resourceType"] == "OperationOutcome"
        return list(answer.json["issue"])

    def send_for_later(self, body: bytes, **headers: str | None) -> TestResponse:
        """Send a message whose answer is fetched."""
        return self.post(body, **{"Prefer": "respond-async", "Accept": "application/fhir+json", **headers})

    def export(self, query: str = "", *, path: str = "$export", **headers: str | None) -> TestResponse:
        """Start an export."""
        return self.ask_for("GET", f"{path}{query}", **{"Prefer": "respond-async", **headers})


def errors(issues: list[Json]) -> list[tuple[str, str]]:
    """(FHIR issue type, place) of each issue that would refuse."""
    return [(each["code"], each.get("expression", [""])[0]) for each in issues if each["severity"] == "error"]


def lines_of(answer: TestResponse) -> list[Json]:
    """The resources of a file."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/fhir+ndjson"
    assert answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.splitlines()]
