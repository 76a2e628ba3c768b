"""SMART's own Python client reads, searches and writes here with nothing but our address and a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
import requests
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.capabilitystatement import CapabilityStatement
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.organization import Organization
from fhirclient.models.patient import Patient
from fhirclient.models.servicerequest import ServiceRequest
from fhirclient.models.task import Task
from fhirclient.server import FHIRNotFoundException, FHIRPermissionDeniedException, FHIRUnauthorizedException

from app.domain.lifecycle import ReferralStatus
from tests.contract.clients.world import System
from tests.factories import MadePlace, MadeReferral, make_message
from tests.integration.api_fhir_write.writer import transaction

Refer = Callable[..., MadeReferral]


def connect(system: System, scope: str = "system/*.rs") -> FHIRClient:
    """Sign in: where the token is to be had, the client finds in our CapabilityStatement."""
    told = {
        "app_id": system.client_id,
        "api_base": system.base,
        "jwt_token": system.assertion(f"{system.address}/oauth2/token"),
        "scope": scope,
    }
    client = FHIRClient(settings=told)
    client.wants_patient = False
    client.prepare()
    client.authorize()
    assert client.ready
    return client


def told(fault: requests.HTTPError) -> OperationOutcome:
    """What the client makes of a refusal: its model raises for what is no OperationOutcome."""
    return OperationOutcome(fault.response.json())


def test_the_client_understands_what_we_say_we_can(address: str) -> None:
    client = FHIRClient(settings={"app_id": "nobody", "api_base": f"{address}/FHIR/R4"})
    statement = client.server.capabilityStatement
    assert isinstance(statement, CapabilityStatement)
    assert statement.fhirVersion == "4.0.1"
    listed = {resource.type for resource in statement.rest[0].resource}
    assert {"ServiceRequest", "Task", "Patient", "Communication", "Provenance"} <= listed


def test_the_client_reads_a_referral_and_follows_its_references(
    practice: System, refer: Refer, place: MadePlace
) -> None:
    made, server = refer(ReferralStatus.CLOSED), connect(practice).server
    request = ServiceRequest.read(str(made.id), server)
    assert request.status == "completed"
    person = request.subject.resolved(Patient)
    assert isinstance(person, Patient)
    assert person.name[0].family == "Okonkwo"
    asked_by = request.requester.resolved(Organization)
    assert isinstance(asked_by, Organization)
    assert asked_by.identifier[0].value == place.practices[0].ods


def test_the_client_pages_to_the_end_and_meets_everybody_once(
    practice: System, five: list[MadeReferral]
) -> None:
    server = connect(practice).server
    pages = list(ServiceRequest.where({"_count": "2", "_sort": "authored"}).perform_iter(server))
    assert [len(page.entry) for page in pages] == [2, 2, 1]
    assert {page.total for page in pages} == {5}
    found = [entry.resource.id for page in pages for entry in page.entry]
    assert sorted(found) == sorted(str(made.id) for made in five)


def test_the_client_brings_along_what_is_pointed_at(practice: System, five: list[MadeReferral]) -> None:
    server = connect(practice).server
    search = ServiceRequest.where({"status": "completed"}).include("subject").include("requester")
    found = list(search.perform_resources_iter(server))
    assert sorted(each.resource_type for each in found) == ["Organization", "Patient", "ServiceRequest"]
    (person,) = [each for each in found if isinstance(each, Patient)]
    assert person.id == str(five[0].person_id)


def test_the_client_finds_what_points_at_a_referral(practice: System, five: list[MadeReferral]) -> None:
    server = connect(practice).server
    search = ServiceRequest.where({"_id": str(five[0].id)}).include("focus", Task, reverse=True)
    found = [each.resource_type for each in search.perform_resources_iter(server)]
    assert found[0] == "ServiceRequest"
    assert found.count("Task") >= 1


def test_what_is_not_there_or_not_theirs_is_told_apart_from_what_is_forbidden(
    practice: System, system_of: Callable[..., System], refer: Refer, place: MadePlace
) -> None:
    made = refer(ReferralStatus.RECEIVED)
    stranger = connect(system_of(place.other_practice)).server
    with pytest.raises(FHIRNotFoundException) as absent:
        ServiceRequest.read(str(made.id), stranger)
    assert OperationOutcome(absent.value.response.json()).issue[0].code == "not-found"
    narrow = connect(practice, "system/Task.rs").server
    with pytest.raises(FHIRPermissionDeniedException) as forbidden:
        ServiceRequest.read(str(made.id), narrow)
    assert "system/ServiceRequest.r" in OperationOutcome(forbidden.value.response.json()).issue[0].diagnostics
    unknown = FHIRClient(settings={"app_id": "nobody", "api_base": practice.base})
    with pytest.raises(FHIRUnauthorizedException) as unsigned:
        ServiceRequest.read(str(made.id), unknown.server)
    assert OperationOutcome(unsigned.value.response.json()).issue[0].code == "security"


def test_the_client_makes_a_referral_in_a_transaction(practice: System) -> None:
    server = connect(practice, "system/*.rs system/*.cu").server
    answer = Bundle(Bundle(transaction()).create(server))
    assert answer.type == "transaction-response"
    assert [each.response.status[:3] for each in answer.entry] == ["201", "201", "201"]
    (made,) = [each.response.location for each in answer.entry if "ServiceRequest/" in each.response.location]
    request = ServiceRequest.read(made.split("ServiceRequest/")[1].split("/")[0], server)
    assert request.status == "active"


def test_the_client_is_told_what_is_wrong_with_each_entry(practice: System) -> None:
    server = connect(practice, "system/*.rs system/*.cu").server
    bundle = transaction()
    bundle["entry"][0]["resource"]["gender"] = "banana"
    with pytest.raises(requests.HTTPError) as refused:
        server.post_json("", bundle)
    (issue,) = told(refused.value).issue
    assert issue.expression == ["Bundle.entry[0].resource.gender"]


def test_the_client_moves_a_providers_task(provider: System, refer: Refer) -> None:
    made, server = refer(ReferralStatus.ACTIVE), connect(provider, "system/*.rs system/Task.u").server
    task = Task.read(str(made.placement_id), server)
    assert task.status == "requested"
    task.status = "accepted"
    answer = Task(task.update(server))
    assert answer.status == "accepted"
    assert answer.meta.versionId != task.meta.versionId
    task.status = "completed"
    with pytest.raises(requests.HTTPError) as refused:
        task.update(server)
    assert refused.value.response.status_code in (409, 422)
    assert told(refused.value).issue[0].diagnostics


def test_the_client_sends_a_message(practice: System, place: MadePlace) -> None:
    server = connect(practice, "system/*.rs referral.write").server
    message = json.loads(make_message(place.practices[0]))
    server.session.headers.update({"X-Request-Id": str(uuid4()), "X-Correlation-Id": str(uuid4())})
    answer = Bundle(server.post_json("$process-message", message).json())
    assert answer.type == "message"
    assert answer.entry[0].resource.response.code == "ok"
