"""A ServiceRequest by itself: created, withdrawn, added to; and what cannot be done says why."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.store import referrals, tasks
from fhir.systems import OUR_NEEDS
from fhir.xml_writing import to_xml
from tests.factories import MadePlace, make_referral
from tests.integration.api_fhir_write.writer import (
    ORDERS,
    Json,
    Writer,
    patient,
    problems,
    service_request,
    transaction,
)

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def here(writer: Writer) -> Json:
    """A referral as its practice reads it."""
    made = writer.made(transaction())
    return writer.read(made[1]["location"].split("/_history")[0])


def path_of(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def test_request_with_its_patient_contained_is_created(writer: Writer) -> None:
    body = service_request("#pat", contained=[patient(id="pat")])
    answer = writer.post("ServiceRequest", body)
    assert answer.status_code == 201, answer.text
    found = answer.json
    assert answer.headers["Location"].endswith(f"{path_of(found)}/_history/{found['meta']['versionId']}")
    assert answer.headers["ETag"] == f'W/"{found["meta"]["versionId"]}"'
    assert writer.read(path_of(found)) == found
    assert writer.read(found["subject"]["reference"])["name"][0]["family"] == "Okonkwo"


def test_person_who_was_referred_before_is_referred_again_by_id(writer: Writer, here: Json) -> None:
    again = writer.post("ServiceRequest", service_request(here["subject"]["reference"]))
    assert again.status_code == 201, again.text
    assert again.json["subject"] == here["subject"]
    assert again.json["id"] != here["id"]


def test_person_of_another_practice_is_nobody(
    writer_of: Callable[..., Writer], place: MadePlace, here: Json
) -> None:
    stranger = writer_of(place.practices[1])
    answer = stranger.post("ServiceRequest", service_request(here["subject"]["reference"]))
    assert "ServiceRequest.subject" in problems(answer, 422)
    answer = stranger.post("ServiceRequest", service_request(f"Patient/{uuid4()}"))
    assert "ServiceRequest.subject" in problems(answer, 422)


def test_faults_are_named_where_they_stand(writer: Writer) -> None:
    wrong = patient(id="pat", birthDate="2999-01-01", name=[{"given": ["Ada"]}])
    answer = writer.post("ServiceRequest", service_request("#pat", contained=[wrong]))
    assert set(problems(answer, 422)) == {
        "ServiceRequest.contained[0].birthDate",
        "ServiceRequest.contained[0].name[0].family",
    }
    answer = writer.post(
        "ServiceRequest", service_request("#pat", contained=[patient(id="pat")], status="no")
    )
    assert set(problems(answer, 400)) == {"ServiceRequest.status"}
    answer = writer.post(
        "ServiceRequest", service_request("#pat", contained=[patient(id="pat")], doNotPerform=True)
    )
    assert set(problems(answer, 422)) == {"ServiceRequest.doNotPerform"}


def test_request_is_created_once_under_one_request_id(writer: Writer) -> None:
    body, request_id = service_request("#pat", contained=[patient(id="pat")]), str(uuid4())
    first = writer.post("ServiceRequest", body, X_Request_Id=request_id)
    again = writer.post("ServiceRequest", body, X_Request_Id=request_id)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert writer.post("ServiceRequest", body).json["id"] != first.json["id"]


def test_conditional_create_gives_what_is_there(writer: Writer) -> None:
    body = service_request(
        "#pat", contained=[patient(id="pat")], identifier=[{"system": ORDERS, "value": "9"}]
    )
    condition = {"If_None_Exist": f"identifier={ORDERS}|9"}
    first = writer.post("ServiceRequest", body, **condition)
    again = writer.post("ServiceRequest", body | {"priority": "urgent"}, **condition)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    many = writer.post("ServiceRequest", body, If_None_Exist="status=active")
    assert many.status_code == 200
    writer.made(transaction())
    problems(writer.post("ServiceRequest", body, If_None_Exist="status=active"), 412)
    problems(writer.post("ServiceRequest", body, If_None_Exist="colour=red"), 400)
    problems(writer.post("ServiceRequest", body, If_None_Exist=""), 400)


def test_less_is_answered_where_less_is_wished(writer: Writer) -> None:
    body = service_request("#pat", contained=[patient(id="pat")])
    minimal = writer.post("ServiceRequest", body, Prefer="return=minimal")
    assert (minimal.status_code, minimal.data) == (201, b"")
    assert "/_history/" in minimal.headers["Location"]
    outcome = writer.post("ServiceRequest", body, Prefer="return=OperationOutcome")
    assert outcome.json["resourceType"] == "OperationOutcome"


def test_request_in_xml_is_the_same(writer: Writer) -> None:
    raw = to_xml(service_request("#pat", contained=[patient(id="pat")]))
    headers = {"Content_Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
    answer = writer.post("ServiceRequest", raw if isinstance(raw, bytes) else raw.encode(), **headers)
    assert answer.status_code == 201, answer.text
    assert answer.mimetype == "application/fhir+xml"


def test_requester_withdraws_by_status(
    writer: Writer, here: Json, runtime: Runtime, place: MadePlace
) -> None:
    answer = writer.put(
        path_of(here), here | {"status": "revoked"}, If_Match=f'W/"{here["meta"]["versionId"]}"'
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "revoked"
    assert answer.json["meta"]["versionId"] != here["meta"]["versionId"]
    assert writer.read(f"Task/{here['id']}")["status"] == "cancelled"
    again = writer.put(path_of(here), {**here, "status": "revoked"})
    assert (again.status_code, again.json) == (200, answer.json)
    mistaken = writer.put(path_of(here), here | {"status": "entered-in-error"})
    assert mistaken.json["status"] == "entered-in-error"
    problems(writer.put(path_of(here), here), 422)


def test_version_that_has_passed_is_not_changed(writer: Writer, here: Json) -> None:
    problems(writer.put(path_of(here), here | {"status": "revoked"}, If_Match='W/"99"'), 412)
    assert writer.read(path_of(here)) == here


def test_words_and_needs_are_added(writer: Writer, here: Json, runtime: Runtime, place: MadePlace) -> None:
    needs = [*here["reasonCode"], {"coding": [{"system": OUR_NEEDS, "code": "food"}]}]
    sent = here | {"note": [{"text": "Her sister has moved away."}], "reasonCode": needs}
    answer = writer.put(path_of(here), sent)
    assert answer.status_code == 200, answer.text
    codes = [each["coding"][0]["code"] for each in answer.json["reasonCode"]]
    assert codes == ["money-advice", "social-connection", "food"]
    with runtime.db.transaction(place.link_worker) as tx:
        (found,), _ = referrals.list_page(tx, audit="test")
        words = referrals.reason_text(tx, found, audit="test")
        kinds = [each.kind for each in tasks.list_open(tx, audit="test")]
    assert "Lives alone" in words
    assert "Her sister has moved away." in words
    assert "requester-update" in kinds


def test_every_other_change_is_refused_at_its_element(writer: Writer, here: Json) -> None:
    sent = here | {
        "status": "completed",
        "priority": "stat",
        "subject": {"reference": f"Patient/{uuid4()}"},
        "performer": [{"reference": f"Organization/{uuid4()}"}],
        "authoredOn": "2001-01-01",
        "locationCode": [{"text": "At home"}],
    }
    assert set(problems(writer.put(path_of(here), sent), 422)) == {
        f"ServiceRequest.{name}"
        for name in ("status", "priority", "subject", "performer", "authoredOn", "locationCode")
    }
    assert writer.read(path_of(here)) == here
    problems(writer.put(path_of(here), here | {"id": str(uuid4())}), 400)


def test_what_was_read_can_be_sent_back_unchanged(writer: Writer, here: Json) -> None:
    assert writer.put(path_of(here), here).json == here
    short = {name: here[name] for name in ("resourceType", "id", "status", "intent", "subject")}
    assert writer.put(path_of(here), short).json == here


def test_referral_that_has_ended_is_not_withdrawn(writer: Writer, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    ended = writer.read(f"ServiceRequest/{made.id}")
    assert "ServiceRequest.status" in problems(writer.put(path_of(ended), ended | {"status": "revoked"}), 409)


def test_referral_of_another_practice_is_absent(
    writer: Writer, writer_of: Callable[..., Writer], place: MadePlace, here: Json
) -> None:
    stranger, revoked = writer_of(place.practices[1]), here | {"status": "revoked"}
    theirs = problems(stranger.put(path_of(here), revoked), 404)
    nobodys = problems(stranger.put(f"ServiceRequest/{uuid4()}", revoked), 404)
    assert theirs == nobodys
    assert writer.read(path_of(here)) == here


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("POST", "Patient", 422, "only with a referral"),
        ("POST", "Organization", 405, "not created"),
        ("PUT", f"Patient/{NOBODY}", 405, "Updated are"),
        ("DELETE", f"ServiceRequest/{NOBODY}", 405, "Nothing of a referral is deleted"),
        ("PATCH", f"ServiceRequest/{NOBODY}", 405, "whole resource"),
    ],
)
def test_what_is_not_done_says_why(writer: Writer, method: str, path: str, status: int, says: str) -> None:
    answer = writer.send(method, path, patient())
    (sentence,) = problems(answer, status).values()
    assert says in sentence
    if status == 405:
        assert answer.headers["Allow"]
