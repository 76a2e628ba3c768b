"""A provider's system moves its Task as Gravity has it, and everything that the provider's page does happens."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from werkzeug.http import http_date
from werkzeug.test import TestResponse

from app.domain.errors import Conflict
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import endings
from app.services.helping import delivery
from app.services.shown import views
from fhir.systems import DOS_REJECTED_REASONS, OUR_END_REASONS, OUR_OUTCOMES, SNOMED
from fhir.views_words import OUR_OUTPUTS
from fhir.xml_reading import load_xml
from fhir.xml_writing import to_xml
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader, refusals

Refer = Callable[..., MadeReferral]
ReaderOf = Callable[..., Reader]
NO_CAPACITY = {"coding": [{"system": DOS_REJECTED_REASONS, "code": "22"}], "text": "Full until June"}
BETTER = {
    "type": {"coding": [{"system": OUR_OUTPUTS, "code": "outcome"}]},
    "valueCodeableConcept": {"coding": [{"system": OUR_OUTCOMES, "code": "better"}]},
}


def ended(code: str) -> Json:
    return {"coding": [{"system": OUR_END_REASONS, "code": code}]}


def words(code: str, value: str | int) -> Json:
    kind = "valueString" if isinstance(value, str) else "valueInteger"
    return {"type": {"coding": [{"system": OUR_OUTPUTS, "code": code}]}, kind: value}


class Played:
    """One placement in the hands of its provider's system."""

    def __init__(self, reader: Reader, made: MadeReferral):
        self.reader, self.made, self.path = reader, made, f"Task/{made.placement_id}"

    def read(self) -> Json:
        return self.reader.read(self.path)

    def put(self, status: str, headers: Json | None = None, **changes: Any) -> TestResponse:
        """Write what was read, with another status and changes; None leaves an element out."""
        task = {**self.read(), "status": status, **changes}
        body = {name: value for name, value in task.items() if value is not None}
        return self.reader.put(self.path, body, **(headers or {}))

    def move(self, status: str, **changes: Any) -> Json:
        """The same, which must work."""
        answer = self.put(status, **changes)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})


@pytest.fixture
def played(provider: Reader, refer: Refer) -> Played:
    return Played(provider, refer(ReferralStatus.ACTIVE))


