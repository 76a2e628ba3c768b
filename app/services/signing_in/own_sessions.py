"""Where somebody is signed in, ending that, and showing anew who they are before what cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import Actor, own_account_id
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.services.signing_in import second_steps
from app.services.signing_in.sign_in import fits
from app.store import own_sessions as stored
from app.store.accounts import Sitting
from app.store.audit import Entry
from app.store.session import Database


def list_own(db: Database, actor: Actor) -> Sequence[Sitting]:
    """Return where the actor is signed in, the last used first."""
    with db.transaction(actor) as tx:
        return stored.list_alive(tx, own_account_id(actor))


def end(db: Database, actor: Actor, session_id: UUID) -> None:
    """End one of the actor's sessions; raises NotFound for another's."""
    with db.transaction(actor) as tx:
        if not stored.end(tx, own_account_id(actor), session_id):
            raise NotFound
        tx.audit(Entry("end session", "account", str(actor.user_id)))


def end_others(db: Database, actor: Actor, session_id: UUID) -> int:
    """End all of the actor's sessions but this one; return how many."""
    with db.transaction(actor) as tx:
        count = stored.end_all(tx, own_account_id(actor), but=session_id)
        tx.audit(Entry("end sessions", "account", str(actor.user_id), None, {"count": count}))
        return count


def confirm(db: Database, actor: Actor, session_id: UUID, *, password: str = "", code: str = "") -> None:
    """Take a password or a code as the proof that it is still them. Raises Invalid."""
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        right = second_steps.is_own_code(tx, actor, code) if code else fits(account, password)
        if right:
            stored.record_confirmed(tx, session_id)
        tx.audit(Entry("confirm it is them" if right else "confirmation refused", "account", str(account.id)))
    if not right:
        field = "code" if code else "password"
        raise Invalid([FieldProblem(field, "That is not right. Try again.")])
