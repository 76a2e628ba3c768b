"""What GP systems answer to a document is read in both forms, and each code comes to the right thing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir.problems import FhirRejected
from fhir.send_document_ack import Verdict, read_send_document_ack

ANSWERED = "5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0a01"
CODES = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1"


def response(
    *codes: str, word: str = "ok", event: str = "ITK008M", answers: str = ANSWERED
) -> dict[str, Any]:
    """An ITK3 response as ITK-MessageHeader-2 and ITK-Response-OperationOutcome-1 describe it."""
    issues = [
        {
            "severity": "information",
            "code": "informational",
            "details": {"coding": [{"system": CODES, "code": code}]},
        }
        for code in codes
    ]
    header = {
        "resourceType": "MessageHeader",
        "id": "0d4f2a4b-0000-4000-8000-000000000002",
        "event": {"system": "https://fhir.nhs.uk/STU3/CodeSystem/ITK-MessageEvent-2", "code": event},
        "timestamp": "2026-11-22T10:00:00+00:00",
        "source": {"endpoint": "A81001OT001"},
        "response": {"identifier": answers, "code": word},
    }
    entries = [{"resource": header}]
    if issues:
        entries.append({"resource": {"resourceType": "OperationOutcome", "issue": issues}})
    return {
        "resourceType": "Bundle",
        "id": "0d4f2a4b-0000-4000-8000-000000000001",
        "type": "message",
        "entry": entries,
    }


def raw(*codes: str, **more: str) -> bytes:
    return json.dumps(response(*codes, **more)).encode()


def xml(code: str, word: str, prefix: str = "") -> bytes:
    """The same as XML, with comments between; `prefix` puts all names into a named namespace."""
    told = f"""<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://hl7.org/fhir"><id value="b-1"/>
<identifier><value value="b-1"/></identifier><type value="message"/>
<entry><fullUrl value="urn:uuid:h-1"/><resource><MessageHeader><id value="h-1"/><!-- event -->
<event><system value="x"/><code value="ITK008M"/></event><timestamp value="2026-11-22T10:00:00+00:00"/>
<response><identifier value="{ANSWERED}"/><code value="{word}"/></response></MessageHeader></resource></entry>
<entry><resource><OperationOutcome><issue><severity value="fatal"/><code value="not-found"/>
<details><coding><system value="{CODES}"/><code value="{code}"/></coding></details></issue>
</OperationOutcome></resource></entry>
</Bundle>"""
    if prefix:
        told = told.replace("xmlns=", f"xmlns:{prefix}=")
        for mark in ("</", "<"):
            told = "".join(
                (
                    mark + prefix + ":" + part
                    if number and part[0].isalpha()
                    else (mark if number else "") + part
                )
                for number, part in enumerate(told.split(mark))
            )
    return told.encode()


@pytest.mark.parametrize(
    ("code", "word", "verdict"),
    [
        ("20013", "ok", Verdict.ARRIVED),
        ("20007", "fatal-error", Verdict.ARRIVED),
        ("20008", "fatal-error", Verdict.ARRIVED),
        ("30001", "ok", Verdict.FILED),
        ("30004", "ok", Verdict.FILED),
        ("10001", "fatal-error", Verdict.REFUSED),
        ("10009", "fatal-error", Verdict.REFUSED),
        ("20009", "fatal-error", Verdict.REFUSED),
        ("20012", "fatal-error", Verdict.REFUSED),
        ("30002", "fatal-error", Verdict.REFUSED),
        ("30003", "fatal-error", Verdict.REFUSED),
        ("39999", "ok", Verdict.REFUSED),
    ],
)
def test_each_code_comes_to_what_it_means(code: str, word: str, verdict: Verdict) -> None:
    for told in (raw(code, word=word), xml(code, word)):
        found = read_send_document_ack(told)
        assert found is not None
        assert (found.answers, found.verdict, found.code, found.response) == (ANSWERED, verdict, code, word)


def test_answer_without_a_code_is_taken_at_its_headers_word_and_closes_nothing() -> None:
    for word, verdict in (
        ("ok", Verdict.ARRIVED),
        ("transient-error", Verdict.REFUSED),
        ("", Verdict.REFUSED),
    ):
        found = read_send_document_ack(raw(word=word))
        assert found is not None
        assert (found.verdict, found.codes) == (verdict, ())


def test_refusal_outweighs_what_else_is_said() -> None:
    for codes in (("20013", "30002"), ("30003", "30001")):
        found = read_send_document_ack(raw(*codes))
        assert found is not None
        assert found.verdict is Verdict.REFUSED
        assert found.code in ("30002", "30003")
    both = read_send_document_ack(raw("20013", "30001"))
    assert both is not None
    assert both.code == "30001"


def test_answered_message_is_found_however_its_id_is_spelt() -> None:
    for answers in (ANSWERED, ANSWERED.upper(), f"urn:uuid:{ANSWERED}", f" {ANSWERED} "):
        found = read_send_document_ack(raw("30001", answers=answers))
        assert found is not None
        assert found.answers == ANSWERED


def test_xml_with_a_named_namespace_is_the_same_xml() -> None:
    found = read_send_document_ack(xml("30001", "ok", prefix="f"))
    assert found is not None
    assert (found.verdict, found.header_id, found.bundle_id) == (Verdict.FILED, "h-1", "b-1")


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"not a message",
        b"{",
        b"[]",
        b"null",
        b"<html/>",
        b"<Bundle",
        b"\xff\xfe\x00",
        b'{"resourceType": "Bundle", "entry": 7}',
        b'{"resourceType": "Bundle", "entry": [null, {"resource": []}, {"resource": {"resourceType": 3}}]}',
        b"[" * 100_000,
        b"<a>" * 5000,
        raw("30001", event="ITK007C"),
        b'<!DOCTYPE b [<!ENTITY a "b">]>' + xml("30001", "ok").partition(b"?>")[2],
        raw("30001") + b" " * 1_000_000,
    ],
    ids=range(15),
)
def test_anything_else_is_left_to_others(other: bytes) -> None:
    assert read_send_document_ack(other) is None


def test_response_that_names_no_message_is_refused_with_its_place() -> None:
    with pytest.raises(FhirRejected) as refused:
        read_send_document_ack(raw("30001", answers=""))
    assert "response.identifier" in refused.value.problems[0].path
