"""Writes who is concerned and what they agreed to: Patient, Organization, HealthcareService and Consent."""

from __future__ import annotations

import re
from typing import Final

from fhir.systems import (
    ACT_CODE,
    CONFIDENTIALITY,
    CONSENT_CATEGORIES,
    CONSENT_SCOPE,
    DIRECT_CARE,
    EXT_NHS_NUMBER_STATUS,
    NHS_NUMBER,
    NHS_NUMBER_STATUS,
    ODS_ORGANISATION,
    OUR_NEEDS,
    OUR_ORGANISATION_ID,
    OUR_SERVICE_ID,
)
from fhir.views import resource, to
from fhir.views_values import ConsentShown, OrganisationShown, PatientShown, ServiceShown
from fhir.views_words import CONSENT_STATUS, OUR_CONSENTS, OUR_KINDS
from fhir.writing import Json, coding, concept, element

_GENDERS: Final = ("male", "female", "other", "unknown")  # http://hl7.org/fhir/administrative-gender
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")  # BCP 47, as far as people write it
_LANGUAGES: Final = "urn:ietf:bcp:47"
_SHARE: Final = "share-with-provider"
_NO_CARE: Final = ("secondary-use", "research")  # uses beyond the person's own care


def patient(told: PatientShown) -> Json:
    """Return a person; the label R tells that whereabouts are withheld, and they are."""
    head = resource("Patient", told.id, version=None, updated=told.updated)
    if told.restricted:
        head["meta"] = {"security": [coding(CONFIDENTIALITY, "R", "restricted")]}
    name = element(use="official", family=told.family, given=list(told.given), prefix=_listed(told.prefix))
    address = element(use="home", line=list(told.address_lines), postalCode=told.postcode)
    return head | element(
        identifier=[_nhs_number(told)] if told.nhs_number else None,
        active=True,
        name=[name] if len(name) > 1 else None,
        telecom=None if told.restricted else _telecom(told),
        gender=told.gender if told.gender in _GENDERS else None,
        birthDate=told.birth_date and told.birth_date.isoformat(),
        deceasedBoolean=True if told.deceased else None,
        address=None if told.restricted or len(address) == 1 else [address],
        communication=[{"language": language_of(told.language)}] if told.language else None,
    )


def _listed(value: str | None) -> list[str]:
    return [value] if value else []


def _nhs_number(told: PatientShown) -> Json:
    verified = coding(NHS_NUMBER_STATUS, "01", "Number present and verified")
    not_traced = coding(NHS_NUMBER_STATUS, "02", "Number present but not traced")
    status = concept(verified if told.nhs_number_verified else not_traced)
    extension = {"url": EXT_NHS_NUMBER_STATUS, "valueCodeableConcept": status}
    return {"extension": [extension], "system": NHS_NUMBER, "value": told.nhs_number}


def _telecom(told: PatientShown) -> list[Json]:
    phones: list[Json] = [{"system": "phone", "value": phone} for phone in told.phones]
    return [*phones, {"system": "email", "value": told.email}] if told.email else phones


def language_of(language: str) -> Json:
    """Return a language as a CodeableConcept, coded where it is written as a code."""
    code = coding(_LANGUAGES, language) if _LANGUAGE.match(language) else None
    return element(coding=[code] if code else None, text=language)


def organization(told: OrganisationShown) -> Json:
    """Return an organisation; where its news is sent is nobody else's business."""
    identifiers = [{"system": OUR_ORGANISATION_ID, "value": told.id}]
    if told.ods:
        identifiers.insert(0, {"system": ODS_ORGANISATION, "value": told.ods})
    head = resource("Organization", told.id, version=None, updated=told.updated)
    kind = concept(coding(OUR_KINDS, told.kind))
    return head | element(identifier=identifiers, active=True, type=[kind], name=told.name)


def healthcare_service(told: ServiceShown) -> Json:
    """Return a service of the directory, with the needs it helps with and how full it is today."""
    head = resource("HealthcareService", told.id, version=None, updated=told.updated, profiled=True)
    return head | element(
        identifier=[{"system": OUR_SERVICE_ID, "value": told.id}],
        active=told.capacity != "paused",
        providedBy=to("Organization", told.provider_id, told.provider_name),
        type=[concept(coding(OUR_NEEDS, need.code, need.words)) for need in told.needs],
        name=told.name,
        comment=told.description,
        communication=[language_of(language) for language in told.languages],
        extraDetails=f"Serves: {', '.join(told.areas)}" if told.areas else None,
        availabilityExceptions=None if told.capacity == "open" else f"Today: {told.capacity}",
    )


def consent(told: ConsentShown) -> Json:
    """Return what the practice told of consent; inactive once somebody has recorded another word on the same."""
    shared = told.kind == _SHARE
    category = coding(CONSENT_CATEGORIES, DIRECT_CARE, "Direct Care") if shared else None
    kind = coding(OUR_CONSENTS, told.kind)
    head = resource("Consent", told.id, version=told.version, updated=told.updated)
    return head | element(
        status=CONSENT_STATUS[told.status],
        scope=concept(coding(CONSENT_SCOPE, "research" if told.kind in _NO_CARE else "patient-privacy")),
        category=[concept(*([category] if category else []), kind)],
        patient=to("Patient", told.person_id),
        dateTime=told.authored.isoformat(),
        organization=[to("Organization", told.requester_id, told.requester_name)],
        policyRule=concept(coding(ACT_CODE, "OPTIN" if told.given else "OPTOUT")),
        provision={"type": "permit" if told.given else "deny"},
    )
