"""How a referral takes a step: status, transition and audit together, and whatever follows it takes the same step."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.domain.duplicates import PARTING_STEPS, SHARED_STEPS, Decision, same_step
from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import OPEN_REFERRAL, RULES, Action, ReferralStatus, Track, Transition
from app.store import duplicates, pressing, tasks
from app.store.audit import Entry
from app.store.session import Tx
from app.store.settling import settle_questions_of
from app.store.tables_care import ReferralRow
from app.store.transitions import add_transition

LEFT_ALONE = "led-referral-gone"
_LED = "This referral is worked together with another one: do it there, or let the two stand apart first."


def take(
    tx: Tx, referral_id: UUID, step: Transition, *, audit: str, next_action_on: date | None = None
) -> None:
    """Take a step, and have those that follow take it too.

    Raises NotFound, and Conflict when it is another referral's to take: that which this one follows.
    """
    if step.action in SHARED_STEPS and duplicates.find_leader(tx, referral_id) is not None:
        raise Conflict(_LED)
    _write(tx, referral_id, step, audit=audit, next_action_on=next_action_on)
    if step.action in PARTING_STEPS:
        _part(tx, referral_id, audit)
    elif step.action in SHARED_STEPS:
        for follower_id in duplicates.list_followers(tx, referral_id):
            shared = same_step(_row(tx, follower_id).status, step)
            if shared is not None:
                _write(tx, follower_id, shared, audit=audit, next_action_on=next_action_on)


def _write(
    tx: Tx, referral_id: UUID, step: Transition, *, audit: str, next_action_on: date | None = None
) -> None:
    row = _row(tx, referral_id)
    row.status = step.after
    if step.after in OPEN_REFERRAL:
        row.next_action_on = next_action_on or row.next_action_on or tx.today
        row.ended_at = row.end_reason = None
    else:
        row.next_action_on = None
        row.ended_at = row.ended_at or tx.now
        mistaken = step.after == ReferralStatus.ENTERED_IN_ERROR  # then nothing said before holds
        row.end_reason = step.reason or (None if mistaken else row.end_reason)
    tx.session.flush()
    add_transition(tx, step, referral_id=referral_id)
    detail = {"before": step.before, "after": step.after, "reason": step.reason}
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id, detail))
    if step.after not in OPEN_REFERRAL:
        settle_questions_of(tx, [referral_id])


def _part(tx: Tx, referral_id: UUID, audit: str) -> None:
    """Let go of a referral that is gone: those that followed it are looked at by a person again."""
    with tx.as_system("apart") as system_tx:  # a requester takes back its own, and never learns of the others
        for bond in duplicates.list_bonds(system_tx, referral_id):
            if bond.decision is not Decision.TOGETHER:
                continue
            duplicates.record_undone(system_tx, bond, audit=audit)
            for each in (bond.referral_id, bond.other_id):
                pressing.share(system_tx, each, audit=audit)
            if bond.other_id == referral_id:
                stand_alone(system_tx, bond.referral_id, audit=audit)
                team_id = _row(system_tx, bond.referral_id).team_id
                tasks.add_task(system_tx, LEFT_ALONE, organisation_id=team_id, referral_id=bond.referral_id)


def stand_alone(tx: Tx, referral_id: UUID, *, audit: str) -> None:
    """Put a referral that followed another back on the link worker's list: nobody was asked for it alone."""
    status = _row(tx, referral_id).status
    rule = RULES.get((Track.REFERRAL, status, Action.RETURN_TO_TRIAGE))
    if rule is not None:
        step = Transition(Track.REFERRAL, Action.RETURN_TO_TRIAGE, status, rule.after)
        _write(tx, referral_id, step, audit=audit, next_action_on=tx.today)


def _row(tx: Tx, referral_id: UUID) -> ReferralRow:
    row = tx.session.get(ReferralRow, referral_id)
    if row is None:
        raise NotFound
    return row
