"""Who of another organisation may act for a group: seen by whoever leads it, and ended by them at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import Actor, own_account_id
from app.domain.errors import NotFound
from app.services.caring import ownership
from app.services.signing_in import account_news, staff
from app.store import accounts, seats
from app.store.audit import Entry
from app.store.seats import Holder
from app.store.session import Database


def list_here(db: Database, actor: Actor) -> Sequence[Holder]:
    """Return who may act for the group that the actor leads, by name; none for a steward, who leads no group.

    Raises NotAllowed for whoever leads none.
    """
    led = staff.find_led(db, actor)
    if led is None:
        return ()
    with db.transaction(actor) as tx:
        return seats.list_holders(tx, led)


def end(db: Database, actor: Actor, seat_id: UUID) -> None:
    """End one, from their next page on, and tell them; raises NotFound for another group's, NotAllowed."""
    led, by = staff.find_led(db, actor), own_account_id(actor)
    with db.transaction(actor) as tx:
        holders = {each.seat_id: each for each in seats.list_holders(tx, led)} if led else {}
        if seat_id not in holders:
            raise NotFound
        user_id = holders[seat_id].user_id
        with tx.as_system("seats") as system_tx:  # the wall lets stewards alone change seats
            if not seats.end(system_tx, user_id, seat_id, by=by):
                raise NotFound
        tx.audit(Entry("end seat", "seat", str(seat_id), None, {"account": str(user_id)}))
        account = accounts.find_account_by_id(tx, user_id)
        if account is not None:
            account_news.tell(tx, account, "You do not act for one of your organisations any more.")
    ownership.return_leavers(db)
