"""Each state of ours has a FHIR code, and each code leads back to all the states that it tells."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import FeedbackStatus, PlacementStatus, ReferralStatus
from app.domain.vocabulary import Need
from fhir.systems import OUR_MEASURES
from fhir.views_kinds import Include
from fhir.views_table import INCLUDES, KINDS
from fhir.views_words import (
    CARE_PLAN_STATUS,
    COMMUNICATION_STATUS,
    SERVICE_REQUEST_STATUS,
    STAGE_REASON,
    TASK_STATUS,
    told_as,
)

# A closed referral is told as what it was before: completed or ended.
REFERRAL_STAGES = {status.value for status in ReferralStatus} - {"closed"} | {
    "in-triage-again",
    "ended-before-it-began",
}
PLACEMENT_STAGES = {status.value for status in PlacementStatus} | {"ended-before-it-began", "called-off"}
# Gravity SDOHCC: a reason is needed for these.
REASONED = {"rejected", "cancelled", "on-hold", "failed"}


def test_every_stage_of_a_referral_and_a_placement_has_its_code() -> None:
    assert set(SERVICE_REQUEST_STATUS) == REFERRAL_STAGES | PLACEMENT_STAGES
    assert set(CARE_PLAN_STATUS) == REFERRAL_STAGES | PLACEMENT_STAGES
    assert set(TASK_STATUS) == REFERRAL_STAGES | PLACEMENT_STAGES
    assert set(COMMUNICATION_STATUS) == {status.value for status in FeedbackStatus}


def test_a_task_that_needs_a_reason_always_has_words_for_one() -> None:
    assert {stage for stage, code in TASK_STATUS.items() if code in REASONED} == set(STAGE_REASON) - {
        "entered-in-error"
    }


def test_tasks_use_only_the_states_that_gravity_knows() -> None:
    gravity = {
        "draft",
        "requested",
        "accepted",
        "in-progress",
        "on-hold",
        "entered-in-error",
        "completed",
    } | REASONED
    assert set(TASK_STATUS.values()) <= gravity


@pytest.mark.parametrize(
    "words", [SERVICE_REQUEST_STATUS, TASK_STATUS, CARE_PLAN_STATUS, COMMUNICATION_STATUS]
)
def test_a_code_leads_back_to_exactly_its_states(words: dict[str, str]) -> None:
    back = {ours: code for code, states in told_as(words).items() for ours in states}
    assert back == words


def test_the_table_knows_every_need_and_leaves_the_measures_open() -> None:
    needs = KINDS["HealthcareService"].parameter("service-type")
    measures = KINDS["Observation"].parameter("code")
    assert needs is not None
    assert measures is not None
    assert set(needs.codes or ()) == {need.value for need in Need}
    assert (measures.system, measures.codes) == (OUR_MEASURES, None)  # every installation has its own


@pytest.mark.parametrize("include", INCLUDES, ids=lambda include: include.code)
def test_what_can_be_followed_is_a_search_parameter_of_its_source(include: Include) -> None:
    parameter = KINDS[include.source].parameter(include.name)
    assert parameter is not None
    assert parameter.targets[include.target] == include.column
