"""The Python client fhirpy reads, searches, checks and writes here as at any FHIR server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import (
    AuthorizationError,
    ForbiddenError,
    MultipleResourcesFound,
    OperationOutcome,
    ResourceNotFound,
)

from app.domain.lifecycle import ReferralStatus
from tests.contract.clients.world import System
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_write.writer import service_request, transaction

Refer = Callable[..., MadeReferral]


def connect(system: System, **headers: str) -> SyncFHIRClient:
    """A client with a token."""
    return SyncFHIRClient(system.base, authorization=f"Bearer {system.token()}", extra_headers=headers)


def test_the_client_reads_a_referral_and_follows_its_references(practice: System, refer: Refer) -> None:
    made, client = refer(ReferralStatus.CLOSED), connect(practice)
    request = client.get("ServiceRequest", str(made.id))
    assert request["status"] == "completed"
    person = client.reference(reference=request["subject"]["reference"]).to_resource()
    assert person["name"][0]["family"] == "Okonkwo"
    team = client.reference(reference=request["performer"][0]["reference"]).to_resource()
    assert team["name"] == "Hackney team"


def test_the_client_pages_to_the_end_and_counts(practice: System, five: list[MadeReferral]) -> None:
    client = connect(practice)
    search = client.resources("ServiceRequest").sort("authored").limit(2)
    assert sorted(each.id for each in search) == sorted(str(made.id) for made in five)
    assert client.resources("ServiceRequest").count() == 5
    assert client.resources("ServiceRequest").search(status="completed").count() == 1
    assert client.resources("ServiceRequest").search(status__not="completed").count() == 4


def test_the_client_searches_by_dates_references_and_identifiers(
    practice: System, five: list[MadeReferral], place: MadePlace
) -> None:
    client, person = connect(practice), str(five[0].person_id)
    requests = client.resources("ServiceRequest")
    assert requests.search(authored__ge="2020-01-01", authored__lt="2020-02-01").count() == 0
    assert requests.search(patient=f"Patient/{person}").get().id == str(five[0].id)
    assert requests.search(requester=f"Organization/{place.practices[0].id}").count() == 5
    surgery = client.resources("Organization").search(
        identifier=f"https://fhir.nhs.uk/Id/ods-organization-code|{place.practices[0].ods}"
    )
    assert surgery.get().id == str(place.practices[0].id)
    with pytest.raises(MultipleResourcesFound):
        requests.get()


def test_the_client_brings_along_what_is_pointed_at(practice: System, five: list[MadeReferral]) -> None:
    search = connect(practice).resources("ServiceRequest").search(_id=str(five[0].id))
    bundle = search.include("ServiceRequest", "patient").revinclude("Task", "focus").fetch_raw()
    modes = {(each.resource.resource_type, each.search.mode) for each in bundle.entry}
    assert modes == {("ServiceRequest", "match"), ("Patient", "include"), ("Task", "include")}


def test_the_client_asks_again_and_is_spared_what_it_has(practice: System, five: list[MadeReferral]) -> None:
    request = connect(practice).resources("ServiceRequest").search(_id=str(five[0].id)).first()
    assert request is not None
    before = dict(request)
    assert dict(request.refresh()) == before


@pytest.mark.parametrize(
    "kind", ["Patient", "Organization", "Consent", "CarePlan", "Communication", "Provenance"]
)
def test_the_client_reads_each_thing_that_a_search_found(
    practice: System, five: list[MadeReferral], kind: str
) -> None:
    client = connect(practice)
    for found in client.resources(kind).limit(20).fetch():
        assert client.get(kind, found.id)["id"] == found.id


def test_refusals_arrive_as_the_errors_of_the_client(practice: System, refer: Refer) -> None:
    made, client = refer(ReferralStatus.RECEIVED), connect(practice)
    with pytest.raises(ResourceNotFound, match="not-found"):
        client.get("ServiceRequest", "00000000-0000-4000-8000-000000000000")
    with pytest.raises(OperationOutcome) as unknown:
        connect(practice, Prefer="handling=strict").resources("ServiceRequest").search(colour="red").fetch()
    assert "colour" in unknown.value.resource["issue"][0]["diagnostics"]
    with pytest.raises(OperationOutcome) as undone:
        client.delete("ServiceRequest", str(made.id))
    assert undone.value.resource["issue"][0]["code"] == "not-supported"
    with pytest.raises(AuthorizationError, match="security"):
        SyncFHIRClient(practice.base, authorization="Bearer nonsense").get("Task", str(made.id))


def test_the_client_checks_a_resource_before_it_sends_it(practice: System) -> None:
    client = connect(practice)
    person = client.resource("Patient", name=[{"family": "Okonkwo"}], gender="female")
    assert not person.is_valid()  # neither number nor birth date: nobody could be told from others
    person["birthDate"] = "1951-03-04"
    assert person.is_valid()
    with pytest.raises(OperationOutcome) as refused:
        client.resource("Patient", gender="banana").is_valid(raise_exception=True)
    assert refused.value.resource["issue"][0]["expression"] == ["Patient.gender"]


def test_the_client_makes_a_referral_and_changes_its_mind(practice: System) -> None:
    client = connect(practice)
    answer = client.execute("", data=transaction())
    assert [each.response.status[:3] for each in answer.entry] == ["201", "201", "201"]
    (request,) = client.resources("ServiceRequest").fetch()
    again = client.resource("ServiceRequest", **service_request(request["subject"]["reference"])).save()
    assert again.id != request.id
    again["status"] = "revoked"
    assert again.save()["status"] == "revoked"
    assert client.get("ServiceRequest", again.id)["status"] == "revoked"


def test_the_client_moves_a_providers_task(provider: System, refer: Refer) -> None:
    made, client = refer(ReferralStatus.ACTIVE), connect(provider)
    task = client.resources("Task").search(status="requested").get()
    assert task.id == str(made.placement_id)
    stale = connect(provider, **{"If-Match": f'W/"{task["meta"]["versionId"]}"'})
    task["status"] = "accepted"
    assert task.save()["status"] == "accepted"
    with pytest.raises(MultipleResourcesFound, match="OperationOutcome"):  # its name for any 412
        stale.resource("Task", **dict(task)).save()
    history = client.execute(f"Task/{task.id}/_history", method="get")
    assert history["type"] == "history"
    assert [each.resource.status for each in history.entry] == ["accepted", "requested"]


def test_a_provider_may_not_write_what_is_a_practices(provider: System, refer: Refer) -> None:
    made, client = refer(ReferralStatus.ACTIVE), connect(provider)
    request = client.get("ServiceRequest", str(made.id))
    with pytest.raises((ForbiddenError, OperationOutcome)) as refused:
        client.save(client.resource("ServiceRequest", **{**request, "status": "revoked"}))
    assert "OperationOutcome" in str(refused.value) or refused.value.resource["issue"]
