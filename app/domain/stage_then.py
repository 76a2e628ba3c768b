"""How a referral or a placement stood after some of its steps: for its old versions and for notices of old steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from app.domain.lifecycle import OPEN_REFERRAL, Action, PlacementStatus, ReferralStatus

_BEGAN: Final = (ReferralStatus.ACTIVE, PlacementStatus.STARTED)
_ENDED_EARLY: Final = (ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)
PERSON_SAID_NO: Final = "person-declined"
# A referral's, and by the same words a placement's.
WITH_OUTCOME: Final = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)


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
    began = any(step.after in _BEGAN or step.action == Action.REOPEN for step in steps)
    return stage_of(steps[-1].after, reason_then(steps), began=began)


def stage_of(status: str, reason: str | None, *, began: bool) -> str:
    """Return a status with the past folded in: the reason of its end, and whether help was on its way before."""
    if status == ReferralStatus.IN_TRIAGE and began:
        return "in-triage-again"
    if status in _ENDED_EARLY and reason is not None:
        return "ended-before-it-began" if reason == PERSON_SAID_NO or not began else "ended-early"
    return ReferralStatus.COMPLETED if status == ReferralStatus.CLOSED else status


def reason_then(steps: Sequence[Taken]) -> str | None:
    """Return the reason for where these steps led: an open referral has none, closing one keeps that of its end."""
    last = steps[-1]
    if last.after in OPEN_REFERRAL:
        return None
    return reason_then(steps[:-1]) if last.action == Action.CLOSE else last.reason
