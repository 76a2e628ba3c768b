"""What the writers of single resources put in and leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.domain.vocabulary import NewsKind
from fhir.views import care_plan, communication, service_request, task
from fhir.views_evidence import observation, questionnaire_response
from fhir.views_parties import healthcare_service, patient
from fhir.views_shape import Summary, elements_of_type, shaped
from fhir.views_table import KINDS
from fhir.views_values import (
    Coded,
    ItemShown,
    MeasureShown,
    NewsShown,
    OutcomeShown,
    PatientShown,
    PlanShown,
    ReferralShown,
    ServiceShown,
    TaskShown,
)
from fhir.views_words import COMMUNICATION_STATUS, SERVICE_REQUEST_STATUS, TASK_STATUS
from fhir.writing import Json

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BETTER = Coded("better", "Things are better for the person")
PERSON = PatientShown(
    id="p-1",
    nhs_number="9000000009",
    nhs_number_verified=True,
    prefix="Ms",
    given=("Adaeze",),
    family="Okonkwo",
    gender="female",
    birth_date=date(1951, 3, 4),
    language="so",
    address_lines=("17 Cardamom Row",),
    postcode="E8 1EA",
    phones=("07700 900461",),
    email="a@example.org",
    restricted=False,
    deceased=False,
)
TASK = TaskShown(
    id="t-1",
    version="3",
    updated=AT,
    part_of=None,
    referral_id="r-1",
    person_id="p-1",
    stage="received",
    status="received",
    reason=None,
    authored=AT,
    requester_id="o-1",
    requester_name="Surgery",
    owner_id="o-2",
    owner_name="Team",
    outcome=None,
)
REFERRAL = ReferralShown(
    id="r-1",
    version="1",
    updated=AT,
    person_id="p-1",
    reference="BK-2345678",
    requester_reference=None,
    original_bundle_id="not-a-uuid",
    stage="received",
    priority="routine",
    needs=(),
    authored=AT,
    requester_id="o-1",
    requester_name="Surgery",
    team_id="o-2",
    team_name="Team",
)
OUTCOME = OutcomeShown(
    placement_id=None,
    state=BETTER,
    summary="",
    actions="Ring in May.",
    risks="",
    goal="Company",
    goal_before=None,
    goal_after=7,
)
PLAN = PlanShown(
    id="r-1",
    version="4",
    updated=AT,
    person_id="p-1",
    stage="completed",
    authored=AT,
    ended_at=AT,
    team_id="o-2",
    team_name="Team",
    placements=("t-2",),
    outcomes=(OUTCOME, replace(OUTCOME, placement_id="t-2", goal=None)),
)
UCLA = MeasureShown(
    id="m-1",
    updated=AT,
    person_id="p-1",
    referral_id="r-1",
    measure=Coded("ucla3", "Loneliness"),
    phase="after",
    items=(ItemShown("left-out", "How often do you feel left out?", 2),),
    total=None,
    taken_on=date(2026, 3, 1),
)
NEWS = NewsShown(
    id="f-1",
    version="1",
    updated=AT,
    person_id="p-1",
    referral_id="r-1",
    status="composed",
    news="outcome",
    message_id="b-1",
    transport="mesh",
    sent=None,
    received=None,
    requester_id="o-1",
    requester_name="Surgery",
    team_id="o-2",
    team_name="Team",
)


def good(resource: Json) -> Json:
    """The same resource, which must be good FHIR."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return resource


def test_a_person_is_told_in_full() -> None:
    told = good(patient(PERSON))
    assert told["telecom"] == [
        {"system": "phone", "value": "07700 900461"},
        {"system": "email", "value": "a@example.org"},
    ]
    assert told["address"] == [{"use": "home", "line": ["17 Cardamom Row"], "postalCode": "E8 1EA"}]


def test_a_restricted_persons_whereabouts_are_left_out_whatever_is_handed_in() -> None:
    told = good(patient(replace(PERSON, restricted=True)))
    assert not {"address", "telecom", "generalPractitioner"} & set(told)
    assert told["meta"]["security"][0]["code"] == "R"


