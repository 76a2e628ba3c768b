"""Two people decide what leads into an account, or makes a steward: what one asked, another grants or refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, own_account_id
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.vocabulary import Role
from app.services.messages import links
from app.services.signing_in import account_news, passwords
from app.store import accounts, own_sessions, second_steps
from app.store import ownership as owners
from app.store import staff as stored
from app.store.audit import Entry
from app.store.session import Database, Tx
from app.store.staff import Grant, GrantKind, StaffMember, Wish

ANOTHER: Final = "Another steward has to say yes: two people agree."


def ask(tx: Tx, actor: Actor, user_id: UUID, wish: Wish) -> None:
    """Write what needs a second person's word: another steward's, or its owner's where it is their own account.

    Raises Conflict when the same waits already.
    """
    check_acts_as(actor, Role.STEWARD)
    if actor.user_id is None:
        raise NotAllowed("Two stewards agree.")
    stored.add_grant(tx, user_id, actor.user_id, wish)
    tx.audit(Entry(f"ask for {wish.kind.value}", "account", str(user_id)))


def list_waiting(db: Database, actor: Actor) -> Sequence[Grant]:
    """Return what waits for a second one's word."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return stored.list_grants(tx)


def list_own(db: Database, actor: Actor) -> Sequence[Grant]:
    """Return what was asked for of the actor's own account, and waits for their word or a second steward's."""
    user_id = own_account_id(actor)
    with db.transaction(actor) as tx, tx.as_system("accounts") as system_tx:
        return [each for each in stored.list_grants(system_tx) if _may_own(each, user_id)]


def decide(db: Database, actor: Actor, grant_id: UUID, *, granted: bool) -> None:
    """Say the second steward's word; raises Conflict for who asked, NotFound.

    Whoever is to become a steward is none yet, so what makes them one is not theirs to say here either.
    """
    check_acts_as(actor, Role.STEWARD)
    if actor.user_id is None:
        raise NotAllowed("A steward says this, signed in.")
    with db.transaction(actor) as tx:
        asked = _waiting(tx, grant_id)
        if granted and actor.user_id == asked.asked_by:
            raise Conflict(ANOTHER)
        _settle(tx, actor.user_id, asked, granted=granted)


def decide_own(db: Database, actor: Actor, session_id: UUID, grant_id: UUID, *, granted: bool) -> None:
    """Say yes or no to what was asked for of one's own account; the session it is said in goes on.

    Raises NotFound for what is another's, or not its owner's to say; Conflict when it was decided already.
    """
    user_id = own_account_id(actor)
    with db.transaction(actor) as tx, tx.as_system("accounts") as system_tx:
        asked = _waiting(system_tx, grant_id, of=user_id)
        _settle(system_tx, user_id, asked, granted=granted, but=session_id)


def _may_own(asked: Grant, user_id: UUID) -> bool:
    """Whether the account is theirs and the word too: nobody makes themselves a steward."""
    return asked.user_id == user_id and asked.kind is not GrantKind.STEWARD


def _waiting(tx: Tx, grant_id: UUID, *, of: UUID | None = None) -> Grant:
    for each in stored.list_grants(tx):
        if each.id == grant_id and (of is None or _may_own(each, of)):
            return each
    stored.check_decided(tx, grant_id, of=of)
    raise NotFound


def _settle(tx: Tx, by: UUID, asked: Grant, *, granted: bool, but: UUID | None = None) -> None:
    user_id = stored.decide_grant(tx, asked.id, by, granted=granted)
    act = f"{'grant' if granted else 'refuse'} {asked.kind.value}"
    tx.audit(Entry(act, "account", str(user_id), None, {"by": str(by)}))
    if granted:
        _FOLLOWS[asked.kind](tx, asked, stored.get_member(tx, user_id), but)


def _make_steward(tx: Tx, asked: Grant, member: StaffMember, but: UUID | None) -> None:  # noqa: ARG001 - as all of them
    stored.record_role(tx, member.id, Role.STEWARD, manages=False)
    own_sessions.end_all(tx, member.id)
    if not member.active:
        stored.record_back(tx, member.id)
    account = accounts.find_account_by_id(tx, member.id)
    if account is not None and not account.password_hash:
        passwords.send_link(tx, account, days=passwords.INVITED_DAYS, invited_by="The stewards of your area")


def _change_address(tx: Tx, asked: Grant, member: StaffMember, but: UUID | None) -> None:
    if asked.email:
        move_address(tx, member, asked.email, but=but)


def _switch_steps_off(tx: Tx, asked: Grant, member: StaffMember, but: UUID | None) -> None:  # noqa: ARG001
    switch_steps_off(tx, member.id)


def _take_role(tx: Tx, asked: Grant, member: StaffMember, but: UUID | None) -> None:  # noqa: ARG001
    if asked.role is not None:
        stored.record_role(tx, member.id, asked.role, manages=False)
        own_sessions.end_all(tx, member.id)


def _end(tx: Tx, asked: Grant, member: StaffMember, but: UUID | None) -> None:  # noqa: ARG001
    if member.active:
        end_account(tx, member)
    stored.close_grants(tx, member.id, asked.asked_by)


_FOLLOWS: Final[Mapping[GrantKind, Callable[[Tx, Grant, StaffMember, UUID | None], None]]] = {
    GrantKind.STEWARD: _make_steward,
    GrantKind.ADDRESS: _change_address,
    GrantKind.STEPS: _switch_steps_off,
    GrantKind.ROLE: _take_role,
    GrantKind.END: _end,
}


def move_address(tx: Tx, member: StaffMember, email: str, *, but: UUID | None = None) -> None:
    """Let links and news go to another address; links on their way and sessions end, both addresses hear of it."""
    stored.record_email(tx, member.id, email)
    links.revoke(tx, purpose=passwords.SET_PASSWORD, subject_id=member.id)
    own_sessions.end_all(tx, member.id, but=but)
    tx.audit(Entry("change address", "account", str(member.id)))
    account_news.tell_of(tx, member.id, "The e-mail address of your account has changed.", also=member.email)


def switch_steps_off(tx: Tx, user_id: UUID) -> None:
    """Forget somebody's second steps, end their sessions, and tell them."""
    with tx.as_system("accounts") as system_tx:
        second_steps.remove_all(system_tx, user_id)
    own_sessions.end_all(tx, user_id)
    tx.audit(Entry("remove second steps", "account", str(user_id)))
    account_news.tell_of(tx, user_id, "The steward switched the second step off for your account.")


def end_account(tx: Tx, member: StaffMember) -> None:
    """End somebody's account with their sessions and links; whose cases are theirs is settled after."""
    owners.record_left(tx, member.username)
    links.revoke(tx, purpose=passwords.SET_PASSWORD, subject_id=member.id)
