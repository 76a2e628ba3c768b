"""Who asks, who sends and who is meant, in every form that FHIR has for naming them; and what a partner answers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement
from fhir.systems import ODS_ORGANISATION, OUR_ORGANISATION_ID, OUR_OUTCOMES, OUR_REFERRAL_ID
from tests.unit.fhir.bars import Json, example, part, read, refusal, told

BY_ODS = {"identifier": {"system": ODS_ORGANISATION, "value": "a81001"}, "display": "Lower Clapton"}


def _contain(body: Json, *resources: Json) -> None:
    request = part(body, "ServiceRequest")
    request["contained"] = list(resources)
    request["requester"] = {"reference": "#asks"}


def _organisation(name: str = "asks") -> Json:
    return {
        "resourceType": "Organization",
        "id": name,
        "identifier": [BY_ODS["identifier"]],
        "name": "Clapton",
    }


def _role() -> Json:
    return {"resourceType": "PractitionerRole", "id": "asks", "organization": {"reference": "#practice"}}


def _doctor() -> Json:
    return {"resourceType": "Practitioner", "id": "asks", "name": [{"family": "Adeyemi", "given": ["Ola"]}]}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: part(body, "ServiceRequest").update(requester=BY_ODS),
        lambda body: _contain(body, _organisation()),
        lambda body: _contain(body, _role(), _organisation("practice")),
        lambda body: _contain(body, _role() | {"organization": BY_ODS}),
    ],
    ids=["identifier alone", "contained", "contained role", "contained role of an identifier"],
)
def test_the_requester_is_read_however_it_is_named(change: Any) -> None:
    message = read(change)
    assert message.requester.ods == "A81001"
    assert message.paths["requester"].endswith(".requester")


def test_a_contained_professional_without_organisation_is_named_and_the_sender_is_told() -> None:
    message = read(lambda body: _contain(body, _doctor()))
    assert (message.requester.ods, message.requester_name) == ("RND", "Ola Adeyemi")


def test_a_sender_by_identifier_alone_is_read() -> None:
    assert read(lambda body: part(body, "MessageHeader").update(sender=BY_ODS)).sender.ods == "A81001"


@pytest.mark.parametrize("requester", [{"display": "Dr Adeyemi"}, {"reference": "Practitioner/elsewhere"}])
def test_a_requester_who_cannot_be_found_is_refused_at_its_place(requester: Json) -> None:
    refused = refusal(lambda body: part(body, "ServiceRequest").update(requester=requester))
    assert [path for path in told(refused) if path.endswith(".requester")]


def test_a_role_that_names_itself_as_its_organisation_does_not_go_round_for_ever() -> None:
    looped = _role() | {"organization": {"reference": "#asks"}}
    assert read(lambda body: _contain(body, looped)).requester.ods == "RND"  # the sender's


def test_destinations_are_read_by_receiver_and_by_endpoint() -> None:
    def change(body: Json) -> None:
        destination = part(body, "MessageHeader")["destination"][0]
        destination["endpoint"] = f"{OUR_ORGANISATION_ID}|team-1"

    ((by_receiver, by_endpoint),) = read(change).receivers
    assert (by_receiver.ods, by_endpoint.own_id) == ("RYE", "team-1")
    assert [len(each) for each in read().receivers] == [1]  # the sample's endpoint is a service's


@pytest.mark.parametrize("where", ["family", "given", "prefix", "text"])
def test_a_name_without_end_is_refused_at_its_place(where: str) -> None:
    def change(body: Json) -> None:
        long = "N" * 201
        part(body, "Patient")["name"][0][where] = long if where in ("family", "text") else [long]

    refused = refusal(change)
    (place,) = told(refused)
    assert place.endswith(f".name[0].{where}")
    assert "200" in refused.problems[0].sentence


def test_a_name_of_200_characters_is_taken() -> None:
    assert read(lambda body: part(body, "Patient")["name"][0].update(family="N" * 200)).person.family


def test_our_own_id_is_not_taken_for_the_requesters_number() -> None:
    ours = {"system": OUR_REFERRAL_ID, "value": "r-1"}
    theirs = {"system": "https://sender.example/Id", "value": "77"}
    message = read(lambda body: part(body, "ServiceRequest").update(identifier=[ours, theirs]))
    assert (message.our_reference, message.requester_reference) == ("r-1", "77")


def _answer(change: Any) -> IncomingAcknowledgement:
    body = example()
    header = part(body, "MessageHeader")
    header["eventCoding"]["code"] = "servicerequest-response"
    header["response"] = {"identifier": "message-1", "code": "ok"}
    header.pop("definition", None)
    change(body)
    message = read_message(orjson.dumps(body))
    assert isinstance(message, IncomingAcknowledgement)
    return message


def test_an_answer_says_what_it_is_about_by_every_id_that_it_holds() -> None:
    def change(body: Json) -> None:
        request = part(body, "ServiceRequest")
        request["identifier"] = [{"system": OUR_REFERRAL_ID, "value": "referral-1"}]
        request["basedOn"] = [{"reference": "ServiceRequest/referral-2"}]
        part(body, "Task")["partOf"] = [
            {"reference": "https://house.example/FHIR/R4/Task/placement-1/_history/2"}
        ]

    found = _answer(change).about
    assert found[0] == "message-1"
    assert {"referral-1", "referral-2", "placement-1"} <= set(found)


def test_an_answer_says_how_it_stands_what_became_of_it_and_why() -> None:
    def change(body: Json) -> None:
        task = part(body, "Task")
        task["status"] = "completed"
        task["statusReason"] = {"coding": [{"system": "urn:reasons", "code": "26"}]}
        task["note"] = [{"text": "Came to <b>six</b> sessions."}]
        output = {"coding": [{"system": OUR_OUTCOMES, "code": "better"}]}
        task["output"] = [{"type": {"text": "outcome"}, "valueCodeableConcept": output}]

    found = _answer(change)
    assert (found.task_status, found.outcome) == ("completed", "better")
    assert [reason.code for reason in found.reasons] == ["26"]
    assert "Came to six sessions." in found.summary
