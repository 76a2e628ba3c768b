"""Ticks off the tasks that a placement's own step has settled, whoever took it and by whatever way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from app.domain.lifecycle import PlacementStatus, Transition
from app.store import tasks
from app.store.session import Tx
from app.store.tables_care import PlacementRow

# Tasks of the team that mean something only while a placement of the referral stands there.
TASKS_WHILE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        PlacementStatus.INFORMATION_REQUESTED: ("question-back",),
        PlacementStatus.WAITLISTED: ("tell-person-waiting", "waiting-contact-due"),
    }
)


def settle_tasks_of(tx: Tx, transition: Transition, referral_id: UUID) -> None:
    """Tick off what was to be done while a placement stood where it was, unless another one stands there still."""
    kinds = TASKS_WHILE.get(transition.before)
    if kinds is None or transition.before == transition.after:
        return
    with tx.as_system("settled") as system_tx:  # the tasks are the team's, the step may be the provider's
        there = exists().where(
            PlacementRow.referral_id == referral_id, PlacementRow.status == transition.before
        )
        if not system_tx.session.scalar(select(there)):
            tasks.record_done_for_referral(system_tx, referral_id, kinds, audit="settled by the placement")
