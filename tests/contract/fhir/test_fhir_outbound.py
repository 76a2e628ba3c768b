"""Messages that leave are valid R4, keep to the published definitions, and say the same thing every time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from reports import ANSWER, BARE, DECLINED, HELPED, NOBODY, NOT_ENGAGED, REPORTS

from fhir.capability import capability_statement
from fhir.inbound import read_message
from fhir.message_back import NO_ACTION, RISKS_NOT_RECORDED
from fhir.messages import IncomingAcknowledgement
from fhir.outbound import accepted_response, acknowledgement_message, outcome_message, to_bytes
from fhir.paths import BUNDLE
from fhir.references import EntryIndex
from fhir.walk import Walk
from fhir.warm import warm

GOLDEN = Path(__file__).parent / "golden" / "outcome_message.json"
DEFINITIONS = Path(__file__).parents[2] / "data" / "bars-ig" / "MessageDefinition"
R4 = {"": "http://hl7.org/fhir"}
CAUSAL = re.compile(r"\b(because|thanks to|as a result|due to|led to|caused|helped)\b", re.IGNORECASE)


def of_type(message, resource_type):
    return [
        each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == resource_type
    ]


def one(message, resource_type):
    (found,) = of_type(message, resource_type)
    return found


def cardinalities():
    """Minimum and maximum of each resource type by the definition's URL, from the published files."""
    found = {}
    for path in DEFINITIONS.glob("*.xml"):
        root = ElementTree.parse(path).getroot()  # noqa: S314 - a file of our own tree
        limits = {}
        for focus in root.findall("focus", R4):
            low, high = (focus.find(name, R4).get("value") for name in ("min", "max"))
            type_name = focus.find("code", R4).get("value")
            before = limits.get(type_name, (0, 0))
            limits[type_name] = (before[0] + int(low), float("inf") if high == "*" else before[1] + int(high))
        found[root.find("url", R4).get("value")] = limits
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_an_outcome_message_is_valid_r4_and_passes_our_own_checks(name):
    message = outcome_message(REPORTS[name])
    Bundle.model_validate(message)
    assert list(Walk(EntryIndex.of(message["entry"])).resource(message, BUNDLE)) == []


@pytest.mark.parametrize("name", REPORTS)
def test_an_outcome_message_keeps_to_its_published_definition(name):
    message = outcome_message(REPORTS[name])
    limits = cardinalities()[one(message, "MessageHeader")["definition"]]
    counts = Counter(each["resource"]["resourceType"] for each in message["entry"])
    assert set(counts) <= set(limits)
    for type_name, (low, high) in limits.items():
        if type_name != "Bundle":
            assert low <= counts[type_name] <= high, type_name


def test_nobody_helping_takes_the_short_definition():
    assert one(outcome_message(NOBODY), "MessageHeader")["definition"].endswith("-response-referral-short")
    assert one(outcome_message(HELPED), "MessageHeader")["definition"].endswith("-response-referral")


def test_the_same_report_gives_the_same_bytes_and_they_are_the_golden_ones():
    written = to_bytes(outcome_message(HELPED))
    assert written == to_bytes(outcome_message(replace(HELPED)))
    assert orjson.loads(written) == orjson.loads(GOLDEN.read_bytes())


def test_another_message_has_other_ids_throughout():
    other = outcome_message(
        replace(HELPED, message_id="other", header_id="5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0aff")
    )
    first = {each["fullUrl"] for each in outcome_message(HELPED)["entry"]}
    assert first.isdisjoint(each["fullUrl"] for each in other["entry"])


def test_the_message_goes_back_to_who_asked():
    message = outcome_message(HELPED)
    header, entries = one(message, "MessageHeader"), EntryIndex.of(message["entry"])
    assert entries.find(header["destination"][0]["receiver"]).resource["identifier"][0]["value"] == "F84000"
    assert entries.find(header["sender"]).resource["identifier"][0]["value"] == "A9X1Y"
    assert header["destination"][0]["endpoint"] == HELPED.to_endpoint
    assert header["response"] == {"identifier": HELPED.original_bundle_id, "code": "ok"}
    assert header["eventCoding"]["code"] == "servicerequest-response"


