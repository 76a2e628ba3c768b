"""A practice with its own system, and the referrals of one invented person that it sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.referral import Organisation
from fhir.systems import NHS_NUMBER
from tests.factories import Patient, make_change, make_message
from tests.integration.api_fhir_operations.asking import Asking

Json = dict[str, Any]
Change = Callable[[Json], None]
NUMBER = (
    "5900014002"  # of NHS England's own test patients: live practices and practices under test may send it
)
OLDER = "5900030008"  # likewise
SAM = Patient(nhs_number=NUMBER, family="Penhallow", given="Sampson", birth_date="1948-05-06")
CONFIDENCES = ("Cardamom", "E8 1EA", "07700 900461", "sam@post.example", "szl-Latn-PL")


def nothing_more(patient: Json) -> None:
    """Leave number, family name and birth date: what a person is known again by."""
    for name in ("telecom", "address", "gender", "communication", "contact", "extension", "link"):
        patient.pop(name, None)
    patient["name"] = [{"use": "official", "family": patient["name"][0]["family"]}]


def confidences(patient: Json) -> None:
    """Tell all that one practice may know of a person, beside where they live and their telephone."""
    patient["telecom"].append({"system": "email", "value": "sam@post.example"})
    patient["communication"] = [
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "szl-Latn-PL"}]}, "preferred": True}
    ]


def reached_at(phone: str) -> Change:
    """Tell of a telephone alone."""

    def change(patient: Json) -> None:
        nothing_more(patient)
        patient["telecom"] = [{"system": "phone", "value": phone}]

    return change


def replacing(older: str) -> Change:
    """Say that the number has replaced another."""

    def change(patient: Json) -> None:
        nothing_more(patient)
        patient["identifier"].append({"use": "old", "system": NHS_NUMBER, "value": older})

    return change


def restricted(patient: Json) -> None:
    """Label the person so that nobody may be told where they are."""
    patient["meta"] = {
        "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]
    }


def dead(patient: Json) -> None:
    """Say that the person has died."""
    patient["deceasedBoolean"] = True


@dataclass
class Referrer:
    """A practice; `fhir` is its system, which sends and reads."""

    practice: Organisation
    fhir: Asking
    now: Callable[[], datetime]

    def refer(self, *changes: Change, number: str | None = NUMBER, opted_out: bool = False) -> bytes:
        """Send a new referral of Sam, changed; return the message."""
        patient = replace(SAM, nhs_number=number)
        body = make_message(self.practice, patient=patient, opted_out=opted_out)
        return self._send(body, changes)

    def update(self, body: bytes, *changes: Change, status: int = 200) -> bytes:
        """Send a later message of a case, which must be answered with this status."""
        return self._send(make_change(body, "active"), changes, status)

    def _send(self, body: bytes, changes: tuple[Change, ...], status: int = 200) -> bytes:
        bundle = json.loads(body)
        moment = self.now() + timedelta(minutes=1)
        bundle["timestamp"] = moment.isoformat()
        for each in bundle["entry"]:
            if each["resource"]["resourceType"] == "ServiceRequest":
                each["resource"].setdefault("meta", {})["lastUpdated"] = moment.isoformat()
            if each["resource"]["resourceType"] == "Patient":
                for change in changes:
                    change(each["resource"])
        sent = json.dumps(bundle).encode()
        answer = self.fhir.post(sent)
        assert answer.status_code == status, answer.text
        return sent

    def get(self, path: str, **headers: str) -> Json:
        """What its system reads, which must be there."""
        answer = self.fhir.ask_for("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def all(self, path: str) -> list[Json]:
        """The resources that a search finds."""
        return [each["resource"] for each in self.get(path).get("entry", ())]

    def patient(self) -> Json:
        """The one person that it has referred."""
        (found,) = self.all("Patient")
        return found


def phones_of(patient: Json) -> list[str]:
    return [each["value"] for each in patient.get("telecom", ()) if each["system"] == "phone"]


def number_of(patient: Json) -> str:
    (identifier,) = patient["identifier"]
    return str(identifier["value"])
