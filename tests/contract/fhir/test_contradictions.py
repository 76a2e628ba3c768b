"""The contradictions of the official samples, row by row: what is accepted all the same, and what is refused."""

from __future__ import annotations

import copy

import orjson
import pytest
from reports import ACCEPTED
from samples import answer, changed, part, referral, refusal, sample, told

from fhir.messages import NhsNumberClaim
from fhir.outbound import to_bytes
from fhir.outbound_status import status_message
from fhir.systems import BARS_USE_CASES, OUR_USE_CASES, SUPPORTED_VERSIONS

REQUEST = "Bundle.entry[1].resource"


def replaced(name: str, old: str, new: str) -> bytes:
    raw = orjson.dumps(sample(name))
    assert old.encode() in raw
    return raw.replace(old.encode(), new.encode())


def updated(change=lambda _body: None) -> bytes:
    """REFREQ03 as an update, as the guide's REFREQ8B to 9A are: with the receiver's Encounter beside the sender's."""

    def make(body):
        part(body, "MessageHeader")["reason"]["coding"][0]["code"] = "update"
        second = copy.deepcopy(part(body, "Encounter"))
        body["entry"].append({"fullUrl": "urn:uuid:receivers-encounter", "resource": second})
        change(body)

    return changed("REFREQ03", make)


def test_row_a_number_that_fails_its_check_is_read_with_its_claim_for_the_service_to_judge():
    person = referral(orjson.dumps(sample("REFREQ03"))).person
    assert (person.nhs_number, person.nhs_number_claim) == ("3478526985", NhsNumberClaim.VERIFIED)


@pytest.mark.parametrize(
    "spelling", ["https://fhir.nhs.uk/Id/", "http://fhir.nhs.uk/id/", "http://fhir.nhs.uk/Id/"]
)
def test_row_ods_codes_are_read_in_every_spelling_of_their_system(spelling: str):
    raw = replaced(
        "REFREQ03", "https://fhir.nhs.uk/id/ods-organization-code", f"{spelling}ods-organization-code"
    )
    assert referral(raw).sender.ods == "RND"


def test_row_dos_service_ids_are_read_in_http_and_https():
    raw = replaced(
        "REFREQ03", "https://fhir.nhs.uk/Id/dos-service-id|", "http://fhir.nhs.uk/id/dos-service-id|"
    )
    assert referral(raw).reply_endpoint == "http://fhir.nhs.uk/id/dos-service-id|2222222222"


def test_row_a_use_case_in_capitals_is_read_and_kept_in_lower_case():
    message = referral(replaced("REFREQ03", '"a5t1"', '"A5T1"'))
    assert (message.use_case, message.use_case_system) == ("a5t1", BARS_USE_CASES)


@pytest.mark.parametrize("version", sorted(SUPPORTED_VERSIONS))
def test_row_every_version_of_the_list_is_taken_and_not_the_newest_alone(version: str):
    raw = changed("REFREQ03", lambda body: body["meta"].update(versionId=version))
    assert referral(raw, versions=SUPPORTED_VERSIONS).application_version == version


def test_row_the_unpublished_name_of_the_short_response_means_the_published_one():
    message = status_message(ACCEPTED)
    odd = message["entry"][0]["resource"]["definition"].replace(
        "bars-message-servicerequest-response-referral-short",
        "bars-message-servicerequest-request-response-short",
    )
    message["entry"][0]["resource"]["definition"] = odd
    assert answer(to_bytes(message)).warnings == ()
    message["entry"] = [each for each in message["entry"] if each["resource"]["resourceType"] != "Encounter"]
    assert "Bundle.entry" in told(refusal(to_bytes(message)))


def test_row_a_message_without_definition_is_judged_by_its_event_and_reason():
    message = referral(orjson.dumps(sample("SERVREQ02")))
    assert (message.identity.reason, message.warnings) == ("delete", ())

    def without_definition_and_plan(body):
        part(body, "MessageHeader").pop("definition")
        body["entry"] = [each for each in body["entry"] if each["resource"]["resourceType"] != "CarePlan"]
        part(body, "ServiceRequest").pop("basedOn", None)

    assert told(refusal(changed("REFREQ03", without_definition_and_plan))) == {"Bundle.entry": "invariant"}


