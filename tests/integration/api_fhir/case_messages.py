"""The later messages of a case, made from its first: each put together a minute after the one before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.referral import Organisation
from tests.factories import Patient, make_message

Json = dict[str, Any]
Change = Callable[[dict[str, Json]], Any]
GRAVITY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
DO_NOT_CONTACT = {"coding": [{"system": GRAVITY, "code": "contacting-subject-prohibited"}]}


@dataclass(frozen=True)
class Case:
    """A case of one practice: `first` is its new referral."""

    first: bytes

    @classmethod
    def of(cls, practice: Organisation, patient: Patient | None = None, **values: Any) -> Case:
        return cls(make_message(practice, patient=patient, **values))

    @property
    def bundle_id(self) -> str:
        """What names the case in all its messages."""
        return str(json.loads(self.first)["id"])

    def update(self, minute: int, change: Change = lambda _: None) -> bytes:
        """New facts: what `change` does to the parts, by resource type."""
        return self._later(minute, "update", "active", change)

    def cancel(self, minute: int) -> bytes:
        """The practice cancels."""
        return self._later(minute, "update", "revoked", lambda _: None)

    def mistaken(self, minute: int) -> bytes:
        """The practice says that it was sent by mistake."""
        return self._later(minute, "delete", "entered-in-error", lambda _: None)

    def _later(self, minute: int, reason: str, status: str, change: Change) -> bytes:
        body = json.loads(self.first)
        parts = {entry["resource"]["resourceType"]: entry["resource"] for entry in reversed(body["entry"])}
        at = (datetime.fromisoformat(body["timestamp"]) + timedelta(minutes=minute)).isoformat()
        body["timestamp"] = parts["ServiceRequest"]["meta"]["lastUpdated"] = at
        parts["MessageHeader"]["reason"]["coding"][0]["code"] = reason
        parts["ServiceRequest"]["status"] = status
        change(parts)
        return json.dumps(body).encode()


def words(text: str) -> Change:
    """Say other words in the request's note."""
    return lambda parts: parts["ServiceRequest"].update(note=[{"text": text}])


def phone(number: str) -> Change:
    """Give another telephone number."""
    return lambda parts: parts["Patient"].update(telecom=[{"system": "phone", "value": number}])


def both(*changes: Change) -> Change:
    """Make several changes."""
    return lambda parts: [change(parts) for change in changes]
