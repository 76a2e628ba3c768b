"""One referral in a transaction: the same as one that came by message, whole or not at all."""

from __future__ import annotations

import copy
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, table

from app.runtime import Runtime
from app.services.caring import triage
from app.store import referrals
from fhir.xml_writing import to_xml
from tests.factories import MadePlace, make_nhs_number
from tests.integration.api_fhir_write.writer import (
    ORDERS,
    Json,
    Writer,
    entry,
    patient,
    problems,
    service_request,
    transaction,
)


@pytest.fixture
def counted(admin: Engine) -> Callable[[], dict[str, int]]:
    """How many rows the tables of a referral have."""

    def count() -> dict[str, int]:
        with admin.connect() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
                for name in ("referral", "person", "task", "transition", "inbox_message")
            }

    return count


def test_patient_request_and_task_in_one_become_a_referral(writer: Writer) -> None:
    who, what, asked = writer.made(transaction())
    assert [each["status"] for each in (who, what, asked)] == ["201 Created"] * 3
    request = writer.read(what["location"].split("/_history")[0])
    assert request["status"] == "active"
    assert what["etag"] == f'W/"{request["meta"]["versionId"]}"'
    assert what["lastModified"] == request["meta"]["lastUpdated"]
    assert who["location"].startswith(request["subject"]["reference"])
    assert asked["location"].startswith(f"Task/{request['id']}/")
    assert [each["coding"][0]["code"] for each in request["reasonCode"]] == [
        "money-advice",
        "social-connection",
    ]


def test_link_worker_reads_it_as_any_other_referral(
    writer: Writer, runtime: Runtime, place: MadePlace
) -> None:
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "proposed",
        "description": {"text": "Go out once a week"},
        "subject": {"display": "the patient"},
    }
    writer.made(transaction(entry(goal), code={"text": "Befriending"}))
    with runtime.db.transaction(place.link_worker) as tx:
        (found,), total = referrals.list_page(tx, audit="test")
        words = referrals.reason_text(tx, found, audit="test")
    assert total == 1
    assert found.requester_id == place.practices[0].id
    assert "Befriending" in words
    assert "Goal: Go out once a week" in words
    assert "Lives alone" in words
    triage.start(runtime.db, place.link_worker, found.id)
    assert writer.read(f"Task/{found.id}")["status"] == "accepted"


def test_nothing_is_kept_when_one_entry_is_at_fault(
    writer: Writer, counted: Callable[[], dict[str, int]]
) -> None:
    before = counted()
    for number, place, change in (
        (0, "Bundle.entry[0].resource.birthDate", {"birthDate": "2999-01-01"}),
        (0, "Bundle.entry[0].resource.deceasedBoolean", {"deceasedBoolean": True}),
        (1, "Bundle.entry[1].resource.status", {"status": "draft"}),
        (1, "Bundle.entry[1].resource.intent", {"intent": "proposal"}),
        (2, "Bundle.entry[2].resource.status", {"status": "completed"}),
        (2, "Bundle.entry[2].resource.focus", {"focus": {"reference": f"urn:uuid:{uuid4()}"}}),
    ):
        bundle = transaction()
        bundle["entry"][number]["resource"] |= change
        answer = writer.post("", bundle)
        assert answer.status_code in (400, 422), answer.text
        assert any(where.startswith(place) for where in problems(answer, answer.status_code)), answer.text
    assert counted() == before


def test_every_entry_that_cannot_be_taken_is_named_at_once(writer: Writer) -> None:
    bundle = transaction(
        entry({"resourceType": "Basic", "code": {"text": "x"}}),
        entry(service_request("Patient/x"), method="PUT", url="ServiceRequest/1"),
        {"request": {"method": "DELETE", "url": "Patient/1"}},
    )
    bundle["entry"][0]["request"]["url"] = "Patient/1"
    assert set(problems(writer.post("", bundle), 422)) == {
        "Bundle.entry[0].request.url",
        "Bundle.entry[3].resource",
        "Bundle.entry[4].request.method",
        "Bundle.entry[5].request.method",
        "Bundle.entry[4].resource",
    }


def test_consent_that_says_no_refuses_the_whole(
    writer: Writer, counted: Callable[[], dict[str, int]]
) -> None:
    consent: Json = {
        "resourceType": "Consent",
        "status": "rejected",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "treatment"}]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "policyRule": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]
        },
    }
    answer = writer.post("", transaction(entry(consent)))
    assert "Bundle.entry[3].resource.status" in problems(answer, 422)
    assert counted()["referral"] == 0


def test_people_are_never_merged_by_a_number_alone(writer: Writer) -> None:
    number = make_nhs_number()
    first = writer.made(transaction(number=number))[0]
    again = writer.made(transaction(number=number))[0]
    other = transaction(number=number)
    other["entry"][0]["resource"]["birthDate"] = "1980-01-01"
    stranger = writer.made(other)[0]
    ids = [each["location"].split("/")[1] for each in (first, again, stranger)]
    assert ids[0] == ids[1] != ids[2]


def test_live_number_of_a_sandbox_practice_is_refused_at_its_place(writer: Writer) -> None:
    (place,) = problems(writer.post("", transaction(number="4010232137")), 422)
    assert place.startswith("Bundle.entry[0].resource.identifier[0]")


