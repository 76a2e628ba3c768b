"""Sends the rows of a cohort's file: each with its result in one transaction, so that a crash leaves none half done."""

from __future__ import annotations

import logging
import time
from datetime import date
from typing import Final
from uuid import UUID

import orjson

from app.domain.access import system
from app.domain.cohort import RowStatus
from app.domain.errors import Invalid
from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.sheet import CellProblem
from app.services.incoming.cohort_before import SentBefore
from app.services.incoming.web_referral import Asked, Door, hand_in
from app.store import cohort as store
from app.store import directory, inbox
from app.store.cohort import DueLine
from app.store.joined import Joined
from app.store.session import Database, Tx

log = logging.getLogger(__name__)
MOST_AT_ONCE: Final = 300
LONGEST_TURN: Final = 10.0  # seconds; then whatever else is due has its turn
MOST_ATTEMPTS: Final = 5
_PROCESS: Final = system("cohort")


def due(db: Database) -> list[UUID]:
    """Return the files that are being sent, and forget those that nobody sent for a day."""
    with db.transaction(_PROCESS) as tx:
        store.remove_left(tx)
        return list(store.list_due(tx))


def run(db: Database, cohort_id: UUID, *, most: int = MOST_AT_ONCE, rules: PlaceRules = DEFAULT_RULES) -> int:
    """Send the next rows of a file, each by itself; return how many. None is sent while another process sends."""
    until = time.monotonic() + LONGEST_TURN
    for count in range(most):
        if time.monotonic() > until or not _send_next(db, cohort_id, rules):
            return count
    return most


def _send_next(db: Database, cohort_id: UUID, rules: PlaceRules) -> bool:
    taken: list[DueLine] = []
    try:
        with db.transaction(_PROCESS) as tx:
            line = store.take_next(tx, cohort_id)
            if line is None:
                return False
            taken.append(line)
            _send(Joined(db, tx), tx, line, rules)
    except Exception as fault:  # the row waits for its next turn; texts of faults may quote values
        if not taken:
            raise
        _failed(db, taken[0], fault)
        return False
    return True


def _send(db: Database, tx: Tx, line: DueLine, rules: PlaceRules) -> None:
    """Give a row to the intake of messages, unless the cohort's person was taken before."""
    for each in sorted(str(key) for key in (line.person.number, line.person.names) if key is not None):
        inbox.hold_case(tx, each, None)  # another file of the same name may bring them at this moment
    before = SentBefore(store.list_sent(tx, [line.person]))
    if before.has_another_number(line.person):
        problem = CellProblem(line.number, "", "nhs_number", SentBefore.ANOTHER)
        store.record_result(tx, line, RowStatus.REFUSED, problems=[problem])
        return
    if (known := before.find(line.person)) is not None:
        store.record_result(tx, line, RowStatus.KNOWN, reference=known.reference)
        return
    requester = directory.get_organisation(tx, line.requester_id)
    door = Door(f"cohort:{requester.id}", requester, line.asked_by)
    try:
        taken = hand_in(db, door, _opened(line.asked), request_id=line.request_id, rules=rules)
    except Invalid as fault:
        tx.enter_scope()
        problems = [CellProblem(line.number, "", each.field, each.sentence) for each in fault.problems]
        store.record_result(tx, line, RowStatus.REFUSED, problems=problems)
        return
    tx.enter_scope()
    store.record_result(tx, line, RowStatus.TAKEN, reference=taken.referral.reference)


def _opened(asked: bytes) -> Asked:
    told = orjson.loads(asked)
    born = told.pop("birth_date")
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Asked(**(told | lists), birth_date=date.fromisoformat(born) if born else None)


def _failed(db: Database, line: DueLine, fault: Exception) -> None:
    told = {"cohort_id": str(line.cohort_id), "row": line.number, "fault": type(fault).__name__}
    log.warning("a row of a cohort could not be sent", extra=told)
    with db.transaction(_PROCESS) as tx:
        if store.record_attempt(tx, line) >= MOST_ATTEMPTS:
            sentence = "Something went wrong here. Upload this row again, or refer the person by hand."
            problem = CellProblem(line.number, "", "", sentence)
            store.record_result(tx, line, RowStatus.REFUSED, problems=[problem])