def test_a_task_goes_all_the_way_by_updates_and_the_practice_is_told(
    played: Played, reader: Reader, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    for status in ("accepted", "in-progress"):
        clock.advance(minutes=1)
        answer = played.put(status)
        assert (answer.status_code, answer.json["status"]) == (200, status)
        assert answer.headers["ETag"] == f'W/"{answer.json["meta"]["versionId"]}"'
        assert answer.headers["Last-Modified"] == http_date(clock.now)
        get_fhir_model_class("Task").model_validate(answer.json)
    said = [BETTER, words("summary", "Goes every week."), words("goal", "Company"), words("goal-before", 0)]
    done = played.move("completed", output=[*said, words("goal-after", 7)])
    assert done["output"][0]["valueCodeableConcept"]["coding"][0]["code"] == "better"
    told = [next(iter(each.values())) for each in done["output"][1:]]
    assert [each["coding"][0]["code"] for each in told] == [
        "summary",
        "goal",
        "goal-before",
        "goal-after",
        "plan",
    ]
    seen = reader.read(f"Task/{played.made.placement_id}")
    assert (seen["status"], len(seen["output"])) == ("completed", 2)
    assert reader.read(f"Task/{played.made.id}")["status"] == "completed"
    assert reader.search("Communication")["total"] >= 1
    detail = views.get_placement(runtime.db, place.actor("provider-0"), played.made.placement_id)
    assert detail.outcome.summary == "Goes every week."
    assert (detail.outcome.goal_before, detail.outcome.goal_after) == (0, 7)


def test_what_was_read_can_be_written_again_and_changes_nothing(played: Played) -> None:
    for status, more in (
        ("requested", {}),
        ("accepted", {}),
        ("in-progress", {}),
        ("completed", {"output": [BETTER, words("summary", "Well.")]}),
    ):
        first = played.move(status, **more)
        again = played.put(status)
        assert again.status_code == 200, again.text
        assert again.json == first


def test_a_decline_needs_a_reason_and_asks_the_next(played: Played, reader: Reader) -> None:
    (sentence,) = refusals(played.put("rejected"), 422)
    assert "22 (No capacity)" in sentence
    foreign = {"coding": [{"system": OUR_END_REASONS, "code": "other"}]}
    assert refusals(played.put("rejected", statusReason=foreign), 422)
    done = played.move("rejected", statusReason=NO_CAPACITY)
    assert done["statusReason"]["coding"][0]["display"] == "No capacity"
    assert done["statusReason"]["text"] == "Full until June"
    assert played.move("rejected", statusReason=NO_CAPACITY) == done
    assert refusals(played.put("rejected", statusReason=ended("other")), 422)
    assert refusals(played.put("accepted", statusReason=None), 409)


def test_received_says_that_the_offer_was_seen(played: Played) -> None:
    for _ in range(2):
        seen = played.move("received")
        assert (seen["status"], seen["businessStatus"]["coding"][0]["code"]) == ("requested", "opened")


@pytest.mark.parametrize(
    ("begun", "status", "reason", "outcome"),
    [
        (True, "failed", "could-not-contact", "not-known"),
        (True, "failed", "did-not-engage", "did-not-engage"),
        (True, "cancelled", "person-declined", "not-known"),
        (False, "cancelled", "moved-away", "not-known"),
    ],
)
def test_an_early_end_says_why_and_has_an_honest_outcome(
    begun: bool, status: str, reason: str, outcome: str, played: Played, reader: Reader
) -> None:
    played.move("accepted")
    if begun:
        played.move("in-progress")
    assert refusals(played.put(status), 422)
    done = played.move(status, statusReason=ended(reason))
    assert (done["status"], done["statusReason"]["coding"][0]["code"]) == (status, reason)
    assert done["output"][0]["valueCodeableConcept"]["coding"][0]["code"] == outcome
    assert reader.read(f"Task/{played.made.placement_id}")["status"] == status


def test_the_status_that_is_sent_is_the_status_that_stands(played: Played) -> None:
    played.move("accepted")
    played.move("in-progress")
    snomed = {"coding": [{"system": SNOMED, "code": "871711000000103"}]}
    done = played.move("cancelled", statusReason=snomed)
    assert (done["status"], done["statusReason"]["coding"][0]["code"]) == ("cancelled", "person-declined")
    assert refusals(played.put("failed", statusReason=snomed), 409)


def test_nothing_is_completed_without_its_outcome(played: Played) -> None:
    played.move("accepted")
    (sentence,) = refusals(played.put("completed"), 422)
    assert "did-not-engage" in sentence
    assert played.read()["status"] == "accepted"
    done = played.move("completed", output=[{**BETTER, "type": {"text": "resulting-activity"}}])
    assert done["status"] == "completed"
    worse = copy.deepcopy(BETTER)
    worse["valueCodeableConcept"]["coding"][0]["code"] = "worse"
    assert refusals(played.put("completed", output=[worse]), 422)
    assert refusals(played.put("in-progress", output=None), 409)


def test_of_several_steps_none_is_taken_when_the_last_one_fails(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.move("accepted")
    before = played.read()

    def refuse(*_: Any, **__: Any) -> None:
        raise Conflict("Somebody was faster.")

    with monkeypatch.context() as patch:
        patch.setattr(endings, "complete", refuse)  # it is begun first, in the same update
        assert refusals(played.put("completed", output=[BETTER]), 409)
    assert played.read() == before
    played.move("completed", output=[BETTER])


def test_a_step_that_does_not_follow_is_refused_with_what_does(played: Played) -> None:
    for status in ("in-progress", "completed", "failed", "draft", "ready", "entered-in-error"):
        reason = {"statusReason": ended("other")} if status == "failed" else {}
        (sentence,) = refusals(played.put(status, **reason), 409)
        assert "Allowed from here: received, accepted, accepted with businessStatus waitlisted," in sentence
    played.move("accepted")
    (sentence,) = refusals(played.put("rejected", statusReason=NO_CAPACITY), 409)
    assert "Allowed from here: on-hold, in-progress, completed, failed, cancelled." in sentence
    assert played.read()["status"] == "accepted"


OTHERS: list[tuple[str, Any]] = [
    ("code", {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "approve"}]}),
    ("for", {"reference": "Patient/00000000-0000-4000-8000-000000000000"}),
    ("focus", {"reference": "ServiceRequest/00000000-0000-4000-8000-000000000000"}),
    ("requester", {"reference": "Organization/00000000-0000-4000-8000-000000000000"}),
    ("owner", {"reference": "Organization/00000000-0000-4000-8000-000000000000"}),
    ("partOf", [{"reference": "Task/00000000-0000-4000-8000-000000000000"}]),
    ("basedOn", [{"reference": "ServiceRequest/1"}]),
    ("intent", "plan"),
    ("note", [{"text": "She would rather come on Tuesdays."}]),
    ("priority", "urgent"),
]


def test_every_element_that_cannot_be_changed_is_named_at_once(played: Played) -> None:
    answer = played.put("accepted", **dict(OTHERS))
    sentences = refusals(answer, 422)
    places = {each["expression"][0] for each in answer.json["issue"]}
    assert places == {f"Task.{name}" for name, _ in OTHERS}
    assert not any("Tuesdays" in each for each in sentences)
    assert played.read()["status"] == "requested"


def test_a_modifier_that_nobody_here_understands_is_named(played: Played) -> None:
    modifier = {"modifierExtension": [{"url": "https://example.org/not", "valueBoolean": True}]}
    refusals(played.put("accepted", **modifier), 400)
    assert played.read()["status"] == "requested"


