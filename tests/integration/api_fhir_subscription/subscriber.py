"""A system that keeps subscriptions over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from app import jobs
from app.runtime import Runtime
from tests.integration.api_fhir_rest.reader import BASE, Json, Reader

FHIR_JSON = "application/fhir+json"
SCOPES = ("referral.read", "system/Subscription.cruds")
OF_A_CHANNEL = ("type", "endpoint", "payload", "header", "_payload")


def wish(url: str, criteria: str = "Task?", **changes: Any) -> Json:
    """A Subscription that is taken, with changes; those of the channel under their own names."""
    channel = {"type": "rest-hook", "endpoint": url, "payload": FHIR_JSON}
    told = {
        name: changes.pop(name)
        for name in ("type", "endpoint", "payload", "header", "_payload")
        if name in changes
    }
    channel = {name: value for name, value in (channel | told).items() if value is not None}
    body = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "To file what happened",
        "criteria": criteria,
        "channel": channel,
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


@dataclass(frozen=True)
class Subscriber:
    """One token, and the platform's sweep as the worker does it."""

    runtime: Runtime
    reader: Reader

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Any request under the base; underscores in header names stand for hyphens."""
        told = {
            "Authorization": f"Bearer {self.reader.token}",
            "Accept": FHIR_JSON,
            "Content-Type": FHIR_JSON,
        }
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        options: Json = (
            {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        )
        return self.reader.http.open(f"{BASE}/{path}", method=method, headers=told, **options)

    def ask(self, body: Any, **headers: str) -> TestResponse:
        return self.send("POST", "Subscription", body, **headers)

    def subscribe(self, url: str, criteria: str = "Task?", **changes: Any) -> str:
        """Make a subscription and let the worker shake hands; return its id."""
        answer = self.ask(wish(url, criteria, **changes))
        assert answer.status_code == 201, answer.text
        self.sweep()
        return str(answer.json["id"])

    def read(self, id: str) -> Json:
        return self.reader.read(f"Subscription/{id}")

    def change(self, id: str, **changes: Any) -> TestResponse:
        """Read it, change elements of it (of the channel too) and put it back."""
        body = self.read(id)
        body["channel"] |= changes.pop("channel", {})
        return self.send("PUT", f"Subscription/{id}", body | changes)

    def sweep(self) -> None:
        """What the worker does every few seconds."""
        jobs.notify(self.runtime)
