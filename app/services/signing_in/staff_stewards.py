"""Two people make a steward: what one asked, another grants or refuses."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, NotAllowed
from app.domain.vocabulary import Role
from app.services.signing_in import passwords
from app.store import accounts, own_sessions
from app.store import staff as stored
from app.store.audit import Entry
from app.store.session import Database
from app.store.staff import Grant


def list_waiting(db: Database, actor: Actor) -> Sequence[Grant]:
    """Return who is to become a steward and waits for a second one's word."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return stored.list_grants(tx)


def decide(db: Database, actor: Actor, grant_id: UUID, *, granted: bool) -> None:
    """Say the second steward's word; raises Conflict for who asked, or whom it is about, NotFound."""
    check_acts_as(actor, Role.STEWARD)
    if actor.user_id is None:
        raise NotAllowed("A steward says this, signed in.")
    with db.transaction(actor) as tx:
        waiting = {each.id: each for each in stored.list_grants(tx)}
        asked = waiting.get(grant_id)
        if asked is not None and granted and actor.user_id in (asked.asked_by, asked.user_id):
            raise Conflict("Another steward has to say yes: two people agree on a third.")
        user_id = stored.decide_grant(tx, grant_id, actor.user_id, granted=granted)
        tx.audit(Entry("grant steward" if granted else "refuse steward", "account", str(user_id)))
        if not granted:
            return
        member = stored.get_member(tx, user_id)
        stored.record_role(tx, user_id, Role.STEWARD, manages=False)
        own_sessions.end_all(tx, user_id)
        if not member.active:
            stored.record_back(tx, user_id)
        account = accounts.find_account_by_id(tx, user_id)
        if account is not None and not account.password_hash:
            passwords.send_link(
                tx, account, days=passwords.INVITED_DAYS, invited_by="The stewards of your area"
            )
