"""A referral or a placement after each of its steps: a notice of an earlier step is judged by where it stood then."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from app.domain.lifecycle import Action, PlacementStatus, ReferralStatus
from app.domain.stage_then import reason_then, stage_then

_R, _P = ReferralStatus, PlacementStatus


@dataclass(frozen=True)
class Step:
    action: str
    after: str
    reason: str | None = None
    stage: str | None = None


RECEIVED = Step(Action.RECEIVE, _R.RECEIVED)
TRIAGE = Step(Action.START_TRIAGE, _R.IN_TRIAGE)
OFFERED = Step(Action.OFFER, _R.ACTIVE)
BACK = Step(Action.RETURN_TO_TRIAGE, _R.IN_TRIAGE)
DONE = Step(Action.COMPLETE, _R.COMPLETED)
EARLY = Step(Action.END_EARLY, _R.ENDED_EARLY, "moved-away")
NO = Step(Action.END_EARLY, _R.ENDED_EARLY, "person-declined")
CLOSED = Step(Action.CLOSE, _R.CLOSED)
REOPENED = Step(Action.REOPEN, _R.IN_TRIAGE, "new-information")
ASKED = Step(Action.OFFER, _P.OFFERED)
ACCEPTED = Step(Action.ACCEPT, _P.ACCEPTED)
STARTED = Step(Action.START, _P.STARTED)
PAUSED = Step(Action.PAUSE, _P.PAUSED, "other")
RESUMED = Step(Action.RESUME, _P.STARTED)
LEFT = Step(Action.END_EARLY, _P.ENDED_EARLY, "moved-away")


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        ([RECEIVED], "received"),
        ([RECEIVED, TRIAGE], "in-triage"),
        ([RECEIVED, TRIAGE, OFFERED], "active"),
        ([RECEIVED, TRIAGE, OFFERED, BACK], "in-triage-again"),
        ([RECEIVED, TRIAGE, OFFERED, DONE], "completed"),
        ([RECEIVED, TRIAGE, OFFERED, DONE, CLOSED], "completed"),
        ([RECEIVED, TRIAGE, EARLY], "ended-before-it-began"),
        ([RECEIVED, TRIAGE, OFFERED, EARLY], "ended-early"),
        ([RECEIVED, TRIAGE, OFFERED, EARLY, CLOSED], "ended-early"),
        ([RECEIVED, TRIAGE, OFFERED, NO, CLOSED], "ended-before-it-began"),
        ([RECEIVED, TRIAGE, OFFERED, EARLY, REOPENED], "in-triage-again"),
        ([RECEIVED, TRIAGE, OFFERED, EARLY, REOPENED, DONE, CLOSED], "completed"),
        ([ASKED, ACCEPTED, LEFT], "ended-before-it-began"),
        ([ASKED, ACCEPTED, STARTED, LEFT], "ended-early"),
        ([ASKED, ACCEPTED, PAUSED], "paused"),
        ([ASKED, ACCEPTED, PAUSED, RESUMED, LEFT], "ended-early"),
        ([ASKED, ACCEPTED, PAUSED, LEFT], "ended-before-it-began"),
        ([ASKED, ACCEPTED, replace(LEFT, stage="ended-early")], "ended-early"),
        ([ASKED, ACCEPTED, STARTED, replace(LEFT, stage="ended-before-it-began")], "ended-before-it-began"),
    ],
)
def test_the_past_is_folded_into_the_stage(steps: list[Step], stage: str) -> None:
    assert stage_then(steps) == stage


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([RECEIVED, TRIAGE, OFFERED], None),
        ([RECEIVED, TRIAGE, EARLY], "moved-away"),
        ([RECEIVED, TRIAGE, EARLY, CLOSED], "moved-away"),
        ([RECEIVED, TRIAGE, DONE, CLOSED], None),
        ([RECEIVED, TRIAGE, EARLY, REOPENED], None),
        ([RECEIVED, TRIAGE, EARLY, REOPENED, DONE, CLOSED], None),
        ([ASKED, ACCEPTED, PAUSED], "other"),
        ([ASKED, ACCEPTED, PAUSED, RESUMED], None),
    ],
)
def test_the_reason_is_that_of_where_it_stands(steps: list[Step], reason: str | None) -> None:
    assert reason_then(steps) == reason
