"""A word on the way is a valid BaRS response in the short form, and says who, where and why."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B.bundle import Bundle
from reports import ACCEPTED, BEGUN, REFUSED, UPDATES, WAITING
from samples import DATA, answer

from fhir.messages import CodedThing
from fhir.outbound import to_bytes
from fhir.outbound_status import DOS_REJECTED, REJECTED, decline_reason, status_message
from fhir.paths import BUNDLE
from fhir.references import EntryIndex
from fhir.systems import DOS_REJECTED_REASONS, REJECTED_REASONS
from fhir.walk import Walk
from fhir.xml_reading import load_xml
from fhir.xml_writing import to_xml

R4 = {"": "http://hl7.org/fhir"}


def of_type(message, resource_type):
    return [
        each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == resource_type
    ]


def published(name: str) -> dict[str, str]:
    """Codes and displays of a published code system."""
    root = ElementTree.parse(DATA / "bars-ig" / "CodeSystem" / f"{name}.xml").getroot()  # noqa: S314 - our own tree
    concepts = root.findall("concept", R4)
    return {
        each.find("code", R4).attrib["value"]: each.find("display", R4).attrib["value"] for each in concepts
    }


@pytest.mark.parametrize("name", UPDATES)
def test_a_status_message_is_valid_r4_and_passes_our_own_checks(name):
    message = status_message(UPDATES[name])
    Bundle.model_validate(message)
    assert list(Walk(EntryIndex.of(message["entry"])).resource(message, BUNDLE)) == []


@pytest.mark.parametrize("name", UPDATES)
def test_a_status_message_keeps_to_the_short_definition_and_reads_as_an_answer(name):
    message = status_message(UPDATES[name])
    seen = answer(to_bytes(message))
    assert seen.warnings == ()
    assert (seen.answers, seen.code, seen.sender.ods) == (ACCEPTED.original_bundle_id, "ok", "A9X1Y")
    assert of_type(message, "MessageHeader")[0]["definition"].endswith("-response-referral-short")


@pytest.mark.parametrize("name", UPDATES)
def test_the_same_update_gives_the_same_bytes(name):
    update = UPDATES[name]
    assert to_bytes(status_message(update)) == to_bytes(status_message(replace(update)))
    assert load_xml(to_xml(status_message(update))) == status_message(update)


def test_roles_are_reversed_and_the_request_is_answered():
    message = status_message(ACCEPTED)
    header, entries = of_type(message, "MessageHeader")[0], EntryIndex.of(message["entry"])
    assert entries.find(header["destination"][0]["receiver"]).resource["identifier"][0]["value"] == "F84000"
    assert header["destination"][0]["endpoint"] == ACCEPTED.to_endpoint
    assert header["response"] == {"identifier": ACCEPTED.original_bundle_id, "code": "ok"}
    assert entries.find(header["focus"][0]).resource["status"] == "planned"


@pytest.mark.parametrize(
    ("update", "encounter", "task", "reason"),
    [
        (ACCEPTED, "planned", "accepted", "new"),
        (BEGUN, "in-progress", "in-progress", "update"),
        (REFUSED, "cancelled", "rejected", "new"),
    ],
)
def test_the_stage_is_told_in_all_state_models(update, encounter, task, reason):
    message = status_message(update)
    request = of_type(message, "ServiceRequest")[0]
    assert [each["status"] for each in of_type(message, "Encounter")] == ["finished", encounter]
    assert (request["contained"][0]["status"], request["status"]) == (task, "active")
    assert of_type(message, "MessageHeader")[0]["reason"]["coding"][0]["code"] == reason
    assert answer(to_bytes(message)).encounter_status == encounter
    assert ("code" in request) == (update is BEGUN)


@pytest.mark.parametrize(
    ("reason", "codes"),
    [
        ("22", ["RRNA", "22"]),
        ("31", ["RRNA", "31"]),
        ("27", ["FC", "27"]),
        ("could-not-contact", ["FC", "could-not-contact"]),
        ("no-suitable-service", ["RRNA", "no-suitable-service"]),
        ("26", ["OTH", "26", "871711000000103"]),
        ("40", ["OTH", "40"]),
        (None, ["OTH"]),
    ],
)
def test_a_decline_says_why_in_codes_and_words(reason, codes):
    update = replace(REFUSED, reason=reason, reason_text=None)
    message = status_message(update)
    told = of_type(message, "Encounter")[-1]["reasonCode"][0]
    assert [each["code"] for each in told["coding"]] == codes
    assert told["text"]
    assert of_type(message, "ServiceRequest")[0]["contained"][0]["statusReason"] == told


def test_only_a_decline_has_a_reason():
    assert decline_reason(ACCEPTED) is None
    assert decline_reason(replace(BEGUN, reason="22")) is None


def test_a_decline_is_read_back_with_its_reasons():
    reasons = answer(to_bytes(status_message(REFUSED))).reasons
    assert [(each.system, each.code) for each in reasons] == [
        (REJECTED_REASONS, "RRNA"),
        (DOS_REJECTED_REASONS, "22"),
    ]
    assert reasons[0] == CodedThing(
        REJECTED_REASONS, "RRNA", "Requested resource not available within timescale", "No places until March"
    )


def test_the_codes_are_the_published_ones():
    assert published("dos-rejected-reasons-bars") == DOS_REJECTED
    assert published("rejected-reasons-bars") == REJECTED


@pytest.mark.parametrize("name", UPDATES)
def test_no_action_is_said_first(name):
    request = of_type(status_message(UPDATES[name]), "ServiceRequest")[0]
    assert request["note"][0]["text"] == "Plan and requested actions: No action needed."
    assert re.findall(r"<h3>(.*?)</h3>", request["text"]["div"])[0] == "Plan and requested actions"


def test_a_decline_and_a_note_stand_in_words():
    notes = [each["text"] for each in of_type(status_message(REFUSED), "ServiceRequest")[0]["note"]]
    assert notes[1] == "Where the referral stands: The referral was declined: No places until March."
    notes = [each["text"] for each in of_type(status_message(BEGUN), "ServiceRequest")[0]["note"]]
    assert notes[2] == "Note: First met at home."


def test_a_team_that_answers_for_itself_names_no_service():
    message = status_message(replace(REFUSED, service_id=None, service_name=None))
    assert of_type(message, "HealthcareService") == []
    assert len(of_type(message, "Organization")) == 2


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ("about 6 weeks", "The person is on a waiting list, about 6 weeks."),
        ("", "The person is on a waiting list, how long is not known."),
    ],
)
def test_a_waiting_list_is_planned_in_bars_and_a_yes_without_its_place_in_gravity(expected, sentence):
    message = status_message(replace(WAITING, expected=expected))
    ours = of_type(message, "Encounter")[-1]
    assert ours["status"] == "planned"
    assert "period" not in ours
    request = of_type(message, "ServiceRequest")[0]
    (task,) = request["contained"]
    assert task["status"] == "accepted"
    assert "statusReason" not in task
    assert task["businessStatus"]["coding"][0]["code"] == "waitlisted"
    assert task["businessStatus"]["text"] == sentence
    assert sentence in request["text"]["div"]
    assert request["status"] == "active"


def test_what_the_provider_said_of_its_list_is_the_reason_of_the_task_that_waits():
    message = status_message(replace(WAITING, reason_text="A place comes free in May"))
    (task,) = of_type(message, "ServiceRequest")[0]["contained"]
    assert task["statusReason"] == {"text": "A place comes free in May"}
