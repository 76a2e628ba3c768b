"""Legal holds: one person puts a record on hold at once; two lift it before its day."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, own_account_id
from app.domain.errors import Conflict
from app.domain.retention_review import DroppedWhy, NewHold, check_hold, check_second
from app.domain.vocabulary import Role
from app.services.retaining.asking import find_record
from app.services.retaining.listing import tell_steward
from app.store import departures, legal_holds, retention_reviews
from app.store.legal_holds import Hold
from app.store.session import Database, Tx

_HOLD, _LIFT, _STAY = "put on hold", "lift hold", "leave on hold"
_OVER: Final = "This hold does not run any more."


def hold_found(db: Database, actor: Actor, typed: str, new: NewHold) -> UUID:
    """Put on hold whose NHS number or reference this is; return the hold's number.

    Raises Invalid (fields "record", "code", "words", "until").
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("retention") as system_tx:
        check_hold(new, tx.today)
        return _hold(system_tx, find_record(system_tx, typed), new, by=own_account_id(actor))


def hold(db: Database, actor: Actor, review_id: UUID, new: NewHold) -> UUID:
    """Put a record of the list on hold; return the hold's number. Raises NotFound, Invalid, Conflict once decided."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        review = retention_reviews.get(tx, review_id, audit=_HOLD)
        if not review.is_open:
            raise Conflict("This was decided already.")
        check_hold(new, tx.today)
        with tx.as_system("retention") as system_tx:
            return _hold(system_tx, review.person_id, new, by=own_account_id(actor))


def lift(db: Database, actor: Actor, hold_id: UUID) -> bool:
    """Want a hold lifted, or say the second word to it; tell whether it is lifted now.

    Raises NotFound, Conflict for the same person twice and for a hold that does not run.
    """
    check_acts_as(actor, Role.STEWARD)
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        found = _running(tx, hold_id)
        if found.lift_asked_by is None:
            legal_holds.record_lift_asked(tx, found, by, audit="ask to lift hold")
            return False
        check_second(found.lift_asked_by, by)
        legal_holds.record_lifted(tx, found, by, audit=_LIFT)
        return True


def leave(db: Database, actor: Actor, hold_id: UUID) -> None:
    """Leave a hold as it is: the wish to lift it is taken back, by whoever had it or by another."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        legal_holds.record_lift_asked(tx, _running(tx, hold_id), None, audit=_STAY)


def _running(tx: Tx, hold_id: UUID) -> Hold:
    found = legal_holds.get(tx, hold_id, audit=_LIFT)
    if not found.is_running(tx.today):
        raise Conflict(_OVER)
    return found


def _hold(tx: Tx, person_id: UUID, new: NewHold, *, by: UUID) -> UUID:
    """The review's row first, the gate then, as an erasure does: of a hold and an erasure one is first."""
    review = retention_reviews.find_open(tx, person_id)
    departures.shut(tx, person_id)
    hold_id = legal_holds.add(tx, person_id, new, by=by, audit=_HOLD)
    if review is not None:
        retention_reviews.record_dropped(tx, review, DroppedWhy.HELD, audit=_HOLD)
    tell_steward(tx)
    return hold_id
