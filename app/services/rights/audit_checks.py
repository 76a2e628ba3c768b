"""Proves that nobody rewrote who did what: signed checkpoints each hour, a walk along the chains each day."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.access import Actor, check_acts_as, system
from app.domain.audit_checkpoint import CHECK_EVERY, EVERY, LATE_AFTER, ChainFault, Checkpoint, has_lost
from app.domain.errors import Conflict
from app.domain.vocabulary import Role
from app.services.rights.audit_copies import Copies
from app.store import audit_chain, audit_checks
from app.store.audit_checks import Check, Found
from app.store.session import Database

log = logging.getLogger(__name__)
SHOWN = 20
_KEEPER = system("audit")


class Place(Protocol):
    """Where checkpoints are kept, out of reach of whoever owns the database; both raise ValueError with a sentence."""

    def newest(self) -> tuple[int, bytes] | None:
        """Return the newest checkpoint's number and text, its signature proved; None before the first."""

    def add(self, number: int, text: bytes) -> None:
        """Sign and keep a checkpoint under a number that is new."""

    def signed(self, number: int) -> bytes:
        """Return one with its signature, as it is kept."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the steward is shown of the audit's proof."""

    checks: Sequence[Check]
    last: Check | None  # the newest that is done
    is_waiting: bool
    is_kept: bool  # are checkpoints written here at all?
    is_late: bool


def run_due(db: Database, place: Place | None, copies: Copies | None = None) -> None:
    """Do what is due: a checkpoint each hour, a walk each day, and the walk that somebody asked for."""
    with db.transaction(_KEEPER) as tx:
        if not audit_checks.take_turn(tx):
            return
        checks = audit_checks.list_checks(tx, 1)
        if not checks or tx.now - checks[0].asked_at > CHECK_EVERY:
            audit_checks.ask(tx, audit="check audit")
        waits = audit_checks.find_waiting(tx) is not None
    try:
        add_checkpoint_if_due(db, place)
    except (ValueError, Conflict) as fault:  # the walk below tells the steward
        log.error("no checkpoint of the audit", extra={"fault": type(fault).__name__})
    send_copies(db, place, copies)
    if waits:
        check(db, place, copies)


def send_copies(db: Database, place: Place | None, copies: Copies | None) -> None:
    """Send the checkpoints that do not lie at the other address yet; what fails is tried again."""
    if place is None or copies is None:
        return
    with db.transaction(_KEEPER) as tx:
        copies.sent, now = max(copies.sent, audit_checks.find_copied(tx)), tx.now
    try:
        newest = place.newest()
        copies.send_due(newest[0] if newest else 0, place.signed, now)
    except ValueError as fault:  # the walk tells the steward
        log.error("no checkpoint to copy", extra={"fault": type(fault).__name__})
    with db.transaction(_KEEPER) as tx:
        last = next(iter(audit_checks.list_checks(tx, 1)), None)
        has_changed = last is not None and last.done_at and bool(last.copy_fault) != bool(copies.fault)
        if has_changed and last is not None and tx.now - last.asked_at > EVERY:
            audit_checks.ask(tx, audit="check audit")  # so that the page tells of it soon


def add_checkpoint_if_due(db: Database, place: Place | None) -> Checkpoint | None:
    """Add a checkpoint when the newest is an hour old; None when it is not, or none are kept here."""
    if place is None:
        return None
    newest = place.newest()
    if newest is not None and db.clock() - Checkpoint.read(newest[1]).at < EVERY:
        return None
    return add_checkpoint(db, place)


def add_checkpoint(db: Database, place: Place) -> Checkpoint:
    """Sign where the chains stand now and keep it; raises Conflict when they have lost lines since the last one.

    Raises ValueError when the place cannot be read or written.
    """
    newest = place.newest()
    with db.transaction(_KEEPER) as tx:
        heads, now = audit_chain.heads(tx), tx.now
    before = Checkpoint.read(newest[1]) if newest else None
    if before is not None and (lost := has_lost(before.heads, heads)):
        raise Conflict(f"Chains {', '.join(map(str, lost))} of the audit have lost lines: run the check.")
    number, previous = (newest[0] + 1, hashlib.sha256(newest[1]).hexdigest()) if newest else (1, "")
    checkpoint = Checkpoint(number, now, heads, previous)
    place.add(number, checkpoint.written())
    return checkpoint


def check(db: Database, place: Place | None, copies: Copies | None = None) -> Check:
    """Walk all chains now, hold them against the newest checkpoint, and write down what was found."""
    with db.transaction(_KEEPER) as tx:
        check_id = audit_checks.ask(tx, audit="check audit")
        known_number = audit_checks.find_newest_checkpoint(tx)
    checkpoint, faults = _newest(place, known_number)
    walked = audit_chain.walk(db.engine, checkpoint.heads if checkpoint else None)
    faults += [in_words(fault) for fault in walked.faults]
    told = (checkpoint.number, checkpoint.at) if checkpoint else (None, None)
    copied = (copies.sent, copies.fault) if copies else (None, None)
    if copies is not None and place is not None and checkpoint is not None:
        faults += copies.faults(checkpoint.number, place.signed)
    with db.transaction(_KEEPER) as tx:
        audit_checks.record(tx, check_id, Found(walked.lines, faults, *told, *copied))
        found = next(each for each in audit_checks.list_checks(tx, SHOWN) if each.id == check_id)
    if faults:
        log.error("the audit does not hold", extra={"count": len(faults)})
    return found


def _newest(place: Place | None, known_number: int) -> tuple[Checkpoint | None, list[str]]:
    """Return the newest checkpoint, and what is wrong with it; a walk goes on without one."""
    try:
        newest = place.newest() if place else None
        checkpoint = Checkpoint.read(newest[1]) if newest else None
    except ValueError as fault:
        return None, [str(fault)]
    if place is not None and known_number > (checkpoint.number if checkpoint else 0):
        return checkpoint, [f"Checkpoint {known_number} of the audit was there and is gone."]
    return checkpoint, []


def in_words(fault: ChainFault) -> str:
    """Return which line does not hold, and why."""
    line = f" (line {fault.seq} of all)" if fault.seq is not None else ""
    return f"Chain {fault.shard} breaks at its line {fault.number}{line}: {fault.sentence}."


def ask(db: Database, actor: Actor) -> None:
    """Ask for a walk; the worker does it within a minute."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        audit_checks.ask(tx, audit="ask to check audit")


def find_overview(db: Database, actor: Actor, *, is_kept: bool) -> Overview:
    """Return the last walks, and whether checkpoints come as they should."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        checks = audit_checks.list_checks(tx, SHOWN)
        now = tx.now
    last = next((each for each in checks if each.done_at is not None), None)
    return Overview(checks, last, any(each.done_at is None for each in checks), is_kept, _is_late(last, now))


def _is_late(last: Check | None, now: datetime) -> bool:
    """Was the newest checkpoint old already when it was last looked at, or has nobody looked for two days?"""
    if last is None or last.done_at is None:
        return False
    if now - last.done_at > 2 * CHECK_EVERY:
        return True
    return last.checkpoint_at is not None and last.done_at - last.checkpoint_at > LATE_AFTER