@pytest.mark.parametrize("name", REPORTS)
def test_actions_stand_at_the_top_and_nothing_is_left_unsaid(name):
    message = outcome_message(REPORTS[name])
    carrier = (of_type(message, "CarePlan") or of_type(message, "ServiceRequest"))[0]
    headings = re.findall(r"<h3>(.*?)</h3>", carrier["text"]["div"])
    wanted = ["Plan and requested actions", "Outcome", "Clinical summary", "What did not work", "Risks"]
    assert [heading for heading in headings if heading != "SNOMED CT"] == wanted
    assert [note["text"].split(":")[0] for note in carrier["note"]] == headings


def test_no_action_is_said_explicitly_and_silence_on_risks_is_no_all_clear():
    notes = [note["text"] for note in one(outcome_message(BARE), "CarePlan")["note"]]
    assert notes[0] == f"Plan and requested actions: {NO_ACTION}"
    assert f"Risks: {RISKS_NOT_RECORDED}" in notes
    assert "Risks: Lives alone; stairs are hard." in [
        note["text"] for note in one(outcome_message(NOBODY), "ServiceRequest")["note"]
    ]


def test_first_and_later_scores_stand_in_words_and_as_observations():
    message = outcome_message(HELPED)
    summary = one(message, "CarePlan")["note"][2]["text"]
    assert "How happy yesterday?: before 4 (3 August 2026), after 0 (16 November 2026)" in summary
    assert "Loneliness, 3 to 9: before 8 (3 August 2026), after not recorded" in summary
    seen = [
        (each["code"]["coding"][0]["code"], each["category"][1]["text"], each["valueInteger"])
        for each in of_type(message, "Observation")
    ]
    assert seen == [
        ("happy", "Before", 4),
        ("happy", "After", 0),
        ("loneliness", "Before", 8),
        ("goal-progress", "Before", 2),
        ("goal-progress", "After", 7),
    ]


def test_a_change_is_told_without_a_cause():
    for report in REPORTS.values():
        quiet = replace(report, summary="", actions="", risks="", goal=None)
        assert not CAUSAL.search(to_bytes(outcome_message(quiet)).decode())


def test_the_words_are_escaped_in_the_narrative():
    div = one(outcome_message(HELPED), "CarePlan")["text"]["div"]
    assert "lunches &amp; made &lt;two&gt; friends" in div
    ElementTree.fromstring(div)  # noqa: S314 - written above


def test_the_persons_own_goal_travels_inside_the_plan():
    (goal,) = one(outcome_message(HELPED), "CarePlan")["contained"]
    assert goal["description"]["text"] == "Cook for a friend"
    assert goal["achievementStatus"]["coding"][0]["code"] == "improving"
    assert "contained" not in one(outcome_message(BARE), "CarePlan")


@pytest.mark.parametrize(
    ("report", "task", "request_status", "encounter"),
    [
        (HELPED, "completed", "completed", "finished"),
        (NOT_ENGAGED, "failed", "revoked", "cancelled"),
        (DECLINED, "cancelled", "revoked", "cancelled"),
        (NOBODY, "rejected", "revoked", "cancelled"),
    ],
)
def test_the_end_is_told_in_all_three_state_models(report, task, request_status, encounter):
    message = outcome_message(report)
    request = one(message, "ServiceRequest")
    told = of_type(message, "Task") or request["contained"]
    assert (told[0]["status"], request["status"]) == (task, request_status)
    assert of_type(message, "Encounter")[-1]["status"] == encounter
    assert told[0]["output"][0]["valueCodeableConcept"]["coding"][0]["code"] == report.outcome


@pytest.mark.parametrize(
    ("report", "codes"),
    [
        (NOT_ENGAGED, ["FC", "could-not-contact"]),
        (NOBODY, ["RRNA", "no-suitable-service"]),
        (DECLINED, ["OTH", "person-declined", "871711000000103"]),
    ],
)
def test_an_early_end_says_why_in_codes_and_words(report, codes):
    reason = of_type(outcome_message(report), "Encounter")[-1]["reasonCode"][0]
    assert [coding["code"] for coding in reason["coding"]] == codes
    assert reason["text"] == report.end_reason_text