def test_a_person_of_whom_little_is_known_is_good_fhir_too() -> None:
    nothing = {
        "nhs_number": None,
        "prefix": None,
        "given": (),
        "family": None,
        "gender": "f",
        "birth_date": None,
        "language": "the sign language of my village",
        "address_lines": (),
        "postcode": None,
        "phones": (),
        "email": None,
    }
    told = good(patient(replace(PERSON, deceased=True, **nothing)))
    assert set(told) == {"resourceType", "id", "active", "communication", "deceasedBoolean"}
    assert told["communication"] == [{"language": {"text": "the sign language of my village"}}]


def test_an_unverified_number_says_so() -> None:
    (identifier,) = patient(replace(PERSON, nhs_number_verified=False))["identifier"]
    assert identifier["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "02"


@pytest.mark.parametrize("stage", TASK_STATUS)
def test_a_task_has_a_reason_wherever_gravity_wants_one(stage: str) -> None:
    told = good(task(replace(TASK, stage=stage)))
    reasoned = ("rejected", "cancelled", "on-hold", "failed", "entered-in-error")
    assert ("statusReason" in told) is (told["status"] in reasoned)


def test_a_persons_own_no_carries_the_national_code() -> None:
    said_no = Coded("person-declined", "The person did not want the service")
    told = task(replace(TASK, stage="ended-before-it-began", reason=said_no))
    assert [each["code"] for each in told["statusReason"]["coding"]] == ["person-declined", "871711000000103"]


@pytest.mark.parametrize("stage", SERVICE_REQUEST_STATUS)
def test_a_referral_is_good_fhir_at_every_stage(stage: str) -> None:
    told = good(service_request(replace(REFERRAL, stage=stage)))
    assert told["basedOn"][0]["identifier"] == {"value": "not-a-uuid"}
    assert "reasonCode" not in told


def test_a_plan_puts_actions_first_and_says_when_there_are_no_risks() -> None:
    told = good(care_plan(PLAN))
    notes = [each["text"] for each in told["note"]]
    assert notes[0] == "Plan and requested actions: Ring in May."
    assert "Risks: Nothing was recorded about risks." in notes
    assert [each["reference"]["reference"] for each in told["activity"]] == ["Task/t-2", "Task/r-1"]
    assert told["contained"][0]["note"][0]["text"].endswith("after 7")


def test_a_measure_with_a_missing_item_has_no_total() -> None:
    told = good(observation(UCLA))
    assert "valueInteger" not in told
    assert told["component"][0]["valueInteger"] == 2
    assert good(observation(replace(UCLA, total=5)))["valueInteger"] == 5
    assert [each["linkId"] for each in good(questionnaire_response(UCLA))["item"]] == ["left-out"]


@pytest.mark.parametrize("status", COMMUNICATION_STATUS)
def test_news_is_good_fhir_however_far_it_got(status: str) -> None:
    told = good(communication(replace(NEWS, status=status)))
    assert ("statusReason" in told) is (status in ("failed", "superseded"))


@pytest.mark.parametrize("news", NewsKind)
def test_every_kind_of_news_says_what_it_tells(news: NewsKind) -> None:
    assert communication(replace(NEWS, news=news))["topic"]["text"]


def test_a_paused_service_is_not_active_and_a_full_one_says_so() -> None:
    service = ServiceShown("s-1", "Walks", "", "o-3", "Council", (), ("E8",), ("en",), "paused")
    assert good(healthcare_service(service))["active"] is False
    full = good(healthcare_service(replace(service, capacity="full")))
    assert (full["active"], full["availabilityExceptions"]) == (True, "Today: full")


@pytest.mark.parametrize("kind", KINDS)
def test_a_summary_keeps_what_a_resource_cannot_be_without(kind: str) -> None:
    assert {"id", "meta"} <= elements_of_type(kind)
    bare = {"resourceType": kind, "id": "x", "text": {"status": "empty"}}
    cut = shaped(bare, summary=Summary.MARKED, elements=())
    assert set(cut) == {"resourceType", "id", "meta"}
    assert shaped(bare, summary=Summary.NONE, elements=()) is bare


def test_named_elements_come_with_those_that_are_needed() -> None:
    whole = observation(UCLA)
    cut = good(shaped(whole, summary=Summary.NONE, elements=("component",)))
    assert set(cut) == {"resourceType", "id", "meta", "status", "code", "component"}
    assert "tag" not in whole["meta"]
