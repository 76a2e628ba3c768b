"""A system that writes resources, and the transaction that it sends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fhir.systems import NHS_NUMBER, NHS_NUMBER_STATUS, OUR_NEEDS, SDOHCC, TASK_CODES
from tests.factories import make_nhs_number

BASE = "/FHIR/R4"
ORDERS = "https://gp.example/orders"
Json = dict[str, Any]
VERIFIED = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
    "valueCodeableConcept": {
        "coding": [{"system": NHS_NUMBER_STATUS, "code": "number-present-and-verified"}]
    },
}


@dataclass(frozen=True)
class Writer:
    """One token and the HTTP door."""

    http: FlaskClient
    token: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send JSON under the base; underscores in header names stand for hyphens."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        usual = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/fhir+json",
            "Content-Type": "application/fhir+json",
        }
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self.http.open(f"{BASE}/{path}".rstrip("/"), method=method, data=raw, headers=usual | told)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        """POST under the base; "" is the base itself."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> TestResponse:
        """PUT under the base."""
        return self.send("PUT", path, body, **headers)

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET under the base."""
        return self.send("GET", path, **headers)

    def read(self, path: str) -> Json:
        """One resource, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def made(self, bundle: Json, **headers: str) -> list[Json]:
        """The responses to a transaction that must be taken."""
        answer = self.post("", bundle, **headers)
        assert answer.status_code == 200, answer.text
        assert answer.json["type"] == "transaction-response"
        return [each["response"] for each in answer.json["entry"]]


def patient(number: str | None = None, **more: Any) -> Json:
    """An invented person whose number was verified."""
    identifier = {"system": NHS_NUMBER, "value": number or make_nhs_number(), "extension": [VERIFIED]}
    return {
        "resourceType": "Patient",
        "identifier": [identifier],
        "name": [{"use": "official", "family": "Okonkwo", "given": ["Adaeze"]}],
        "birthDate": "1951-03-04",
        "gender": "female",
        "address": [{"use": "home", "line": ["17 Cardamom Row"], "postalCode": "E8 1EA"}],
        "telecom": [{"system": "phone", "value": "07700 900461"}],
        **more,
    }


def service_request(subject: str, **more: Any) -> Json:
    """What the practice asks for, as Gravity writes it."""
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": SDOHCC, "code": "social-connection"}]}],
        "subject": {"reference": subject},
        "reasonCode": [{"coding": [{"system": OUR_NEEDS, "code": "money-advice"}]}],
        "note": [{"text": "Lives alone since the autumn and would like company."}],
        **more,
    }


def task(request: str, subject: str, **more: Any) -> Json:
    """What the receiver is asked to do with it."""
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": TASK_CODES, "code": "fulfill"}]},
        "focus": {"reference": request},
        "for": {"reference": subject},
        **more,
    }


def entry(resource: Json, full_url: str | None = None, **request: str) -> Json:
    """A POST of a resource."""
    asked = {"method": "POST", "url": resource["resourceType"], **request}
    return {"fullUrl": full_url or f"urn:uuid:{uuid4()}", "resource": resource, "request": asked}


def transaction(*more: Json, number: str | None = None, **asked: Any) -> Json:
    """Patient, ServiceRequest and Task in one; further entries follow, further words are the ServiceRequest's."""
    who, what = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    entries = [
        entry(patient(number), who),
        entry(service_request(who, **asked), what),
        entry(task(what, who)),
        *more,
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def problems(answer: TestResponse, status: int) -> dict[str, str]:
    """What a refusal says, by place."""
    assert answer.status_code == status, answer.text
    body = answer.get_json(force=True)
    assert body["resourceType"] == "OperationOutcome"
    return {issue.get("expression", [""])[0]: issue["diagnostics"] for issue in body["issue"]}
