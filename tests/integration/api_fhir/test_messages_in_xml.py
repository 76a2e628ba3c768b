"""The same door in XML: the same referral comes of it, and whoever asks for XML is answered in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.runtime import Runtime
from app.services.shown import views
from fhir.xml_reading import load_xml
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import GpSystem

XML = "application/fhir+xml"
BARS = Path(__file__).parents[2] / "data" / "bars-ig"
HOSTILE = (
    b"""<?xml version="1.0"?><!DOCTYPE Bundle [<!ENTITY a "aaaa">]><Bundle xmlns="http://hl7.org/fhir"/>"""
)


@pytest.mark.parametrize("number", ["REFREQ01", "REFREQ02", "REFREQ03"])
def test_nhs_englands_examples_are_taken_in_xml_as_they_are(
    sandbox: GpSystem, runtime: Runtime, place: MadePlace, number: str
) -> None:
    raw = next(BARS.glob(f"{number} *.xml")).read_bytes()
    answer = sandbox.post(raw, Content_Type=XML, Accept=f"{XML}; version=1.0.0")
    assert answer.status_code == 200
    assert answer.mimetype == XML
    assert load_xml(answer.data)["entry"][0]["resource"]["response"]["code"] == "ok"
    assert views.list_referrals(runtime.db, place.link_worker).total == 1


def test_the_same_message_in_the_other_format_is_another_body(sandbox: GpSystem) -> None:
    names = [next(BARS.glob(f"REFREQ03 *.{kind}")) for kind in ("xml", "json")]
    assert sandbox.post(names[0].read_bytes(), Content_Type=XML).status_code == 200
    assert sandbox.post(names[1].read_bytes()).status_code == 422


def test_a_document_type_is_refused_in_the_senders_format(gp: GpSystem) -> None:
    answer = gp.post(HOSTILE, Content_Type=XML, Accept=None)
    assert answer.status_code == 400
    outcome = load_xml(answer.data)
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["severity"] == "error"


def test_json_called_xml_is_refused_with_a_sentence(gp: GpSystem) -> None:
    answer = gp.post(b'{"resourceType": "Bundle"}', Content_Type=XML, Accept="application/fhir+json")
    assert answer.status_code == 400
    assert answer.json["issue"][0]["diagnostics"]
