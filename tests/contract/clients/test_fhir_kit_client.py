"""The JavaScript client fhir-kit-client signs in, reads, pages, follows references and writes here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from app.domain.lifecycle import ReferralStatus
from tests.contract.clients.node_programs import run
from tests.contract.clients.world import System
from tests.factories import MadePlace, MadeReferral, make_message
from tests.integration.api_fhir_write.writer import transaction

Json = dict[str, Any]
Refer = Callable[..., MadeReferral]


def call(method: str, **args: Any) -> Json:
    """One call of the client."""
    return {"call": method, "args": args}


def ask(system: System, *calls: Json) -> list[Json]:
    """What the client makes of the calls, one after the other, after it has signed in."""
    key = system.key.as_dict(private=True)
    who = {"base": system.base, "clientId": system.client_id, "key": key, "kid": system.key.kid}
    first, *answers = run("kit_client.mjs", [who, *calls])
    assert first["tokenUrl"] == f"{system.address}/oauth2/token"
    return answers


def test_the_client_finds_out_what_we_can_and_where_a_token_is(practice: System) -> None:
    (statement,) = ask(practice, call("capabilityStatement"))
    assert statement["resource"]["resourceType"] == "CapabilityStatement"


def test_the_client_reads_a_version_and_the_history(practice: System, refer: Refer) -> None:
    made = refer(ReferralStatus.CLOSED)
    where = {"resourceType": "ServiceRequest", "id": str(made.id)}
    now, history = ask(practice, call("read", **where), call("history", **where))
    version = now["resource"]["meta"]["versionId"]
    assert now["etag"] == f'W/"{version}"'
    assert history["resource"]["entry"][0]["resource"] == now["resource"]
    oldest = history["resource"]["entry"][-1]["resource"]
    then, again = ask(
        practice,
        call("vread", **where, version=oldest["meta"]["versionId"]),
        call("vread", **where, version=version),
    )
    assert (then["resource"], again["resource"]) == (oldest, now["resource"])


def test_the_client_pages_to_the_end_and_back(practice: System, five: list[MadeReferral]) -> None:
    asked = {"resourceType": "ServiceRequest", "searchParams": {"_count": 2, "_sort": "authored"}}
    search = call("search", **asked)
    first, second, third = ask(practice, search, call("nextPage"), call("nextPage"))
    found = [each["resource"]["id"] for page in (first, second, third) for each in page["resource"]["entry"]]
    assert sorted(found) == sorted(str(made.id) for made in five)
    (posted,) = ask(practice, call("search", **asked, options={"postSearch": True}))
    assert [each["resource"]["id"] for each in posted["resource"]["entry"]] == found[:2]


def test_the_client_resolves_references(practice: System, refer: Refer) -> None:
    made = refer(ReferralStatus.CLOSED)
    answer, person = ask(
        practice,
        call("search", resourceType="ServiceRequest", searchParams={"_include": "ServiceRequest:patient"}),
        call("resolve", reference=f"Patient/{made.person_id}"),
    )
    kinds = {each["resource"]["resourceType"]: each["search"]["mode"] for each in answer["resource"]["entry"]}
    assert kinds == {"ServiceRequest": "match", "Patient": "include"}
    included = [
        each["resource"] for each in answer["resource"]["entry"] if each["search"]["mode"] == "include"
    ]
    assert person["resource"] == included[0]


def test_the_client_makes_a_referral_all_or_nothing(practice: System) -> None:
    spoiled = transaction()
    spoiled["entry"][2]["resource"]["focus"]["reference"] = f"urn:uuid:{uuid4()}"
    refused, none, made, one = ask(
        practice,
        call("transaction", body=spoiled),
        call("search", resourceType="ServiceRequest"),
        call("transaction", body=transaction()),
        call("search", resourceType="ServiceRequest"),
    )
    assert (refused["ok"], refused["resource"]["resourceType"]) == (False, "OperationOutcome")
    assert "Bundle.entry[2]" in refused["resource"]["issue"][0]["expression"][0]
    assert none["resource"]["total"] == 0
    assert made["resource"]["type"] == "transaction-response"
    assert one["resource"]["total"] == 1


def test_the_client_moves_a_providers_task_only_from_where_it_stands(provider: System, refer: Refer) -> None:
    where = {"resourceType": "Task", "id": str(refer(ReferralStatus.ACTIVE).placement_id)}
    (before,) = ask(provider, call("read", **where))
    accepted = {**before["resource"], "status": "accepted"}
    options = {"headers": {"If-Match": before["etag"]}}
    done, late, wrong = ask(
        provider,
        call("update", **where, body=accepted, options=options),
        call("update", **where, body=accepted, options=options),
        call("update", **where, body={**accepted, "status": "draft"}),
    )
    assert (done["status"], done["resource"]["status"]) == (200, "accepted")
    assert done["etag"] not in (None, before["etag"])
    assert (late["status"], late["resource"]["resourceType"]) == (412, "OperationOutcome")
    assert wrong["status"] in (409, 422)
    assert wrong["resource"]["issue"][0]["diagnostics"]


def test_the_client_sends_a_message_once_and_again(practice: System, place: MadePlace) -> None:
    headers = {"X-Request-Id": str(uuid4()), "X-Correlation-Id": str(uuid4())}
    message = json.loads(make_message(place.practices[0]))
    send = call("operation", name="process-message", input=message, options={"headers": headers})
    first, again = ask(practice, send, send)
    assert first["resource"]["entry"][0]["resource"]["response"]["code"] == "ok"
    assert (again["status"], again["resource"]["issue"][0]["code"]) == (409, "duplicate")


def test_what_is_not_there_is_an_outcome_for_the_client(practice: System) -> None:
    (absent,) = ask(practice, call("read", resourceType="ServiceRequest", id=str(uuid4())))
    assert (absent["status"], absent["resource"]["issue"][0]["code"]) == (404, "not-found")
