"""What a practice's system says of a referral reaches the people who act on it, whichever way it says it."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.runtime import Runtime
from app.store import referrals
from tests.factories import MadePlace
from tests.integration.api_fhir_write.writer import (
    ORDERS,
    Json,
    Writer,
    patient,
    problems,
    service_request,
    transaction,
)

FOOD = "Assistance with application for food pantry program"


def created(writer: Writer, **more: object) -> Json:
    body = service_request("#pat", contained=[patient(id="pat")], **more)
    answer = writer.post("ServiceRequest", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def words_of(runtime: Runtime, place: MadePlace, id: str) -> str:
    """What the link worker reads."""
    with runtime.db.transaction(place.link_worker) as tx:
        found = referrals.get(tx, UUID(id), audit="test")
        return referrals.reason_text(tx, found, audit="test")


def test_words_that_are_part_of_a_sentence_are_still_news(
    writer: Writer, runtime: Runtime, place: MadePlace
) -> None:
    here = created(writer, note=[{"text": "Lonely. No known risk of self-harm."}])
    sent = here | {"note": [{"text": "risk of self-harm"}]}
    assert writer.put(f"ServiceRequest/{here['id']}", sent).status_code == 200
    told = words_of(runtime, place, here["id"]).split("\n\n")
    assert told == ["Lonely. No known risk of self-harm.", "risk of self-harm"]


@pytest.mark.parametrize("status", ["revoked", "entered-in-error"])
def test_note_of_a_withdrawal_is_kept_with_it(
    writer: Writer, runtime: Runtime, place: MadePlace, status: str
) -> None:
    here = created(writer)
    sent = here | {"status": status, "note": [{"text": "She has moved to Leeds."}]}
    answer = writer.put(f"ServiceRequest/{here['id']}", sent)
    assert (answer.status_code, answer.json["status"]) == (200, status)
    told = words_of(runtime, place, here["id"])
    assert told.split("\n\n")[-1] == "She has moved to Leeds."
    assert "Lives alone" in told


CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "467761000124107", "display": FOOD}]}
ASKED = {
    "code": CODE,
    "orderDetail": [{"text": "Twice a month"}],
    "reasonReference": [{"display": "Hunger screening of May"}],
    "supportingInfo": [{"display": "Letter from the housing officer"}],
    "locationCode": [{"text": "At home"}],
    "performerType": {"text": "Community worker"},
    "occurrencePeriod": {"start": "2026-12-01", "end": "2027-02-01"},
}
TOLD = (
    f"Asked for: {FOOD}",
    "Detail: Twice a month",
    "Reason: Hunger screening of May",
    "See also: Letter from the housing officer",
    "Where: At home",
    "By whom: Community worker",
    "When: from 2026-12-01 until 2027-02-01",
)


def test_link_worker_reads_all_that_was_asked(writer: Writer, runtime: Runtime, place: MadePlace) -> None:
    words = words_of(runtime, place, created(writer, **ASKED)["id"])
    assert set(TOLD) <= set(words.split("\n\n"))


@pytest.mark.parametrize(
    ("timing", "told"),
    [
        ({"occurrenceDateTime": "2026-12-24"}, "When: 2026-12-24"),
        ({"occurrenceTiming": {"code": {"text": "Every Friday"}}}, "When: Every Friday"),
        (
            {"occurrenceTiming": {"repeat": {"frequency": 1, "period": 2, "periodUnit": "wk"}}},
            "When: 1 times every 2 wk",
        ),
    ],
)
def test_link_worker_reads_when_it_is_wanted(
    writer: Writer, runtime: Runtime, place: MadePlace, timing: Json, told: str
) -> None:
    assert told in words_of(runtime, place, created(writer, **timing)["id"]).split("\n\n")


def test_words_and_haste_of_a_task_reach_the_link_worker(
    writer: Writer, runtime: Runtime, place: MadePlace
) -> None:
    bundle = transaction(priority="routine")
    bundle["entry"][2]["resource"] |= {
        "priority": "urgent",
        "reasonCode": {"text": "Eviction is near"},
        "input": [{"type": {"text": "Best time to ring"}, "valueString": "after six"}],
    }
    made = writer.made(bundle)[1]["location"].split("/")[1]
    assert writer.read(f"ServiceRequest/{made}")["priority"] == "urgent"
    told = words_of(runtime, place, made).split("\n\n")
    assert {"Reason: Eviction is near", "Best time to ring: after six"} <= set(told)


def test_what_nobody_reads_is_named_for_information(writer: Writer) -> None:
    bundle = transaction(specimen=[{"display": "Blood"}], supportingInfo=[{"reference": "Observation/away"}])
    issues = writer.made(bundle)[1]["outcome"]["issue"]
    assert {issue["expression"][0] for issue in issues} == {
        "Bundle.entry[1].resource.specimen",
        "Bundle.entry[1].resource.supportingInfo[0]",
    }
    assert {issue["severity"] for issue in issues} == {"information"}


def test_practice_reads_back_what_it_wrote(writer: Writer) -> None:
    authored = "2026-11-03T08:15:00+00:00"
    here = writer.read(f"ServiceRequest/{created(writer, authoredOn=authored, **ASKED)['id']}")
    assert here["authoredOn"] == authored
    assert here["code"]["coding"][1:] == CODE["coding"]
    assert {"text": "Lives alone since the autumn and would like company."} in here["note"]
    assert here["orderDetail"] == ASKED["orderDetail"]
    assert here["occurrencePeriod"] == ASKED["occurrencePeriod"]
    found = writer.get("ServiceRequest?authored=2026-11-03")
    assert [each["resource"]["id"] for each in found.json["entry"]] == [here["id"]]
    assert writer.read(f"Task/{here['id']}")["authoredOn"] != authored


def test_every_identifier_is_kept_with_its_system(writer: Writer) -> None:
    own = [{"system": ORDERS, "value": "A1"}, {"system": "urn:oid:1.2.3", "value": "B|2"}, {"value": "C3"}]
    here = created(writer, identifier=own)
    assert here["identifier"][2:] == own
    created(writer, identifier=[{"system": "https://other.example", "value": "A1"}])

    def found(value: str) -> int:
        answer = writer.get(f"ServiceRequest?identifier={value}")
        assert answer.status_code == 200, answer.text
        return int(answer.json["total"])

    told = {value: found(value) for value in (f"{ORDERS}|A1", "A1", "|A1", "|C3", "C3", "urn:oid:1.2.3|A1")}
    assert told == {f"{ORDERS}|A1": 1, "A1": 2, "|A1": 0, "|C3": 1, "C3": 1, "urn:oid:1.2.3|A1": 0}
    body = service_request("#pat", contained=[patient(id="pat")], identifier=own)
    again = writer.post("ServiceRequest", body, If_None_Exist=f"identifier={ORDERS}|A1&status=active")
    assert (again.status_code, again.json["id"]) == (200, here["id"])


def test_own_copy_of_the_practice_changes_nothing(writer: Writer) -> None:
    body = service_request(
        "#pat",
        contained=[patient(id="pat")],
        identifier=[{"system": ORDERS, "value": "A1"}],
        authoredOn="2026-11-03",
        **ASKED,
    )
    body["reasonCode"].append({"text": "Lonely", "coding": [{"display": "Social isolation"}]})
    here = writer.post("ServiceRequest", body).json
    answer = writer.put(f"ServiceRequest/{here['id']}", body | {"id": here["id"]})
    assert (answer.status_code, answer.json) == (200, here)
    changed = body | {"id": here["id"], "orderDetail": [{"text": "Once a month"}]}
    other = writer.put(f"ServiceRequest/{here['id']}", changed)
    assert set(problems(other, 422)) == {"ServiceRequest.orderDetail"}


@pytest.mark.parametrize("status", ["draft", "completed", "on-hold", "revoked"])
def test_new_referral_that_is_not_active_is_refused_by_rule(writer: Writer, status: str) -> None:
    body = service_request("#pat", contained=[patient(id="pat")], status=status)
    answer = writer.post("ServiceRequest", body)
    assert "status active" in problems(answer, 422)["ServiceRequest.status"]
    assert answer.json["issue"][0]["code"] == "business-rule"
    assert "Bundle.entry[1].resource.status" in problems(writer.post("", transaction(status=status)), 422)


def test_two_entries_of_one_name_are_refused(writer: Writer) -> None:
    bundle = transaction()
    bundle["entry"][1]["fullUrl"] = bundle["entry"][0]["fullUrl"]
    assert "Bundle.entry[1].fullUrl" in problems(writer.post("", bundle), 400)


def test_relative_references_meet_the_entries_of_their_server(writer: Writer) -> None:
    bundle = transaction()
    for entry, name in zip(bundle["entry"], ("Patient/p1", "ServiceRequest/s1", "Task/t1"), strict=True):
        entry["fullUrl"] = f"https://gp.example/fhir/{name}"
    bundle["entry"][1]["resource"]["subject"]["reference"] = "Patient/p1"
    bundle["entry"][2]["resource"]["focus"]["reference"] = "ServiceRequest/s1"
    bundle["entry"][2]["resource"]["for"]["reference"] = "Patient/p1"
    made = writer.made(bundle)
    assert [each["status"] for each in made] == ["201 Created"] * 3


def test_outcome_of_a_request_alone_names_what_nobody_reads(writer: Writer) -> None:
    body = service_request("#pat", contained=[patient(id="pat")], specimen=[{"display": "Blood"}])
    created_so = writer.post("ServiceRequest", body, Prefer="return=OperationOutcome")
    tried = writer.post("ServiceRequest/$validate?mode=create", body)
    for answer in (created_so, tried):
        found = {issue.get("expression", [""])[0]: issue["severity"] for issue in answer.json["issue"]}
        assert found.get("ServiceRequest.specimen") == "information", answer.text
