"""Writes those that every answer about a referral names: the person, the organisations, the service, the request."""

from __future__ import annotations

from uuid import UUID

from fhir.messages import OutcomeReport, PersonToTell, StatusUpdate
from fhir.systems import (
    EXT_NHS_NUMBER_STATUS,
    NHS_NUMBER,
    NHS_NUMBER_STATUS,
    OUR_REFERRAL_ID,
    OUR_SERVICE_ID,
)
from fhir.writing import Json, Letter, coding, concept, element, organisation_part, organisations

Told = OutcomeReport | StatusUpdate  # both name the same people and places in the same words


def request_identifiers(report: Told) -> list[Json]:
    """Return the identifiers of the requester's request: ours, and theirs where they gave one."""
    found: list[Json] = [{"system": OUR_REFERRAL_ID, "value": report.referral_id}]
    if report.requester_reference:
        found.append({"use": "secondary", "value": report.requester_reference})
    return found


def original(bundle_id: str) -> Json:
    """Return a reference to the answered request by its message's id, a UUID as one (FHIR: urn:ietf:rfc:3986)."""
    try:
        identifier = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{UUID(bundle_id)}"}
    except ValueError:
        identifier = {"value": bundle_id}
    return {"type": "ServiceRequest", "identifier": identifier}


def patient(person: PersonToTell, letter: Letter) -> Json:
    """Return the person's entry: what the requester's system needs to find them, no more."""
    return letter.entry(
        "patient",
        "Patient",
        identifier=[_nhs_number(person)] if person.nhs_number else None,
        name=[element(use="official", family=person.family, given=list(person.given))],
        gender=person.gender,
        birthDate=person.birth_date.isoformat() if person.birth_date else None,
    )


def _nhs_number(person: PersonToTell) -> Json:
    verified = coding(NHS_NUMBER_STATUS, "01", "Number present and verified")
    not_traced = coding(NHS_NUMBER_STATUS, "02", "Number present but not traced")
    status = concept(verified if person.nhs_number_verified else not_traced)
    extension = {"url": EXT_NHS_NUMBER_STATUS, "valueCodeableConcept": status}
    return {"extension": [extension], "system": NHS_NUMBER, "value": person.nhs_number}


def service(report: Told, letter: Letter) -> Json:
    """Return the entry of the service that takes the referral up."""
    provider = report.provider or report.sender
    return letter.entry(
        "service",
        "HealthcareService",
        identifier=[{"system": OUR_SERVICE_ID, "value": report.service_id}] if report.service_id else None,
        active=True,
        providedBy=letter.to(organisation_part(provider)),
        name=report.service_name or provider.name,
    )


def parties(report: Told, letter: Letter) -> list[Json]:
    """Return the entries of the organisations and of the link worker in their role."""
    practitioner = letter.entry(
        "practitioner", "Practitioner", name=[{"text": report.link_worker}] if report.link_worker else None
    )
    role = letter.entry(
        "role",
        "PractitionerRole",
        practitioner=letter.to("practitioner"),
        organization=letter.to(organisation_part(report.sender)),
        code=[concept(text="Social prescribing link worker")],
    )
    return [*organisations(letter, report.sender, report.receiver, report.provider), practitioner, role]
