"""What is not done here is refused politely: with the right code, the place, and what is done instead."""

import orjson
import pytest
from bars import example, part, read, refusal, refusal_of, told

from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement
from fhir.problems import FhirRejected
from fhir.systems import MESSAGE_REASONS, SUPPORTED_VERSIONS

VERSION = "Bundle.meta.versionId"
CATEGORY = "Bundle.entry[1].resource.category[0].coding"


def event(code):
    return lambda body: part(body, "MessageHeader")["eventCoding"].update(code=code)


def reasoned(body, reason):
    """Put another reason into the header, or none."""
    part(body, "MessageHeader").pop("reason")
    part(body, "MessageHeader").update({"reason": reason} if reason else {})


def category(body):
    return part(body, "ServiceRequest")["category"][0]["coding"]


def only_these(body, versions=SUPPORTED_VERSIONS) -> FhirRejected:
    with pytest.raises(FhirRejected) as caught:
        read_message(orjson.dumps(body), versions=versions)
    return caught.value


@pytest.mark.parametrize("code", ["booking-request", "booking-response"])
def test_a_booking_is_refused_with_what_is_taken(code: str):
    refused = refusal(event(code))
    assert (refused.status, refused.rec_code) == (400, "REC_BAD_REQUEST")
    (problem,) = refused.problems
    assert (problem.path, problem.code) == ("Bundle.entry[0].resource.eventCoding.code", "not-supported")
    assert "servicerequest-request (new, update, delete) and servicerequest-response" in problem.sentence


@pytest.mark.parametrize("code", ["a4t1", "A4T3"])
def test_a_validation_is_refused_by_its_use_case(code: str):
    assert told(refusal(lambda body: category(body)[1].update(code=code))) == {
        f"{CATEGORY}[1].code": "not-supported"
    }


def test_a_validation_is_refused_by_its_category():
    refused = refusal(lambda body: category(body)[0].update(code="validation"))
    assert told(refused) == {f"{CATEGORY}[0].code": "not-supported"}
    assert "Validation is not done here" in refused.problems[0].sentence


def test_a_use_case_of_another_system_is_no_validation():
    assert (
        read(lambda body: category(body)[1].update(code="a4t1", system="https://example.org/uses")).use_case
        == "a4t1"
    )


def test_the_answer_to_a_validation_is_refused_too():
    def answer(body):
        event("servicerequest-response")(body)
        part(body, "MessageHeader")["response"] = {"identifier": "theirs", "code": "ok"}
        category(body)[0].update(code="validation")

    assert told(refusal(answer)) == {f"{CATEGORY}[0].code": "not-supported"}


@pytest.mark.parametrize("name", ["SERVREQ01", "SERVREQ02"])
def test_the_withdrawal_of_a_validation_is_read(name: str):
    assert read(name=name).use_case == "a4t1"


def test_a_response_that_answers_nothing_is_refused():
    assert told(refusal(event("servicerequest-response"))) == {
        "Bundle.entry[0].resource.response": "required"
    }


class TestVersions:
    @pytest.mark.parametrize(
        "meta", [{}, {"lastUpdated": "2026-11-22T09:00:00Z"}, {"versionId": None}, {"versionId": " "}]
    )
    def test_a_request_that_names_no_version_is_refused(self, meta: dict):
        body = example()
        body["meta"] = meta
        assert told(refusal_of(orjson.dumps(body)))[VERSION] == "invariant"

    def test_a_version_that_is_not_listed_is_unprocessable_and_the_listed_are_named(self):
        body = example()
        body["meta"]["versionId"] = "9.9.9"
        refused = only_these(body)
        assert (refused.status, refused.rec_code) == (422, "REC_UNPROCESSABLE_ENTITY")
        assert told(refused) == {VERSION: "not-supported"}
        assert "1.2.0" in refused.problems[0].sentence

    def test_the_version_is_judged_before_all_else(self):
        body = example()
        body["meta"]["versionId"] = "9.9.9"
        part(body, "ServiceRequest")["status"] = "banana"
        assert only_these(body).status == 422

    def test_the_list_is_the_receivers_own(self):
        body = example()
        assert told(only_these(body, versions=["7.0"])) == {VERSION: "not-supported"}
        assert read_message(orjson.dumps(body), versions=["1.0.0-beta"]).status == "active"

    def test_without_a_list_every_version_is_taken(self):
        assert read(lambda body: body["meta"].update(versionId="9.9.9")).application_version == "9.9.9"

    def test_an_answer_may_leave_its_version_out(self):
        body = example("SERVREQ01")
        body["meta"].pop("versionId")
        header = part(body, "MessageHeader")
        header["eventCoding"]["code"] = "servicerequest-response"
        header["response"] = {"identifier": "ours", "code": "ok"}
        assert isinstance(read_message(orjson.dumps(body)), IncomingAcknowledgement)


