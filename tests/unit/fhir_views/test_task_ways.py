"""The ways of a Task lead through the lifecycle's own table to the state that was asked for."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import OPEN_PLACEMENT, Action, PlacementStatus, Track, decide
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, PAUSE_REASONS, OutcomeState, Role
from app.services.fhir_writing.task_changes import WAYS
from fhir.views_words import TASK_STATUS

# SDOHCC 3.0.0, Task state machine: what may follow each state. Beside it stand `received`, which Gravity leaves out,
# and the place that comes free: there the Task stays accepted, and its businessStatus moves.
GRAVITY = {
    "requested": {"accepted", "rejected", "cancelled"},
    "accepted": {"in-progress", "on-hold", "cancelled", "completed", "failed"},
    "in-progress": {"on-hold", "cancelled", "completed", "failed"},
    "on-hold": {"in-progress", "cancelled", "completed", "failed"},
}
BESIDE = {("requested", "received"), ("accepted", "accepted")}


# What an end may be told as beside its status, as its provider said it.
_ALSO_TOLD_AS = {"ended-early": ("ended-before-it-began",), "declined": ("called-off",)}
_REASONS = {Action.DECLINE: DECLINE_REASONS, Action.PAUSE: PAUSE_REASONS}


@pytest.mark.parametrize(("status", "wanted"), sorted(WAYS))
def test_each_way_is_one_that_the_lifecycle_allows_a_provider(status: str, wanted: str) -> None:
    for action in WAYS[status, wanted]:
        reason = next(iter(_REASONS.get(action, END_REASONS)))
        step = decide(
            Track.PLACEMENT,
            status,
            action,
            role=Role.PROVIDER,
            reason=reason,
            outcome=OutcomeState.NOT_KNOWN,
        )
        status = step.after
    ends = {TASK_STATUS[each] for each in (status, *_ALSO_TOLD_AS.get(status, ()))}
    code = wanted.partition(" ")[0]
    assert code in ends or (wanted == "received" and TASK_STATUS[status] == "requested")


@pytest.mark.parametrize(("status", "wanted"), sorted(WAYS))
def test_each_way_is_one_of_gravitys_or_told_as_an_exception(status: str, wanted: str) -> None:
    before, code = TASK_STATUS[status], wanted.partition(" ")[0]
    assert code in GRAVITY[before] or (before, code) in BESIDE


def test_every_open_placement_has_a_way_on_and_an_ended_one_none() -> None:
    assert {PlacementStatus(status) for status, _ in WAYS} == OPEN_PLACEMENT
