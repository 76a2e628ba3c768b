"""The counts of the published definitions, as data: derived again and compared, and asked of each message."""

from __future__ import annotations

import derive_taken_definitions as taken
import orjson
import pytest
from derive_message_definitions import TABLE, derive
from reports import HELPED
from samples import answer, changed, part, referral, refusal, sample, told

from fhir.outbound import outcome_message, to_bytes

NEEDED = ["CarePlan", "Encounter", "HealthcareService", "Practitioner", "PractitionerRole"]


def without(*types: str):
    """Leave every resource of these types out, and all references to them."""

    def change(body):
        gone = [each["fullUrl"] for each in body["entry"] if each["resource"]["resourceType"] in types]
        body["entry"] = [each for each in body["entry"] if each["resource"]["resourceType"] not in types]
        for each in body["entry"]:
            each["resource"] = cleaned(each["resource"], gone)

    return change


def cleaned(node, gone):
    if isinstance(node, list):
        kept = [cleaned(each, gone) for each in node]
        return [each for each in kept if each not in ({}, [], None)]
    if not isinstance(node, dict):
        return node
    if node.get("reference") in gone:
        return None
    return {
        name: value for name, each in node.items() if (value := cleaned(each, gone)) not in ({}, [], None)
    }


def test_the_table_is_what_the_published_definitions_say():
    assert orjson.loads(TABLE.read_bytes()) == derive()


def test_the_definitions_that_we_hand_out_are_those_that_were_published():
    assert orjson.loads(taken.TABLE.read_bytes()) == taken.derive()


@pytest.mark.parametrize("missing", ["CarePlan", "Encounter", "HealthcareService"])
def test_a_referral_without_what_its_definition_asks_for_is_refused(missing: str):
    refused = refusal(changed("REFREQ03", without(missing)))
    counted = [problem.sentence for problem in refused.problems if problem.path == "Bundle.entry"]
    assert any(f"{missing}; this has 0. Add what is missing." in sentence for sentence in counted)


def test_everything_that_is_missing_is_told_at_once():
    refused = refusal(changed("REFREQ03", without(*NEEDED)))
    said = " ".join(problem.sentence for problem in refused.problems)
    assert all(f" {name}; this has 0" in said for name in NEEDED)
    assert "exactly 1 CarePlan" in said
    assert "at least 1 Practitioner" in said


def test_two_plans_are_too_many():
    def again(body):
        body["entry"].append({"fullUrl": "urn:uuid:second", "resource": part(body, "CarePlan")})

    (problem,) = refusal(changed("REFREQ03", again)).problems
    assert problem.sentence.endswith("exactly 1 CarePlan; this has 2. Send fewer.")


def test_a_referral_without_consent_is_taken_with_a_warning():
    message = referral(changed("REFREQ03", without("Consent")))
    (warning,) = message.warnings
    assert (warning.code, message.consent_given) == ("business-rule", False)


@pytest.mark.parametrize("status", ["revoked", "entered-in-error"])
def test_a_withdrawal_needs_no_more_than_a_cancellation_whatever_it_names(status: str):
    def withdraw(body):
        without("CarePlan", "Encounter", "Consent", "Task", "Condition")(body)
        part(body, "ServiceRequest")["status"] = status
        reason = "update" if status == "revoked" else "delete"
        part(body, "MessageHeader")["reason"]["coding"][0]["code"] = reason

    message = referral(changed("REFREQ03", withdraw))
    assert (message.status, message.warnings) == (status, ())


def test_a_withdrawal_names_both_organisations():
    assert told(refusal(changed("SERVREQ01", _with_one_organisation))) == {"Bundle.entry": "invariant"}


def _with_one_organisation(body):
    header = part(body, "MessageHeader")
    kept = header["sender"]["reference"]
    header["destination"][0].pop("receiver")
    body["entry"] = [
        each
        for each in body["entry"]
        if each["resource"]["resourceType"] != "Organization" or each["fullUrl"] == kept
    ]


def test_an_answer_is_held_to_the_definition_that_it_names():
    message = outcome_message(HELPED)
    assert answer(to_bytes(message)).warnings == ()
    part(message, "MessageHeader")["definition"] += "-short"
    assert told(refusal(to_bytes(message))) == {"Bundle.entry": "invariant"}


def test_a_definition_of_another_event_is_a_warning():
    message = outcome_message(HELPED)
    part(message, "MessageHeader")["definition"] = part(sample("REFREQ03"), "MessageHeader")["definition"]
    (warning,) = answer(to_bytes(message)).warnings
    assert warning.path == "Bundle.entry[0].resource.definition"


def test_an_answer_that_keeps_the_requests_event_needs_nothing_of_a_request():
    def answer_it(body):
        header = part(body, "MessageHeader")
        header["response"] = {"identifier": "ours", "code": "ok"}
        header.pop("definition")
        without("CarePlan", "Encounter", "Consent")(body)

    seen = answer(changed("REFREQ03", answer_it))
    assert (seen.answers, seen.warnings) == ("ours", ())
