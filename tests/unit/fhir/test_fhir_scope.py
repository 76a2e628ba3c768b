"""What is not done here is refused politely: with the right code, the place, and what is done instead."""

import orjson
import pytest
from bars import example, part, read, refusal, refusal_of, told

from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement
from fhir.problems import FhirRejected
from fhir.systems import SUPPORTED_VERSIONS

VERSION = "Bundle.meta.versionId"
CATEGORY = "Bundle.entry[1].resource.category[0].coding"


def event(code):
    return lambda body: part(body, "MessageHeader")["eventCoding"].update(code=code)


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
