"""The outcome in its place among the messages: an update after others, one that replaces after a second end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from fhir.resources.R4B.bundle import Bundle
from reports import ACCEPTED, DECLINED, HELPED, NOBODY, REFUSED
from samples import answer

from fhir.message_back import sections
from fhir.outbound import outcome_message, to_bytes
from fhir.outbound_status import decline_reason
from fhir.paths import BUNDLE
from fhir.references import EntryIndex
from fhir.systems import OUR_END_REASONS, OUR_WITHDRAW_REASONS, SNOMED
from fhir.walk import Walk

AGAIN = {
    "first": False,
    "replaces": "5f0c7b2e-0000-4000-8000-000000000009",
    "replaces_told_on": date(2026, 8, 30),
}
SENTENCE = "This replaces the outcome told on 30 August 2026: help was taken up again since."


def part(message, resource_type):
    found = [each["resource"] for each in message["entry"]]
    return next(each for each in found if each["resourceType"] == resource_type)


def reason_of(message):
    return part(message, "MessageHeader")["reason"]["coding"][0]["code"]


@pytest.mark.parametrize("report", [HELPED, NOBODY], ids=["helped", "nobody"])
def test_an_outcome_that_replaces_another_is_valid_and_says_so_in_its_words(report):
    message = outcome_message(replace(report, **AGAIN))
    Bundle.model_validate(message)
    assert list(Walk(EntryIndex.of(message["entry"])).resource(message, BUNDLE)) == []
    assert answer(to_bytes(message)).warnings == ()
    assert (reason_of(outcome_message(report)), reason_of(message)) == ("new", "update")
    carrier = part(message, "CarePlan") if report is HELPED else part(message, "ServiceRequest")
    assert SENTENCE in carrier["text"]["div"]
    assert re.findall("<h3>(.*?)</h3>", carrier["text"]["div"])[0] == "Plan and requested actions"


def test_the_plan_names_the_message_that_it_replaces():
    plan = part(outcome_message(replace(HELPED, **AGAIN)), "CarePlan")
    (earlier,) = plan["replaces"]
    assert earlier["identifier"] == {
        "system": "urn:ietf:rfc:3986",
        "value": "urn:uuid:5f0c7b2e-0000-4000-8000-000000000009",
    }
    assert "replaces" not in part(outcome_message(HELPED), "CarePlan")


def test_what_did_not_work_is_told_line_by_line_and_its_absence_is_said():
    tried = ("Choir (St Anne's) declined: no capacity.", "Allotment (Growers) did not answer in time.")
    told = {each.heading: each.words for each in sections(replace(HELPED, did_not_work=tried))}
    assert told["What did not work"] == "\n".join(tried)
    silent = {each.heading: each.words for each in sections(HELPED)}
    assert silent["What did not work"] == "Nothing recorded."


@pytest.mark.parametrize(
    ("report", "codes"),
    [
        (HELPED, ["871731000000106"]),
        (DECLINED, ["871711000000103"]),
        (NOBODY, []),
    ],
    ids=["helped", "declined", "nobody"],
)
def test_the_codes_for_the_record_stand_in_words_as_in_the_resources(report, codes):
    told = [each.words.split()[0] for each in sections(report) if each.heading == "SNOMED CT"]
    assert told == codes
    written = to_bytes(outcome_message(report)).decode()
    assert all(f'"system":"{SNOMED}","code":"{code}"' in written for code in codes)


@pytest.mark.parametrize(
    ("reason", "system"),
    [
        ("consent-withdrawn", OUR_WITHDRAW_REASONS),
        ("duplicate", OUR_WITHDRAW_REASONS),
        ("died", OUR_END_REASONS),
    ],
)
def test_a_reason_of_ours_is_told_under_its_own_list(reason, system):
    told = decline_reason(replace(REFUSED, reason=reason, reason_text="In words"))
    assert [each["system"] for each in told["coding"]][1:] == [system]
    assert told["text"] == "In words"
    assert decline_reason(ACCEPTED) is None
