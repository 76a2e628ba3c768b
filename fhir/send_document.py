"""Writes the outcome letter as a GP Connect Send Document: FHIR STU3, ITK3, the one that GP systems file today."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

from fhir.messages import OrganisationToTell, OutcomeReport
from fhir.systems import NHS_NUMBER, ODS_ORGANISATION, OUR_ORGANISATION_ID, SNOMED
from fhir.writing import Json, Letter, coding, concept, element, organisation_part

CONTENT_TYPE: Final = "application/fhir+json; fhirVersion=3.0"
_STU3: Final = "https://fhir.nhs.uk/STU3/"
_ITK: Final = f"{_STU3}StructureDefinition/"
_CARE_CONNECT: Final = "https://fhir.hl7.org.uk/STU3/"
_PROFILE: Final = f"{_CARE_CONNECT}StructureDefinition/CareConnect-"
_UUIDS: Final = "https://tools.ietf.org/html/rfc4122"
_DEFINITION: Final = f"{_STU3}MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-1"
_EVENT: Final = coding(f"{_STU3}CodeSystem/ITK-MessageEvent-2", "ITK007C", "ITK GP Connect Send Document")
_FOR_ACTION: Final = coding(f"{_STU3}CodeSystem/ITK-RecipientType-1", "FA", "For Action")
_REPORT: Final = coding(SNOMED, "371531000", "Report of clinical encounter")
_NUMBER_STATUS: Final = f"{_CARE_CONNECT}CodeSystem/CareConnect-NHSNumberVerificationStatus-1"
_NUMBER_EXTENSION: Final = f"{_CARE_CONNECT}StructureDefinition/Extension-CareConnect-"
_TITLE: Final = "Social prescribing: outcome of a referral"


def send_document_message(
    report: OutcomeReport,
    pdf: bytes,
    *,
    mailbox: str | None = None,
    replaces: str | None = None,
    restricted: bool = False,
) -> dict[str, Any]:
    """Return the ITK3 message that carries the letter `pdf` about a report, the same for the same report.

    `mailbox` is the sender's own MESH mailbox (the report's endpoint when it is not known), `replaces` the
    message_id of an earlier letter about the same referral, `restricted` marks a document that needs care (R).
    Both acknowledgements are asked for. The header names no receiver (GPCM-SD-049): MESH knows where it goes.
    Source: GP Connect Send Document, provider requirements GPCM-SD-028 to 131.
    """
    letter = Letter(report.message_id, report.header_id, report.composed_at, report.version)
    document = _document(report, letter, pdf, replaces=replaces, restricted=restricted)
    entries = [_header(report, letter, mailbox), _header_sender(report, letter)]
    entries.append({"fullUrl": f"urn:uuid:{letter.id('document')}", "resource": document})
    return _bundle(letter, "message", entries, bundle_id=report.message_id)


def _bundle(letter: Letter, kind: str, entries: list[Json], *, bundle_id: str) -> Json:
    clean = letter.bundle(entries)["entry"]  # what people typed, without what a strict reader refuses
    return {
        "resourceType": "Bundle",
        "id": bundle_id,
        "meta": {"profile": [f"{_ITK}ITK-{kind.capitalize()}-Bundle-1"]},
        "identifier": {"system": _UUIDS, "value": bundle_id},
        "type": kind,
        "entry": clean,
    }


def _header(report: OutcomeReport, letter: Letter, mailbox: str | None) -> Json:
    handling = [
        {"url": "BusAckRequested", "valueBoolean": True},
        {"url": "InfAckRequested", "valueBoolean": True},
        {"url": "RecipientType", "valueCoding": _FOR_ACTION},
        {"url": "MessageDefinition", "valueReference": {"reference": _DEFINITION}},
        {"url": "SenderReference", "valueString": report.referral_id},
        # From version 2 on "None" is the only value; version 1 knew only reports of consultations, which this is not.
        {"url": "LocalExtension", "valueString": "None"},
    ]
    return letter.entry(
        "header",
        "MessageHeader",
        profile=f"{_ITK}ITK-MessageHeader-2",
        extension=[{"url": f"{_ITK}Extension-ITK-MessageHandling-2", "extension": handling}],
        event=_EVENT,
        sender=letter.to("itk-sender"),
        timestamp=report.composed_at.isoformat(),
        source={"name": "Backstitch", "endpoint": mailbox or report.from_endpoint},
        focus=[letter.to("document")],
    )


def _header_sender(report: OutcomeReport, letter: Letter) -> Json:
    profile = f"{_ITK}CareConnect-ITK-Header-Organization-1"
    return letter.entry("itk-sender", "Organization", profile=profile, **_organisation(report.sender))


def _document(
    report: OutcomeReport, letter: Letter, pdf: bytes, *, replaces: str | None, restricted: bool
) -> Json:
    attachment = letter.entry(
        "attachment",
        "Binary",
        profile=f"{_ITK}ITK-Attachment-Binary-1",
        contentType="application/pdf",
        content=b64encode(pdf).decode(),
    )
    entries = [
        _composition(report, letter, replaces=replaces, restricted=restricted),
        *_parties(report, letter),
        _patient(report, letter),
        attachment,
    ]
    return _bundle(letter, "document", entries, bundle_id=letter.id("document"))


def _composition(report: OutcomeReport, letter: Letter, *, replaces: str | None, restricted: bool) -> Json:
    sender = letter.to(organisation_part(report.sender))
    earlier = {"code": "replaces", "targetIdentifier": {"system": _UUIDS, "value": replaces}}
    return letter.entry(
        "composition",
        "Composition",
        profile=f"{_PROFILE}Composition-1",
        identifier={"system": _UUIDS, "value": report.message_id},
        status="final",
        type=concept(_REPORT),
        subject=letter.to("patient"),
        date=report.composed_at.isoformat(),
        author=[sender],
        title=_TITLE,
        confidentiality="R" if restricted else "N",
        custodian=sender,
        relatesTo=[earlier] if replaces else None,
        section=[{"title": _TITLE, "entry": [letter.to("attachment")]}],
    )


def _parties(report: OutcomeReport, letter: Letter) -> list[Json]:
    known = {each.id: each for each in (report.sender, report.receiver)}
    organisations = [
        letter.entry(
            organisation_part(each),
            "Organization",
            profile=f"{_PROFILE}Organization-1",
            **_organisation(each),
        )
        for each in known.values()
    ]
    worker = letter.entry(
        "practitioner",
        "Practitioner",
        profile=f"{_PROFILE}Practitioner-1",
        name=[{"use": "official", "text": report.link_worker or report.sender.name}],
    )
    return [*organisations, worker]


def _organisation(told: OrganisationToTell) -> Json:
    known = {"system": ODS_ORGANISATION, "value": told.ods}
    ours = {"system": OUR_ORGANISATION_ID, "value": told.id}
    return {"identifier": [known if told.ods else ours], "name": told.name}


def _patient(report: OutcomeReport, letter: Letter) -> Json:
    person = report.person
    name = element(use="official", family=person.family, given=list(person.given))
    verified = coding(_NUMBER_STATUS, "01", "Number present and verified")
    not_traced = coding(_NUMBER_STATUS, "02", "Number present but not traced")
    status = {
        "url": f"{_NUMBER_EXTENSION}NHSNumberVerificationStatus-1",
        "valueCodeableConcept": concept(verified if person.nhs_number_verified else not_traced),
    }
    number = {"extension": [status], "system": NHS_NUMBER, "value": person.nhs_number}
    return letter.entry(
        "patient",
        "Patient",
        profile=f"{_PROFILE}Patient-1",
        identifier=[number] if person.nhs_number else None,
        name=[name],
        gender=person.gender,
        birthDate=person.birth_date.isoformat() if person.birth_date else None,
    )