def test_nothing_is_written_where_nothing_is_known():
    message = outcome_message(BARE)
    assert "birthDate" not in one(message, "Patient")
    assert "identifier" not in one(message, "Patient")
    assert "name" not in one(message, "Practitioner")
    assert "episodeOfCare" not in one(message, "Encounter")
    assert not re.search(rb'null|\[\]|\{\}|""', to_bytes(message))


def test_the_number_is_written_as_verified_only_when_it_is():
    def status(report):
        (identifier,) = one(outcome_message(report), "Patient")["identifier"]
        return identifier["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]

    assert status(HELPED) == "01"
    assert status(replace(HELPED, person=replace(HELPED.person, nhs_number_verified=False))) == "02"


def test_control_characters_in_typed_text_do_not_spoil_the_message():
    report = replace(HELPED, summary="Went\x00 well\ud800", goal="A\x0bgoal")
    assert read_message(to_bytes(outcome_message(report)))


@pytest.mark.parametrize("name", REPORTS)
def test_a_reader_of_messages_takes_an_outcome_as_the_answer_to_its_own(name):
    report = REPORTS[name]
    message = read_message(to_bytes(outcome_message(report)))
    assert isinstance(message, IncomingAcknowledgement)
    assert (message.answers, message.code, message.sender.ods) == (report.original_bundle_id, "ok", "A9X1Y")


def test_an_acknowledgement_survives_the_round_trip_and_holds_nothing_of_the_person():
    written = acknowledgement_message(ANSWER)
    Bundle.model_validate(written)
    message = read_message(to_bytes(written))
    assert isinstance(message, IncomingAcknowledgement)
    assert (message.answers, message.code, message.sender.ods) == (HELPED.message_id, "ok", "F84000")
    assert message.details is None
    assert of_type(written, "Patient") == []


def test_a_failed_acknowledgement_says_why():
    written = acknowledgement_message(replace(ANSWER, code="fatal-error", details="No such referral here."))
    message = read_message(to_bytes(written))
    assert isinstance(message, IncomingAcknowledgement)
    assert (message.code, message.details) == ("fatal-error", "No such referral here.")


def test_an_accepted_referral_is_answered_with_the_ids_made_here():
    written = accepted_response(ANSWER, referral_id="ref-1")
    Bundle.model_validate(written)
    assert one(written, "MessageHeader")["focus"][0]["reference"] == "ServiceRequest/ref-1"
    assert one(written, "Encounter")["status"] == "planned"
    message = read_message(to_bytes(written))
    assert isinstance(message, IncomingAcknowledgement)
    assert message.answers == ANSWER.answers


def test_a_referral_is_accepted_with_its_warnings():
    written = accepted_response(replace(ANSWER, details="The number fails its check."), referral_id="ref-1")
    (issue,) = one(written, "OperationOutcome")["issue"]
    assert (issue["severity"], issue["diagnostics"]) == ("warning", "The number fails its check.")
    message = read_message(to_bytes(written))
    assert isinstance(message, IncomingAcknowledgement)
    assert (message.code, message.details) == ("ok", "The number fails its check.")


def test_the_capability_statement_is_valid_and_claims_no_conformance():
    statement = capability_statement("https://host.example/FHIR/R4", "0.1.0", date(2026, 11, 22))
    CapabilityStatement.model_validate(statement)
    assert list(Walk(EntryIndex()).resource(statement, BUNDLE)) == []
    assert statement["fhirVersion"] == "4.0.1"
    assert "conformance with BaRS is not claimed" in statement["description"]
    offered = statement["rest"][0].get("resource", [])
    assert len({each["type"] for each in offered}) == len(offered)
    assert all(each["interaction"] for each in offered)


def test_the_server_can_be_warmed_more_than_once():
    warm()
    warm()
    assert read_message(to_bytes(outcome_message(HELPED)))
