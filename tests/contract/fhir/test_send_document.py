"""The document that GP systems file: valid STU3, built as GP Connect Send Document asks, the letter inside whole."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.STU3 import get_fhir_model_class
from fhir.resources.STU3.bundle import Bundle

from fhir.outbound import to_bytes
from fhir.send_document import send_document_message
from tests.contract.fhir.reports import HELPED, REPORTS, TEAM

PDF = b"%PDF-1.7 a letter"
ITK = "https://fhir.nhs.uk/STU3/StructureDefinition/"
Json = dict[str, Any]


def parts(bundle: Json) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"]]


def part(bundle: Json, kind: str) -> Json:
    return next(each for each in parts(bundle) if each["resourceType"] == kind)


def document_of(message: Json) -> Json:
    return part(message, "Bundle")


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_makes_a_valid_stu3_message(name: str) -> None:
    message = send_document_message(REPORTS[name], PDF)
    assert len(Bundle.model_validate_json(to_bytes(message)).entry) == len(parts(message))
    for resource in [*parts(message), *parts(document_of(message))]:
        # What STU3 does not know is an error.
        understood = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert understood.get_resource_type() == resource["resourceType"]


def test_an_stu3_fault_would_be_found() -> None:
    message = send_document_message(HELPED, PDF)
    del part(message, "MessageHeader")["timestamp"]
    with pytest.raises(ValueError, match="timestamp"):
        Bundle.model_validate_json(to_bytes(message))


def test_references_lead_to_what_is_in_the_message() -> None:
    message = send_document_message(HELPED, PDF)
    for bundle in (message, document_of(message)):
        known = {entry["fullUrl"] for entry in bundle["entry"]}
        assert len(known) == len(bundle["entry"])
        asked = {
            reference
            for resource in parts(bundle)
            if resource["resourceType"] != "Bundle"
            for reference in _references(resource)
            if reference.startswith("urn:uuid:")
        }
        assert asked <= known
        assert asked
    for entry in [*message["entry"], *document_of(message)["entry"]]:
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["reference"]] if isinstance(node.get("reference"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def test_header_asks_for_both_acknowledgements_and_names_no_receiver() -> None:
    message = send_document_message(HELPED, PDF, mailbox="X26OT111")
    header = parts(message)[0]
    assert header["event"]["code"] == "ITK007C"
    assert header["meta"]["profile"] == [f"{ITK}ITK-MessageHeader-2"]
    assert {"receiver", "destination"} & set(header) == set()
    assert header["source"]["endpoint"] == "X26OT111"
    handling = {each["url"]: each for each in header["extension"][0]["extension"]}
    assert handling["BusAckRequested"]["valueBoolean"] is True
    assert handling["InfAckRequested"]["valueBoolean"] is True
    assert handling["RecipientType"]["valueCoding"]["code"] == "FA"
    assert handling["LocalExtension"]["valueString"] == "None"
    assert handling["MessageDefinition"]["valueReference"]["reference"].endswith(
        "ITK-GPConnectSendDocument-MessageDefinition-1"
    )


def test_what_the_practice_answers_to_is_our_message_and_its_header() -> None:
    message = send_document_message(HELPED, PDF)
    assert message["id"] == message["identifier"]["value"] == HELPED.message_id
    assert parts(message)[0]["id"] == HELPED.header_id


def test_letter_is_inside_whole_and_is_what_the_first_section_shows() -> None:
    document = document_of(send_document_message(HELPED, PDF))
    composition = parts(document)[0]
    binary = part(document, "Binary")
    assert (document["type"], composition["resourceType"]) == ("document", "Composition")
    assert b64decode(binary["content"]) == PDF
    assert binary["contentType"] == "application/pdf"
    assert composition["section"][0]["entry"] == [{"reference": f"urn:uuid:{binary['id']}"}]
    assert (composition["status"], composition["confidentiality"]) == ("final", "N")
    assert composition["type"]["coding"][0]["code"] == "371531000"


def test_person_and_organisations_are_told_by_their_national_numbers() -> None:
    document = document_of(send_document_message(HELPED, PDF))
    patient = part(document, "Patient")
    assert patient["identifier"][0]["value"] == "9434765919"
    assert patient["name"] == [{"use": "official", "family": "O'Brien", "given": ["Maeve"]}]
    assert patient["birthDate"] == "1951-03-02"
    codes = [
        each["identifier"][0]["value"] for each in parts(document) if each["resourceType"] == "Organization"
    ]
    assert codes == ["A9X1Y", "F84000"]
    uncoded = send_document_message(replace(HELPED, sender=replace(TEAM, ods=None)), PDF)
    assert part(uncoded, "Organization")["identifier"][0]["value"] == TEAM.id


def test_second_letter_replaces_the_first_and_a_restricted_persons_is_marked() -> None:
    first = parts(document_of(send_document_message(HELPED, PDF)))[0]
    assert "relatesTo" not in first
    again = send_document_message(
        HELPED, PDF, replaces="5f0c7b2e-0000-4000-8000-000000000009", restricted=True
    )
    composition = parts(document_of(again))[0]
    assert composition["relatesTo"][0]["code"] == "replaces"
    assert composition["relatesTo"][0]["targetIdentifier"]["value"] == "5f0c7b2e-0000-4000-8000-000000000009"
    assert composition["confidentiality"] == "R"


def test_same_report_makes_the_same_bytes() -> None:
    told = [to_bytes(send_document_message(HELPED, PDF)) for _ in range(2)]
    assert told[0] == told[1]
    assert to_bytes(send_document_message(HELPED, PDF + b".")) != told[0]