def test_a_message_of_our_own_use_case_that_names_no_definition_is_taken_with_warnings():
    def small(body):
        part(body, "MessageHeader").pop("definition")
        coding = part(body, "ServiceRequest")["category"][0]["coding"][1]
        coding.update(system=OUR_USE_CASES, code="sp1")
        left_out = ("CarePlan", "Task", "HealthcareService", "Condition", "Encounter")
        body["entry"] = [each for each in body["entry"] if each["resource"]["resourceType"] not in left_out]
        request = part(body, "ServiceRequest")
        for name in ("basedOn", "encounter", "performer"):
            request.pop(name, None)

    message = referral(changed("REFREQ03", small))
    assert message.use_case == "sp1"
    assert {warning.severity for warning in message.warnings} == {"warning"}
    assert any("CarePlan" in warning.sentence for warning in message.warnings)


def test_row_an_update_may_carry_two_encounters_and_a_new_request_may_not():
    assert referral(updated()).identity.reason == "update"

    def as_new(body):
        part(body, "MessageHeader")["reason"]["coding"][0]["code"] = "new"

    assert told(refusal(updated(as_new))) == {"Bundle.entry": "invariant"}


def test_row_a_dangling_uuid_is_refused_with_its_path():
    def dangle(body):
        part(body, "ServiceRequest")["basedOn"] = [
            {"reference": "urn:uuid:00000000-0000-4000-8000-00000000dead"}
        ]

    assert told(refusal(changed("REFREQ03", dangle))) == {f"{REQUEST}.basedOn[0].reference": "invariant"}


@pytest.mark.parametrize("name", ["REFREQ01", "REFREQ02", "REFREQ03", "REFREQ04"])
def test_row_an_episode_of_care_that_is_never_there_is_the_journey(name: str):
    assert referral(orjson.dumps(sample(name))).journey_id == "d877b820-e72b-44d1-a627-195f54bfc606"


def test_row_an_appointment_that_is_never_there_is_a_name_and_no_fault():
    def appoint(body):
        part(body, "Encounter")["appointment"] = [{"reference": "Appointment/1"}]

    assert referral(changed("REFREQ03", appoint)).status == "active"


def test_row_profile_names_are_not_judged():
    def rename(body):
        for each in body["entry"]:
            each["resource"]["meta"]["profile"] = [
                "https://fhir.hl7.org.uk/structuredefinition/ukcore-ANYTHING"
            ]

    assert referral(changed("REFREQ03", rename)).warnings == ()


@pytest.mark.parametrize("at", ["2023-06-26T15:00:00.8185338+00:00", "2023-06-27T01:00:00.8185338+10:00"])
def test_row_seven_digits_of_a_second_and_any_offset_are_one_moment(at: str):
    message = referral(changed("REFREQ03", lambda body: body.update(timestamp=at)))
    assert message.identity.sent_at.isoformat().startswith(at[:19])
    assert message.identity.sent_at.timestamp() == pytest.approx(1687791600.818533)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_row_a_definition_is_known_in_http_and_https(scheme: str):
    url = "//fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-request-referral"

    def name_it(body):
        part(body, "MessageHeader")["definition"] = f"{scheme}:{url}|1.0.0-beta"
        part(body, "ServiceRequest").pop("basedOn", None)
        body["entry"] = [each for each in body["entry"] if each["resource"]["resourceType"] != "CarePlan"]

    assert told(refusal(changed("REFREQ03", name_it))) == {"Bundle.entry": "invariant"}


def test_row_an_unknown_definition_is_a_warning():
    def name_it(body):
        part(body, "MessageHeader")["definition"] = (
            "https://fhir.nhs.uk/MessageDefinition/bars-message-of-2030"
        )

    (warning,) = referral(changed("REFREQ03", name_it)).warnings
    assert (warning.path, warning.severity) == ("Bundle.entry[0].resource.definition", "warning")
