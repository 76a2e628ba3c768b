"""When the owner of a referral must look at it again: as soon as a provider's silence would become their business."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.domain.deadlines import Deadlines
from app.domain.escalation import Matter, Told, climb
from app.domain.lifecycle import OPEN_REFERRAL
from app.services.watching.calendar import limits_of
from app.store import referrals, tasks, waits
from app.store.session import LONDON, Tx
from app.store.waits import Standing

_ACT = "plan next look"


def plan_look(tx: Tx, referral_id: UUID) -> None:
    """Set the owner's next date by what its providers are waited for; as it was, where nobody is waited for."""
    with tx.as_system("next look") as system_tx:
        referral = referrals.get_for_update(system_tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            return
        limits = limits_of(system_tx)
        waited_for = waits.list_of_placements(system_tx, limits, referral_id=referral_id)
        days = [day for each in waited_for if (day := _owners_day(each, limits)) is not None]
        of_team = tasks.list_open(system_tx, audit=_ACT, referral_id=referral_id, kind=tasks.FIRST_CONTACT)
        days += [task.due_on for task in of_team]
        if days:
            referrals.record_next_look(system_tx, referral_id, max(min(days), tx.today), audit=_ACT)


def _owners_day(standing: Standing, limits: Deadlines) -> date | None:
    if standing.wait.matter is Matter.ANSWER:
        return standing.wait.due_on
    rungs = climb(standing.wait, limits)
    return next((rung.at.astimezone(LONDON).date() for rung in rungs if rung.told is Told.OWNER), None)
