"""What follows when a referral presses that did not before: its offers are answered sooner, and it is looked at."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.domain.deadlines import is_urgent
from app.domain.escalation import presses
from app.domain.lifecycle import ANSWER_RUNS_OUT, OPEN_REFERRAL
from app.domain.referral import Referral
from app.services.watching.calendar import limits_of
from app.services.watching.chasers import wake
from app.services.watching.next_looks import plan_look
from app.store import directory, duplicates, placements, referrals, snoozes
from app.store.session import Tx

_ACT = "press"


def hasten(tx: Tx, referral_id: UUID, *, look_by: date | None = None) -> None:
    """Bring forward what waits for a referral that presses, and for all that are worked together with it.

    Offers made before it pressed are due as if they were made today, what was put off is not any more, and the owner
    looks again when the earliest of all that is due, `look_by` at the latest. Nothing is done where nothing presses.
    """
    with tx.as_system("hasten") as inside:
        leader_id, *followers = duplicates.worked_with(inside, referral_id)
        leader = referrals.get_for_update(inside, leader_id, audit=_ACT)
        if leader.status not in OPEN_REFERRAL or not presses(leader.priority, leader.safeguarding):
            return
        if snoozes.find(inside, leader_id) is not None:
            wake(inside, leader_id)
        if is_urgent(leader.priority):
            _answer_sooner(inside, leader)
        plan_look(inside, leader_id)
        planned = referrals.get(inside, leader_id, audit=_ACT).next_action_on
        days = [day for day in (planned, look_by) if day is not None]
        for each in (leader_id, *followers) if days else ():
            referrals.record_next_look(inside, each, min(days), audit=_ACT)


def _answer_sooner(tx: Tx, referral: Referral) -> None:
    for placement in placements.list_for_referral(tx, referral.id, audit=_ACT):
        if placement.status in ANSWER_RUNS_OUT:
            usual = directory.get_service(tx, placement.service_id).answer_days
            day = limits_of(tx).answer_by(tx.today, usual, referral.priority)
            if day < placement.respond_by:
                placements.shorten(tx, placement.id, day, audit=_ACT)
