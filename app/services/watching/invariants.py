"""Proves that nobody is forgotten, writes the proof down, and mends what was found, one breach at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import Conflict
from app.domain.escalation import climb
from app.domain.invariants import GRACE, WORDINGS, Breach, Invariant, Run
from app.domain.vocabulary import Role
from app.services.caring import ownership
from app.services.caring.triage import back_to_triage_if_nothing_open
from app.services.helping import delivery
from app.services.incoming import later
from app.services.watching import escalating
from app.services.watching.calendar import limits_of
from app.store import escalations, invariants, referrals, tasks, waits
from app.store.audit import Entry
from app.store.session import Database, Tx

EVERY = timedelta(minutes=1)
SILENT_AFTER = timedelta(minutes=5)
_ACT = "mend breach"
_PROVER = system("invariants")


@dataclass(frozen=True, slots=True)
class Watch:
    """What the steward is shown: the last proof, and whether it is so old that the worker must have stopped."""

    run: Run | None
    is_silent: bool


def watch(db: Database) -> Run | None:
    """Do what is done once a minute: leavers, ladders, and the proof; None when it is not time, or another does it."""
    with db.transaction(_PROVER) as tx:
        if not invariants.take_turn(tx):
            return None
        last = invariants.find_last_run(tx)
        if last is not None and abs(tx.now - last.ran_at) < EVERY:
            return None
    ownership.return_leavers(db)
    ownership.ask_after_covers(db)
    escalating.raise_due(db)
    return prove(db)


def prove(db: Database) -> Run:
    """Look at everything that is open, write down what is not as it must be, and return it."""
    with db.transaction(_PROVER) as tx:
        checked, found = invariants.list_breaches(tx)
        run = Run(tx.now, checked, (*found, *_unseen(tx)))
        invariants.add_run(tx, run)
    return run


def _unseen(tx: Tx) -> list[Breach]:
    """Return what is overdue although nobody was told."""
    raised = escalations.list_raised(tx)
    unseen = []
    limits = limits_of(tx)
    for standing in waits.list_standings(tx, limits):
        rungs = climb(standing.wait, limits)
        if rungs and rungs[0].at < tx.now - GRACE and standing.key not in raised:
            unseen.append(Breach(Invariant.OVERDUE_UNSEEN, standing.subject_id))
    return unseen


def find_watch(db: Database, actor: Actor) -> Watch:
    """Return the last proof for the steward."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        run = invariants.find_last_run(tx)
        return Watch(run, run is None or tx.now - run.ran_at > SILENT_AFTER)


def find_last_run(db: Database) -> Run | None:
    """Return the last proof, for the metric."""
    with db.transaction(system("metrics")) as tx:
        return invariants.find_last_run(tx)


def mend(db: Database, actor: Actor, invariant: Invariant, subject_id: UUID) -> None:
    """Mend one breach and prove again; raises Conflict when it cannot be mended from here or is still there."""
    check_acts_as(actor, Role.STEWARD)
    if not WORDINGS[invariant].by_button:
        raise Conflict(WORDINGS[invariant].mend)
    if Breach(invariant, subject_id) not in prove(db).breaches:
        raise Conflict("This is not so any more: nothing is left to mend.")
    with db.transaction(actor) as tx:
        tx.audit(Entry(_ACT, invariant.value, str(subject_id)))
        with tx.as_system("mend") as system_tx:
            _mend_here(system_tx, invariant, subject_id)
    match invariant:
        case Invariant.PAST_EXPIRY:
            delivery.expire(db, subject_id)
        case Invariant.OVERDUE_UNSEEN:
            escalating.raise_due(db)
        case Invariant.MESSAGE_UNANSWERED:
            later.run(db, subject_id)
        case _:
            pass
    left = Breach(invariant, subject_id) in prove(db).breaches
    if left and invariant is not Invariant.OUTBOX_LATE:  # which the worker carries in its own time
        raise Conflict("It could not be mended. Look at the worker's log, and try again.")


def _mend_here(tx: Tx, invariant: Invariant, subject_id: UUID) -> None:
    match invariant:
        case Invariant.NO_OWNER:
            referrals.record_owner(tx, subject_id, None, audit=_ACT)
        case Invariant.NO_NEXT_ACTION:
            referrals.record_next_look(tx, subject_id, tx.today, audit=_ACT)
        case Invariant.NOTHING_GOING_ON:
            back_to_triage_if_nothing_open(tx, subject_id)
        case Invariant.PARKED_UNSEEN:
            tasks.add_task(tx, "parked-message", organisation_id=None, inbox_id=subject_id)
        case Invariant.OUTBOX_LATE:
            tx.outgoing.append(subject_id)
        case _:
            pass
