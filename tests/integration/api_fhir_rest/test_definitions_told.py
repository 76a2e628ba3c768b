"""A sender finds out which messages are taken before it sends one."""

from __future__ import annotations

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhir.systems import BARS_USE_CASES, OUR_USE_CASES, REQUEST_DEFINITION
from tests.integration.api_fhir_rest.reader import Reader, ids_of, link, matches, refusals

REFERRAL = "bars-message-servicerequest-request-referral"


@pytest.mark.parametrize("context", ["sp1", "SP1", f"{OUR_USE_CASES}|sp1", "a5t1,sp1", f"{OUR_USE_CASES}|"])
def test_the_definitions_of_our_use_case_are_found_by_it(context: str, reader: Reader) -> None:
    bundle = reader.search("MessageDefinition", {"context": context}, Prefer="handling=strict")
    assert REFERRAL in ids_of(bundle)
    for each in matches(bundle):
        get_fhir_model_class("MessageDefinition").model_validate(each)
    assert reader.follow(link(bundle, "self") or "") == bundle


@pytest.mark.parametrize(
    ("name", "value", "finds"),
    [
        ("context", "a1t1", 0),
        ("context", f"{BARS_USE_CASES}|sp1", 0),
        ("url", REQUEST_DEFINITION, 1),
        ("url", f"{REQUEST_DEFINITION}|9.9", 0),
        ("_id", REFERRAL, 1),
        ("status", "active", 4),
        ("status", "retired", 0),
    ],
)
def test_each_parameter_finds_what_it_should(name: str, value: str, finds: int, reader: Reader) -> None:
    bundle = reader.search("MessageDefinition", {name: value})
    assert bundle["total"] == len(matches(bundle)) == finds
    assert reader.post("MessageDefinition/_search", {name: value}).json["total"] == finds


def test_a_definition_is_read_and_has_counts_as_published(reader: Reader) -> None:
    found = reader.read(f"MessageDefinition/{REFERRAL}")
    assert found["url"] == REQUEST_DEFINITION
    assert {each["code"] for each in found["focus"]} >= {"ServiceRequest", "CarePlan", "Consent"}
    etag = reader.get(f"MessageDefinition/{REFERRAL}").headers["ETag"]
    assert reader.get(f"MessageDefinition/{REFERRAL}", If_None_Match=etag).status_code == 304
    assert refusals(reader.get("MessageDefinition/bars-message-booking-request"), 404)


def test_wrong_and_unknown_parameters_are_told(reader: Reader) -> None:
    assert refusals(reader.get("MessageDefinition", {"status": "banana"}), 400)
    assert refusals(reader.get("MessageDefinition", {"colour": "red"}, Prefer="handling=strict"), 400)
    (outcome,) = matches(reader.search("MessageDefinition", {"colour": "red"}), "outcome")
    assert outcome["issue"][0]["severity"] == "warning"


def test_a_stranger_is_told_nothing(reader: Reader) -> None:
    assert reader.http.get("/FHIR/R4/MessageDefinition?context=sp1").status_code == 401