def test_repeat_of_a_transaction_changes_nothing(
    writer: Writer, counted: Callable[[], dict[str, int]]
) -> None:
    bundle, request_id = transaction(), str(uuid4())
    first = writer.made(bundle, X_Request_Id=request_id)
    before = counted()
    assert writer.made(bundle, X_Request_Id=request_id) == first
    assert writer.made(bundle, X_Request_Id=str(uuid4())) == first
    assert counted() == before
    other = copy.deepcopy(bundle)
    other["entry"][1]["resource"]["priority"] = "urgent"
    problems(writer.post("", other, X_Request_Id=request_id), 422)


def test_order_number_is_used_once(
    writer: Writer, writer_of: Callable[..., Writer], place: MadePlace
) -> None:
    numbered = [{"system": ORDERS, "value": "17"}]
    writer.made(transaction(identifier=numbered))
    sentences = problems(writer.post("", transaction(identifier=numbered)), 422)
    assert "used before" in sentences["Bundle.entry[1].resource"]
    elsewhere = writer_of(place.practices[1])
    assert elsewhere.post("", transaction(identifier=numbered)).status_code == 200


def test_conditional_create_finds_what_is_there(
    writer: Writer, counted: Callable[[], dict[str, int]]
) -> None:
    bundle = transaction(identifier=[{"system": ORDERS, "value": "18"}])
    bundle["entry"][1]["request"]["ifNoneExist"] = f"identifier={ORDERS}|18"
    made = writer.made(bundle)
    before = counted()
    bundle["entry"][1]["resource"]["note"] = [{"text": "Other words."}]
    found = writer.made(bundle)
    assert [each["status"] for each in found] == ["200 OK"] * 3
    assert [each["location"] for each in found] == [each["location"] for each in made]
    assert counted() == before


def test_patient_who_is_known_is_used_again(writer: Writer) -> None:
    number = make_nhs_number()
    made = writer.made(transaction(number=number))
    bundle = transaction(number=number)
    bundle["entry"][0]["request"]["ifNoneExist"] = f"identifier=https://fhir.nhs.uk/Id/nhs-number|{number}"
    bundle["entry"].append(
        entry(
            {
                "resourceType": "Condition",
                "subject": {"reference": bundle["entry"][0]["fullUrl"]},
                "code": {"text": "Loneliness"},
            }
        )
    )
    found = writer.made(bundle)
    assert found[0]["status"] == "200 OK"
    assert found[0]["location"].split("/")[1] == made[0]["location"].split("/")[1]
    assert found[1]["status"] == "201 Created"
    assert found[3]["outcome"]["issue"][0]["severity"] == "information"


def test_system_refers_for_nobody_but_its_practice(
    writer_of: Callable[..., Writer], place: MadePlace
) -> None:
    organisation = {
        "resourceType": "Organization",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A81002"}],
        "name": "Another surgery",
    }
    named = entry(organisation)
    bundle = transaction(named, requester={"reference": named["fullUrl"]})
    assert writer_of(place.practices[0]).post("", bundle).status_code == 403
    assert writer_of(place.practices[0], scopes=("referral.read",)).post("", transaction()).status_code == 403
    assert Writer(writer_of(place.practices[0]).http, "none").post("", transaction()).status_code == 401


def test_same_transaction_in_xml_is_taken(writer: Writer) -> None:
    raw = to_xml(transaction())
    headers = {"Content_Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
    answer = writer.post("", raw.encode() if isinstance(raw, str) else raw, **headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/fhir+xml"
    assert answer.text.count("201 Created") == 3


def test_who_asks_for_the_resources_gets_them(writer: Writer) -> None:
    answer = writer.post("", transaction(), Prefer="return=representation")
    assert [each["resource"]["resourceType"] for each in answer.json["entry"]] == [
        "Patient",
        "ServiceRequest",
        "Task",
    ]


def test_other_bundles_are_sent_elsewhere(writer: Writer) -> None:
    for kind in ("message", "collection", "searchset"):
        assert "Bundle.type" in problems(writer.post("", transaction() | {"type": kind}), 422)
    problems(writer.post("", patient()), 400)


def test_what_is_not_taken_over_is_said(writer: Writer) -> None:
    bundle = transaction(
        code={"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "Befriending"}]},
        reasonReference=[{"reference": "Condition/elsewhere"}],
    )
    bundle["entry"][2]["resource"]["owner"] = {"display": "Somebody"}
    who, what, asked = writer.made(bundle)
    said = {issue["expression"][0]: issue["severity"] for issue in what["outcome"]["issue"]}
    assert said == {"Bundle.entry[1].resource.reasonReference[0]": "information"}
    assert [issue["expression"] for issue in asked["outcome"]["issue"]] == [["Task.owner"]]
    assert "outcome" not in who
    assert "Befriending" in str(writer.read(what["location"].split("/_history")[0])["note"])


def test_a_new_request_is_its_first_version(writer: Writer) -> None:
    location = writer.made(transaction())[1]["location"]
    assert location.endswith("/_history/1")
    assert writer.read(location)["meta"]["versionId"] == "1"


def test_a_wrong_check_digit_is_said_in_the_sandbox_and_said_again(writer: Writer) -> None:
    number = make_nhs_number()
    bundle = transaction(number=number[:-1] + str((int(number[-1]) + 1) % 10))
    for _ in range(2):
        (issue,) = writer.made(bundle, **{"X-Request-Id": "5b8a3c0e-6b8e-4a2f-9a7c-0f6d1c2b3a4d"})[1][
            "outcome"
        ]["issue"]
        assert issue["severity"] == "warning"
        assert issue["expression"] == ["Bundle.entry[0].resource.identifier[0].value"]
        assert issue["diagnostics"].startswith(f"{issue['expression'][0]}: ")