class TestReasons:
    """BaRS Core, Processing Requests: event, reason and focus together say what is to be done."""

    PLACE = "Bundle.entry[0].resource.reason"

    @pytest.mark.parametrize(
        "reason",
        [
            None,
            {"text": "new"},
            {"coding": [{"system": MESSAGE_REASONS, "code": "perhaps"}]},
            {"coding": [{"system": MESSAGE_REASONS, "code": "NEW"}]},
            {"coding": [{"system": "https://example.org/reasons", "code": "new"}]},
            {"coding": [{"system": MESSAGE_REASONS, "display": "New"}]},
        ],
    )
    def test_a_request_without_a_reason_that_is_known_is_refused_with_those_that_are(self, reason):
        refused = refusal(lambda body: reasoned(body, reason))
        assert (refused.status, told(refused)) == (400, {self.PLACE: "invariant"})
        (problem,) = refused.problems
        assert "MessageHeader.reason" in problem.sentence
        assert "new, update, delete" in problem.sentence
        assert MESSAGE_REASONS in problem.sentence

    @pytest.mark.parametrize("name", ["SERVREQ01", "SERVREQ02"])
    def test_a_withdrawal_needs_its_reason_too(self, name: str):
        assert told(refusal(lambda body: reasoned(body, None), name)) == {self.PLACE: "invariant"}

    def test_a_request_that_names_no_event_is_told_of_its_reason_too(self):
        def bare(body):
            part(body, "MessageHeader").pop("eventCoding")
            reasoned(body, None)

        assert told(refusal(bare))[self.PLACE] == "invariant"

    def test_a_booking_is_not_asked_for_a_reason(self):
        def booking(body):
            event("booking-request")(body)
            reasoned(body, None)

        assert list(told(refusal(booking))) == ["Bundle.entry[0].resource.eventCoding.code"]

    @pytest.mark.parametrize(
        "coding",
        [
            {"system": MESSAGE_REASONS, "code": "update"},
            {"system": MESSAGE_REASONS.replace("https", "http"), "code": "update"},
            {"system": "https://fhir.nhs.uk/CodeSystem/message-reason-servicerequest", "code": "update"},
            {"code": "update"},
        ],
    )
    @pytest.mark.parametrize("before", [[], [{"system": "https://example.org/reasons", "code": "first"}]])
    def test_a_reason_is_found_among_codings_and_however_its_system_is_spelt(self, coding, before):
        assert read(lambda body: reasoned(body, {"coding": [*before, coding]})).identity.reason == "update"

    @pytest.mark.parametrize("reason", [None, {"text": "received"}, {"coding": [{"code": "other"}]}])
    def test_an_answer_needs_none(self, reason):
        body = example("SERVREQ01")
        header = part(body, "MessageHeader")
        header["eventCoding"]["code"] = "servicerequest-response"
        header["response"] = {"identifier": "ours", "code": "ok"}
        reasoned(body, reason)
        assert isinstance(read_message(orjson.dumps(body)), IncomingAcknowledgement)
