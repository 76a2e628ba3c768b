"""Ticks off the tasks that a step or a decision has settled, whoever took it and by whatever way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from app.domain.lifecycle import PlacementStatus, Transition
from app.store import duplicates, tasks
from app.store.session import Tx
from app.store.tables_care import PlacementRow

# Tasks of the team that mean something only while a placement of the referral stands there.
TASKS_WHILE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        PlacementStatus.INFORMATION_REQUESTED: ("question-back",),
        PlacementStatus.WAITLISTED: ("tell-person-waiting", "waiting-contact-due"),
    }
)
SAME_PERSON: Final = "same-person-open"
_BY_PLACEMENT: Final = "settled by the placement"
_SETTLED = "nothing is left to decide"


def settle_questions_of(tx: Tx, referral_ids: Collection[UUID]) -> None:
    """Tick off the question whether two referrals are one person's, of these and of those alike, where none is left.

    Nothing is left of one that has ended, that follows another, or whose others were all decided on or have ended.
    """
    with tx.as_system("settled") as system_tx:  # a requester may have ended it, the tasks are the team's
        alike = {
            other.referral_id
            for each in referral_ids
            for other in duplicates.list_alike(system_tx, each, audit=_SETTLED)
        }
        for each in {*referral_ids, *alike}:
            if not duplicates.is_to_decide(system_tx, each, audit=_SETTLED):
                tasks.record_done_for_referral(system_tx, each, (SAME_PERSON,), audit=_SETTLED)


def settle_tasks_of(tx: Tx, transition: Transition, referral_id: UUID) -> None:
    """Tick off what was to be done while a placement stood where it was, unless another one stands there still."""
    if transition.before in tasks.AWAITS_CONTACT and transition.after not in tasks.AWAITS_CONTACT:
        _settle(tx, referral_id, (tasks.FIRST_CONTACT,), while_in=tasks.AWAITS_CONTACT)
    kinds = TASKS_WHILE.get(transition.before)
    if kinds is not None and transition.before != transition.after:
        _settle(tx, referral_id, kinds, while_in=(transition.before,))


def _settle(tx: Tx, referral_id: UUID, kinds: Collection[str], *, while_in: Collection[str]) -> None:
    with tx.as_system("settled") as system_tx:  # the tasks are the team's, the step may be the provider's
        there = exists().where(PlacementRow.referral_id == referral_id, PlacementRow.status.in_(while_in))
        if not system_tx.session.scalar(select(there)):
            tasks.record_done_for_referral(system_tx, referral_id, kinds, audit=_BY_PLACEMENT)
