"""The stage of a referral or a placement after some of its steps: what a notice of an earlier step is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from app.domain.lifecycle import Action, PlacementStatus, ReferralStatus

_BEGAN: Final = (ReferralStatus.ACTIVE, PlacementStatus.STARTED)
_ENDED_EARLY: Final = (ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)
_PERSON_SAID_NO: Final = "person-declined"


class Taken(Protocol):
    """A step, as far as it decides a stage."""

    @property
    def action(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def stage(self) -> str | None: ...


def stage_then(steps: Sequence[Taken]) -> str:
    """Return the status after these steps of one referral or one placement, oldest first, its past folded in.

    A step that was told as a stage of its own is that stage. The stages are those that `fhir.views_words` tells in
    FHIR's codes; of the present the database says the same (`store.fhir_reads_referrals`).
    """
    if steps[-1].stage is not None:
        return steps[-1].stage
    status = steps[-1].after
    began = any(step.after in _BEGAN or step.action == Action.REOPEN for step in steps)
    if status == ReferralStatus.IN_TRIAGE and began:
        return "in-triage-again"
    reason = _end_reason(steps)
    if status in _ENDED_EARLY and reason is not None:
        return "ended-before-it-began" if reason == _PERSON_SAID_NO or not began else "ended-early"
    return ReferralStatus.COMPLETED if status == ReferralStatus.CLOSED else status


def _end_reason(steps: Sequence[Taken]) -> str | None:
    """The reason of the last end; closing keeps it, reopening takes it away."""
    last = steps[-1]
    if last.action != Action.CLOSE:
        return last.reason
    ends = (
        step for step in reversed(steps[:-1]) if step.after in _ENDED_EARLY or step.action == Action.COMPLETE
    )
    end = next(ends, None)
    return end.reason if end is not None and end.action == Action.END_EARLY else None
