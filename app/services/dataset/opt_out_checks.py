"""The national check for opt-outs by itself: asks about whom the next extract tells, and takes what is answered.

What goes out is NHS numbers and nothing else, made when it leaves and kept nowhere; what stands here of the answer is a
day beside each person who was asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.access import system
from app.domain.errors import Invalid
from app.services.dataset.opt_outs import Checked, question_of, read_file, strange_lines
from app.store import opt_out_checks, people
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task

TASK: Final = "national-check-failed"
EVERY: Final = timedelta(days=1)  # at the most so often
OVERDUE: Final = timedelta(days=3)  # the service answers within a day
_AHEAD: Final = timedelta(days=2)  # so long before an answer is too old it is asked anew
_ACT: Final = "national data opt-out check"
_ACTOR: Final = system("opt-out-check")


class Problem(StrEnum):
    """Why there is no good answer."""

    OVERDUE = "overdue"
    UNREADABLE = "unreadable"
    NOT_TAKEN = "not-taken"


@dataclass(frozen=True, slots=True)
class Question:
    """What goes out: under which name, and its bytes; `repeated`: it may have left before."""

    id: UUID
    body: bytes
    repeated: bool


# Hands a question to the carrier; its own name of it, or None when it could not be reached just now.
Send = Callable[[Question], str | None]


class NotTaken(Exception):
    """The carrier refused a question for good."""


def fresh_from(today: date, valid_days: int) -> date:
    """Return the oldest day of an answer that still counts."""
    return today - timedelta(days=valid_days)


def run(db: Database, send: Send, *, valid_days: int) -> None:
    """Give up on an answer that is overdue, ask what is due, and send what was asked and has not left."""
    with db.transaction(_ACTOR) as tx:
        _give_up(tx)
        _ask(tx, valid_days)
    question = _to_send(db)
    if question is None:
        return
    try:
        reference = send(question)
    except NotTaken:
        _settle(db, question.id, Problem.NOT_TAKEN)
        return
    if reference is not None:
        with db.transaction(_ACTOR) as tx:
            opt_out_checks.record_sent(tx, question.id, reference, audit=_ACT)


def _give_up(tx: Tx) -> None:
    found = opt_out_checks.find_open(tx)
    if found is not None and tx.now - found.asked_at > OVERDUE:
        _record_problem(tx, found.id, Problem.OVERDUE)


def _ask(tx: Tx, valid_days: int) -> None:
    newest = opt_out_checks.find_newest(tx)
    if newest is not None and tx.now - newest.asked_at < EVERY:
        return
    if opt_out_checks.find_open(tx) is not None:
        return
    due = opt_out_checks.list_due(tx, fresh_from=fresh_from(tx.today, valid_days) + _AHEAD)
    if due:
        opt_out_checks.add(tx, due, audit=_ACT)


def _to_send(db: Database) -> Question | None:
    with db.transaction(_ACTOR) as tx:
        found = opt_out_checks.find_open(tx)
        if found is None or found.sent_at is not None:
            return None
        known = people.list_for_referrals(tx, opt_out_checks.list_asked(tx, found.id), audit=_ACT)
        opt_out_checks.record_tried(tx, found.id)
        return Question(found.id, question_of(known.values()), found.repeated)


def take_answer(db: Database, body: bytes, *, name: str | None = None) -> Checked | None:
    """Keep what an answer says of whom the open question asked about; None where nothing was asked or it is no answer.

    `name` is that under which the answer travels: where it is that of an older question, it says nothing of this one.

    Whoever was asked about and is not in it has opted out. An answer that cannot be read, or names somebody who was not
    asked about, counts for nobody: until a good one comes, nobody of that question is told of.
    """
    with db.transaction(_ACTOR) as tx:
        found = opt_out_checks.find_open(tx)
        if found is None or _is_of_another(tx, found.id, name):
            return None
        asked = _numbers_of(tx, found.id)
        try:
            allowed: set[str] | None = set(read_file("answer", body))
        except Invalid:
            allowed = None
        if allowed is None or strange_lines(asked, allowed):
            _record_problem(tx, found.id, Problem.UNREADABLE)
            return None
        people.record_national_check(tx, opted_out=asked - allowed, allowed=allowed, audit=_ACT)
        opt_out_checks.record_settled(tx, found.id, opted_out=len(asked - allowed), audit=_ACT)
        record_list_task(tx, TASK, is_waiting=False)
        return Checked(len(asked), len(asked - allowed))


def _is_of_another(tx: Tx, check_id: UUID, name: str | None) -> bool:
    return name is not None and name != str(check_id) and opt_out_checks.is_known(tx, name)


def _numbers_of(tx: Tx, check_id: UUID) -> set[str]:
    known = people.list_for_referrals(tx, opt_out_checks.list_asked(tx, check_id), audit=_ACT)
    return set(read_file("question", question_of(known.values())))


def _settle(db: Database, check_id: UUID, problem: Problem) -> None:
    with db.transaction(_ACTOR) as tx:
        _record_problem(tx, check_id, problem)


def _record_problem(tx: Tx, check_id: UUID, problem: Problem) -> None:
    opt_out_checks.record_settled(tx, check_id, problem=problem, audit=_ACT)
    record_list_task(tx, TASK, is_waiting=True)