def test_what_means_the_same_may_be_written_otherwise_or_left_out(played: Played) -> None:
    now = played.read()
    done = played.move(
        "accepted",
        focus={"reference": f"http://localhost/FHIR/R4/{now['focus']['reference']}"},
        requester={"reference": now["requester"]["reference"], "display": "Somebody"},
        partOf=[{"reference": f"{now['partOf'][0]['reference']}/_history/1"}],
        owner=None,
        basedOn=None,
        businessStatus=now["businessStatus"] | {"text": "Ours"},
        authoredOn="2020-01-01",
        meta=None,
    )
    assert {name: done[name] for name in ("focus", "owner", "authoredOn")} == {
        name: now[name] for name in ("focus", "owner", "authoredOn")
    }
    bare = {"resourceType": "Task", "id": now["id"], "status": "in-progress", "intent": "order"}
    assert played.reader.put(played.path, bare).json["status"] == "in-progress"


@pytest.mark.parametrize(
    ("output", "where"),
    [
        ({"type": {"text": "Sessions"}, "valueInteger": 6}, "Task.output[1].type"),
        ({"type": {"text": "Summary"}, "valueInteger": 6}, "Task.output[1]"),
        (BETTER, "Task.output[1]"),
        (words("goal-after", 11), "Task.output[1].valueInteger"),
        (words("summary", "x" * 4001), "Task.output[1].valueString"),
        (
            {"type": {"text": "Plan"}, "valueReference": {"reference": "CarePlan/1"}},
            "Task.output[1].valueReference",
        ),
    ],
)
def test_an_output_that_would_be_lost_is_refused(output: Json, where: str, played: Played) -> None:
    played.move("accepted")
    answer = played.put("completed", output=[BETTER, output])
    assert refusals(answer, 422)
    assert [each["expression"] for each in answer.json["issue"]] == [[where]]
    assert refusals(played.put("in-progress", output=[BETTER]), 422)
    assert played.read()["status"] == "accepted"


def test_who_read_an_older_version_is_told_so(played: Played, runtime: Runtime, place: MadePlace) -> None:
    read = played.reader.get(played.path).headers["ETag"]
    delivery.open_offer(runtime.db, place.actor("provider-0"), played.made.placement_id)
    assert refusals(played.put("accepted", {"If_Match": read}), 412)
    for wrong in ('W/"99"', '"x"', "nonsense"):
        assert refusals(played.put("accepted", {"If_Match": wrong}), 412)
    now = played.reader.get(played.path).headers["ETag"]
    assert played.put("accepted", {"If_Match": f'W/"0", {now}'}).status_code == 200
    assert played.put("in-progress", {"If_Match": "*"}).status_code == 200


def test_only_the_provider_that_is_asked_changes_a_task(
    played: Played, reader_of: ReaderOf, place: MadePlace
) -> None:
    body = {**played.read(), "status": "accepted"}
    both = ("referral.read", "referral.write")
    other = reader_of(bound_to=place.providers[1], scopes=both)
    assert refusals(other.put(played.path, body), 404)
    for reader in (
        reader_of(place.practices[0], scopes=both),
        reader_of(bound_to=place.team, scopes=both),
        reader_of(bound_to=place.providers[0], scopes=("referral.read",)),
    ):
        assert refusals(reader.put(played.path, body), 403)
    assert played.reader.http.put(f"/FHIR/R4/{played.path}", json=body).status_code == 401
    assert played.read()["status"] == "requested"
    narrow = reader_of(bound_to=place.providers[0], scopes=("system/Task.u",))
    assert narrow.put(played.path, body).status_code == 200


def test_a_body_that_is_no_such_task_is_refused(played: Played) -> None:
    good = played.read()
    put = played.reader.put
    assert refusals(put(played.path, {**good, "id": "another"}), 400)
    assert refusals(put(played.path, {**good, "status": "banana"}), 400)
    assert refusals(put(played.path, {"resourceType": "Patient", "id": good["id"]}), 400)
    assert refusals(put(played.path, b'{"resourceType": "Task", "status": '), 400)
    assert refusals(put(played.path, good, Content_Type="text/plain"), 415)
    assert refusals(put("Task/00000000-0000-4000-8000-000000000000", {**good, "id": NOBODY}), 404)
    assert refusals(put("Task/x", {**good, "id": "x"}), 404)
    assert played.reader.http.patch(f"/FHIR/R4/{played.path}").status_code == 405


NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_task_is_written_and_answered_in_xml_too(played: Played) -> None:
    body = to_xml({**played.read(), "status": "accepted"})
    xml = "application/fhir+xml"
    answer = played.reader.put(played.path, body, Content_Type=xml, Accept=xml)
    assert answer.status_code == 200, answer.text
    assert load_xml(answer.data) == played.read()


def test_who_prefers_little_gets_only_the_version(played: Played) -> None:
    answer = played.put("accepted", {"Prefer": "return=minimal"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == played.reader.get(played.path).headers["ETag"]


def test_a_task_is_not_created_by_itself(played: Played) -> None:
    new = {name: value for name, value in played.read().items() if name != "id"}
    answer = played.reader.http.post(
        "/FHIR/R4/Task", json=new, headers={"Authorization": f"Bearer {played.reader.token}"}
    )
    (sentence,) = refusals(answer, 422)
    assert "offers a placement" in sentence
