"""The steward's work with what could not be carried: seen in one list, tried again, set aside and brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, DomainError
from app.domain.undelivered import MAIL, Aside, Kind, check_reason
from app.domain.vocabulary import Role
from app.services.caring import endings
from app.services.incoming import parked, reception
from app.services.messages import mailing
from app.services.shown.seen import Page
from app.services.systems import notifying
from app.store import set_aside, tasks
from app.store import undelivered as store
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task
from app.store.undelivered import Undelivered

MOST_AT_ONCE = store.MOST_AT_ONCE
_ACT = "list undelivered"


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """What became of trying all of a kind again: how many go, and why others do not, each sentence once."""

    going: int
    refused: int
    why: Sequence[str]


def list_page(
    db: Database, actor: Actor, *, kind: Kind | None = None, aside: bool = False, page: int = 1
) -> Page[Undelivered]:
    """Return a page of what could not be carried, the oldest first; nobody's record is opened."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("undelivered") as system_tx:
        lines, total = store.list_page(system_tx, kind=kind, aside=aside, page=page, audit=_ACT)
    return Page(lines, total, page, store.PAGE)


def count_by_kind(db: Database, actor: Actor) -> Mapping[Kind, int]:
    """Return how many of each kind wait for a decision."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("undelivered") as system_tx:
        return store.count_by_kind(system_tx)


def get(db: Database, actor: Actor, kind: Kind, subject_id: UUID) -> Undelivered:
    """Return one; raises NotFound when it is absent or has been seen to."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("undelivered") as system_tx:
        return store.get(system_tx, kind, subject_id, audit="read undelivered")


def send_again(db: Database, actor: Actor, kind: Kind, subject_id: UUID) -> None:
    """Try one again, under the number by which the carrier knows it: what it has already is not sent twice.

    Raises NotFound when it was seen to meanwhile, Conflict when it is set aside or cannot be tried, with why.
    """
    found = get(db, actor, kind, subject_id)
    if found.aside is not None:
        raise Conflict("It is set aside: bring it back first.")
    match kind:
        case Kind.NEWS:
            endings.retry_feedback(db, actor, subject_id)
        case Kind.WAITING:
            parked.try_again(db, actor, subject_id)
        case Kind.HOOK:
            with db.transaction(actor) as tx, tx.as_system("undelivered") as system_tx:
                store.call_again(system_tx, subject_id, audit="call subscriber again")
        case _:
            mailing.send_again(db, actor, subject_id)
    _settle_tasks(db, actor, kind)


def list_to_send(db: Database, actor: Actor, kind: Kind) -> int:
    """Return how many of a kind one press would try again."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("undelivered") as system_tx:
        return len(store.list_to_send(system_tx, kind))


def send_all_again(db: Database, actor: Actor, kind: Kind) -> TriedAgain:
    """Try everything of a kind again that is not set aside, each by itself; MOST_AT_ONCE at most."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("undelivered") as system_tx:
        ids = store.list_to_send(system_tx, kind)
    refused: list[str] = []
    for each in ids:
        try:
            send_again(db, actor, kind, each)
        except DomainError as fault:  # somebody was faster, or it still cannot be taken
            refused.append(fault.sentence)
    return TriedAgain(len(ids) - len(refused), len(refused), sorted(set(refused)))


def rest(db: Database, actor: Actor, kind: Kind, subject_id: UUID, reason: Aside) -> None:
    """Set one aside with a reason; raises NotFound when it was seen to, Conflict when it is set aside already.

    A message that came in rests only when its sender knows, or nobody's help hangs on it: Invalid (field "reason").
    """
    check_acts_as(actor, Role.STEWARD)
    check_reason(kind, reason)
    with db.transaction(actor) as tx:
        with tx.as_system("undelivered") as system_tx:
            store.get(system_tx, kind, subject_id, audit="set undelivered aside")
        set_aside.add(tx, kind, subject_id, reason)
        tasks.record_done_for_inbox(tx, subject_id)
        _record_tasks(tx, kind)


def bring_back(db: Database, actor: Actor, kind: Kind, subject_id: UUID) -> None:
    """Take one up again that was set aside; raises NotFound when it is not."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        set_aside.end(tx, kind, subject_id)
        if kind is Kind.WAITING:
            tasks.add_task(tx, reception.PARKED_TASK, organisation_id=None, inbox_id=subject_id)
        _record_tasks(tx, kind, again=True)


def _settle_tasks(db: Database, actor: Actor, kind: Kind) -> None:
    with db.transaction(actor) as tx:
        _record_tasks(tx, kind)


def _record_tasks(tx: Tx, kind: Kind, *, again: bool = False) -> None:
    """End the steward's task of a kind with the last of it, and open it `again`; news has its team's own task."""
    task, kinds = (mailing.TASK, MAIL) if kind in MAIL else (notifying.TASK, frozenset({Kind.HOOK}))
    if kind not in kinds:
        return
    with tx.as_system("undelivered") as system_tx:
        waiting = store.count_by_kind(system_tx)
    is_waiting = any(waiting.get(each) for each in kinds)
    if again or not is_waiting:
        record_list_task(tx, task, is_waiting=is_waiting)
