"""Every resource that we emit is sound to validators that nobody here wrote, by R4, UK Core and BaRS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import requests

from app.domain.lifecycle import ReferralStatus
from fhir.outbound import accepted_response, acknowledgement_message, outcome_message
from fhir.outbound_status import status_message
from fhir.xml_reading import load_xml
from tests.contract.clients.judging import BARS, judge
from tests.contract.clients.node_programs import run
from tests.contract.clients.world import System
from tests.contract.fhir.reports import ANSWER, REPORTS, UPDATES
from tests.factories import MadePlace, MadeReferral, make_message
from tests.integration.api_fhir_write.writer import transaction

Json = dict[str, Any]
Refer = Callable[..., MadeReferral]
MESSAGE_PROFILES = {
    "Bundle": f"{BARS}BARSBundleMessage",
    "MessageHeader": f"{BARS}BARSMessageHeader-servicerequest-response",
}


class Door:
    """Plain HTTP with a token: what comes back is kept as it came."""

    def __init__(self, system: System):
        self.base = system.base
        self.headers = {"Authorization": f"Bearer {system.token()}", "Accept": "application/fhir+json"}

    def send(self, method: str, path: str, body: Json | None = None, **headers: str) -> requests.Response:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {"Content-Type": "application/fhir+json"} if body is not None else {}
        raw = json.dumps(body) if body is not None else None
        return requests.request(
            method, f"{self.base}/{path}", data=raw, headers={**self.headers, **content, **told}, timeout=60
        )

    def get(self, path: str) -> Json:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def everything(door: Door) -> Iterator[tuple[str, Json]]:
    """The CapabilityStatement, and of every type in it a search and each resource found, its versions and history."""
    statement = door.get("metadata")
    yield "metadata", statement
    for told in statement["rest"][0]["resource"]:
        kind, can = told["type"], {each["code"] for each in told["interaction"]}
        if "search-type" not in can:
            continue
        found = door.get(f"{kind}?_count=100")
        yield f"search of {kind}", found
        for entry in found.get("entry", ()):
            where = f"{kind}/{entry['resource']['id']}"
            yield where, door.get(where)
            if "history-instance" in can:
                yield f"{where}/_history", door.get(f"{where}/_history")


def test_all_that_a_practice_can_read_is_sound(practice: System, refer: Refer) -> None:
    for status in (
        ReferralStatus.CLOSED,
        ReferralStatus.RECEIVED,
        ReferralStatus.WAITING,
        ReferralStatus.WITHDRAWN,
    ):
        refer(status)
    seen = dict(everything(Door(practice)))
    kinds = {name.split("/")[0] for name in seen if "/" in name}
    assert {"ServiceRequest", "Task", "Patient", "Observation", "Communication", "AuditEvent"} <= kinds
    assert judge(seen) == {}


def test_all_that_a_provider_can_read_is_sound(provider: System, refer: Refer) -> None:
    refer(ReferralStatus.CLOSED)
    refer(ReferralStatus.WAITING)
    seen = dict(everything(Door(provider)))
    assert any(name.startswith("Task/") for name in seen)
    assert judge(seen) == {}


def test_what_a_write_is_answered_with_is_sound(practice: System, place: MadePlace) -> None:
    door, ids = Door(practice), {"X_Request_Id": str(uuid4()), "X_Correlation_Id": str(uuid4())}
    message = json.loads(make_message(place.practices[0]))
    batch = {"resourceType": "Bundle", "type": "batch", "entry": []}
    batch["entry"] = [
        {"request": {"method": "GET", "url": url}} for url in ("Task", "Patient/none", "metadata")
    ]
    answers = {
        "transaction": door.send("POST", "", transaction()),
        "batch": door.send("POST", "", batch),
        "message": door.send("POST", "$process-message", message, **ids),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert judge({name: answer.json() for name, answer in answers.items()}) == {}


def test_every_refusal_is_a_sound_outcome(practice: System, refer: Refer, place: MadePlace) -> None:
    door, made = Door(practice), refer(ReferralStatus.RECEIVED)
    ids = {"X_Request_Id": str(uuid4()), "X_Correlation_Id": str(uuid4())}
    message = json.loads(make_message(place.practices[0]))
    asked = {
        400: ("POST", "$process-message", {"resourceType": "Bundle"}, ids),
        401: ("GET", "Task", None, {"Authorization": "Bearer nonsense"}),
        404: ("GET", f"ServiceRequest/{uuid4()}", None, {}),
        405: ("DELETE", f"ServiceRequest/{made.id}", None, {}),
        406: ("GET", "Task", None, {"Accept": "text/html"}),
        409: ("POST", "$process-message", message, ids),
        412: (
            "PUT",
            f"ServiceRequest/{made.id}",
            door.get(f"ServiceRequest/{made.id}"),
            {"If_Match": 'W/"0"'},
        ),
        415: ("POST", "$process-message", message, {"Content_Type": "text/plain"}),
        422: ("POST", "Patient", {"resourceType": "Patient", "gender": "female"}, {}),
    }
    assert door.send("POST", "$process-message", message, **ids).status_code == 200
    answers = {status: door.send(*told[:3], **told[3]) for status, told in asked.items()}
    assert [answer.status_code for answer in answers.values()] == list(asked)
    told = {str(status): answer.json() for status, answer in answers.items()}
    assert {each["resourceType"] for each in told.values()} == {"OperationOutcome"}
    assert judge(told) == {}


def test_every_message_that_we_send_is_a_sound_message_of_the_standard() -> None:
    messages = {f"outcome, {name}": outcome_message(report) for name, report in REPORTS.items()}
    messages |= {f"status, {name}": status_message(update) for name, update in UPDATES.items()}
    assert judge(messages, profiles=MESSAGE_PROFILES) == {}


def test_our_answers_to_messages_are_sound() -> None:
    answers = {
        "taken": accepted_response(ANSWER, referral_id="7d1f4b1e-0000-4000-8000-000000000007"),
        "acknowledged": acknowledgement_message(ANSWER),
    }
    assert judge(answers, profiles=MESSAGE_PROFILES) == {}


def test_our_xml_means_what_our_json_means_to_another_reader(practice: System, refer: Refer) -> None:
    refer(ReferralStatus.CLOSED)
    door = Door(practice)
    seen = {name: resource for name, resource in everything(door) if name == "metadata" or "/" in name}
    written = [{"xml": door.send("GET", name, Accept="application/fhir+xml").text} for name in seen]
    read = [each["resource"] for each in run("convert.mjs", written)]
    assert dict(zip(seen, read, strict=True)) == seen


def test_xml_of_another_writer_is_read_as_its_json(practice: System, refer: Refer) -> None:
    refer(ReferralStatus.CLOSED)
    seen = dict(everything(Door(practice)))
    written = run("convert.mjs", [{"resource": each} for each in seen.values()])
    assert [load_xml(each["xml"].encode()) for each in written] == list(seen.values())


SOUND: Json = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}],
    "gender": "female",
}
SPOILED: dict[str, Json] = {
    "banana": {"gender": "banana"},
    "Patient.gender": {"gender": ["female"]},
    "birthDate": {"birthDate": "1951-13-45"},
    "colour": {"colour": "red"},
    "identifier": {"identifier": [*SOUND["identifier"], *SOUND["identifier"]]},  # UK Core: one NHS number
    "pat-1": {"contact": [{"gender": "male"}]},
}


def test_the_validators_find_what_is_wrong() -> None:
    found = judge({"sound": SOUND, **{word: SOUND | change for word, change in SPOILED.items()}})
    assert set(found) == set(SPOILED)
    assert [word for word, problems in found.items() if word not in " ".join(problems)] == []


def test_the_validators_find_what_breaks_the_messaging_standard() -> None:
    message = outcome_message(REPORTS["helped"])
    del message["timestamp"]
    del message["entry"][0]["resource"]["reason"]
    found = judge({"spoiled": message}, profiles=MESSAGE_PROFILES)
    assert "timestamp" in " ".join(found["spoiled"])
    assert "reason" in " ".join(found["spoiled > MessageHeader"])
