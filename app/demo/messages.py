"""Writes the demonstration's referrals: NHS England's published example as the mould, invented people inside."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from fhir.systems import OUR_NEEDS, OUR_USE_CASES, TYPE_1_OPT_OUT

EXAMPLES = Path(__file__).resolve().parents[2] / "tests" / "data" / "bars-ig"
_ACCESS = "https://backstitch.example/fhir/CodeSystem/access-needs"
_SNOMED = "http://snomed.info/sct"


@dataclass(frozen=True)
class Patient:
    """An invented person, as a GP system would tell them."""

    given: str
    family: str
    birth_date: str
    gender: str
    nhs_number: str | None
    postcode: str = "BV1 2AB"
    language: str = "en"
    ethnicity: str = "A"
    phone: str = "07700 900123"  # a number range kept for drama
    opted_out: bool = False


@dataclass(frozen=True)
class Request:
    """What a practice asks for."""

    ods: str
    practice: str
    patient: Patient
    needs: tuple[str, ...]
    words: str
    access: tuple[str, ...] = ()
    urgent: bool = False


def example(number: str) -> bytes:
    """Return one of NHS England's published referral examples, byte for byte."""
    return next(EXAMPLES.glob(f"{number} *.json")).read_bytes()


def referral(request: Request) -> bytes:
    """Return a new referral message in the shape of the published REFREQ03, under our local use case."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    bundle = json.loads(example("REFREQ03"))
    bundle = json.loads(_renamed(json.dumps(bundle)))
    bundle["id"], bundle["timestamp"] = str(uuid4()), now
    bundle["meta"]["lastUpdated"] = now
    parts = {entry["resource"]["resourceType"]: entry for entry in bundle["entry"]}
    _fill_request(parts["ServiceRequest"]["resource"], now)
    if request.urgent:
        parts["ServiceRequest"]["resource"]["priority"] = "urgent"
    _fill_patient(parts["Patient"]["resource"], request.patient)
    _fill_reason(parts, request)
    _fill_practice(bundle, request)
    subject = {"reference": parts["Patient"]["fullUrl"]}
    bundle["entry"] += [_flag("RA", _ACCESS, access, subject) for access in request.access]
    if request.patient.opted_out:
        bundle["entry"].append(_flag("API", _SNOMED, TYPE_1_OPT_OUT, subject))
    return json.dumps(bundle, indent=1).encode()


def cancelled(sent: bytes) -> bytes:
    """Return the update that cancels a referral sent before: same case, status revoked."""
    bundle = json.loads(sent)
    bundle["timestamp"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "ServiceRequest":
            resource["status"] = "revoked"
            resource["reasonCode"] = [{"text": "The patient asked to wait."}]
        if resource["resourceType"] == "MessageHeader":
            resource["reason"]["coding"][0]["code"] = "update"
    return json.dumps(bundle, indent=1).encode()


def _renamed(text: str) -> str:
    """Give every resource of the example an id of its own, so that no two messages share one."""
    for entry in json.loads(text)["entry"]:
        old = entry["fullUrl"].removeprefix("urn:uuid:")
        text = text.replace(old, str(uuid4()))
    return text


def _fill_request(resource: dict[str, Any], now: str) -> None:
    resource["authoredOn"] = now
    resource["occurrencePeriod"] = {"start": now}
    resource["category"][0]["coding"][1] = {
        "system": OUR_USE_CASES,
        "code": "sp1",
        "display": "Primary Care to Social Prescribing Link Worker",
    }


def _fill_patient(resource: dict[str, Any], patient: Patient) -> None:
    number = copy.deepcopy(resource["identifier"][0])
    number["value"] = patient.nhs_number
    resource["identifier"] = [number] if patient.nhs_number else []
    if not resource["identifier"]:
        del resource["identifier"]
    resource["name"] = [{"use": "official", "family": patient.family, "given": [patient.given]}]
    resource["gender"], resource["birthDate"] = patient.gender, patient.birth_date
    resource["address"] = [{"use": "home", "line": ["1 Invented Row"], "postalCode": patient.postcode}]
    resource["contact"] = resource["contact"][:1]
    resource["contact"][0]["telecom"] = [
        {"system": "phone", "value": patient.phone, "use": "mobile", "rank": 1}
    ]
    resource["communication"][0]["language"]["coding"][0] = {
        "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-HumanLanguage",
        "code": patient.language,
    }
    ethnicity = resource["extension"][0]["valueCodeableConcept"]["coding"][0]
    ethnicity["code"] = patient.ethnicity
    ethnicity.pop("display", None)
    resource["extension"] = resource["extension"][:1]


def _fill_reason(parts: dict[str, Any], request: Request) -> None:
    condition = parts["Condition"]["resource"]
    condition["code"] = {
        "coding": [{"system": OUR_NEEDS, "code": need} for need in request.needs],
        "text": request.words,
    }
    plan = parts["CarePlan"]["resource"]
    for activity in plan["activity"]:
        activity["outcomeCodeableConcept"] = [{"text": request.words}]
    task = parts["Task"]["resource"]
    task["code"] = {
        "coding": [
            {
                "system": _SNOMED,
                "code": "871731000000106",
                "display": "Referral to social prescribing service (procedure)",
            }
        ]
    }
    task["description"] = "Please offer the person a conversation with a link worker."


def _fill_practice(bundle: dict[str, Any], request: Request) -> None:
    """Name the practice as the requester's own organisation and as the sender."""
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Organization" and resource.get("name") in (
            "Practitioner Org",
            "Sender Organization",
        ):
            resource["name"] = request.practice
            resource["identifier"] = [
                {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": request.ods}
            ]


def _flag(category: str, system: str, code: str, subject: dict[str, str]) -> dict[str, Any]:
    return {
        "fullUrl": f"urn:uuid:{uuid4()}",
        "resource": {
            "resourceType": "Flag",
            "status": "active",
            "category": [
                {
                    "coding": [
                        {"system": "https://fhir.nhs.uk/CodeSystem/flag-categories-bars", "code": category}
                    ]
                }
            ],
            "code": {"coding": [{"system": system, "code": code}]},
            "subject": subject,
        },
    }
