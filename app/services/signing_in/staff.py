"""Who has an account: invited by a link, given another role, ended and taken back; every step by the right person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.vocabulary import OrganisationKind, Role
from app.services.caring import ownership
from app.services.messages import links, mailing
from app.services.signing_in import account_news, passwords
from app.services.watching.set_up import ROLES_OF
from app.store import accounts, directory, own_sessions, second_steps
from app.store import ownership as owners
from app.store import staff as stored
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.session import Database, Tx
from app.store.staff import StaffMember

LONGEST_NAME: Final = 120
_MOST_OF_ONE_NAME: Final = 500
_NOT_YOURSELF: Final = "Somebody else must do this for you: nobody changes their own account here."


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom to invite, for which organisation, as what; `manages`: they may invite helpers of their own group."""

    full_name: str
    email: str
    organisation_id: UUID
    role: Role
    manages: bool = False


def list_seen(db: Database, actor: Actor) -> Sequence[StaffMember]:
    """Return the accounts that the actor looks after: all for a steward, their own group's for who leads it."""
    with db.transaction(actor) as tx:
        return stored.list_members(tx, _scope(tx, actor))


def get_seen(db: Database, actor: Actor, user_id: UUID) -> StaffMember:
    """Return one account that the actor looks after; raises NotFound."""
    with db.transaction(actor) as tx:
        return _member(tx, actor, user_id)


def find_led(db: Database, actor: Actor) -> UUID | None:
    """Return the group that the actor leads, None for a steward, who looks after all; raises NotAllowed."""
    with db.transaction(actor) as tx:
        return _scope(tx, actor)


def leads(db: Database, actor: Actor) -> bool:
    """Tell whether the actor looks after any account."""
    with db.transaction(actor) as tx:
        try:
            _scope(tx, actor)
        except (NotAllowed, NotFound):
            return False
        return True


def invite(db: Database, actor: Actor, asked: Invitation) -> StaffMember:
    """Make an account without a password and send its link; a steward's waits for a second steward. Raises Invalid."""
    with db.transaction(actor) as tx:
        home = _scope(tx, actor) or asked.organisation_id
        if home != asked.organisation_id:
            raise NotFound
        _check(tx, asked, by=actor.role)
        name = _free_user_name(tx, asked.full_name)
        account = replace(
            accounts.new_account(home, asked.role, name, asked.full_name.strip(), ""),
            email=asked.email.casefold(),
            manages=asked.manages and asked.role is Role.PROVIDER,
            active=asked.role is not Role.STEWARD,
        )
        accounts.add_account(tx, account)
        tx.audit(Entry("invite", "account", str(account.id), None, {"role": asked.role.value}))
        if account.active:
            _send_invitation(tx, actor, account)
        else:
            ask_for_steward(tx, actor, account.id)
        return stored.get_member(tx, account.id)


def send_link_again(db: Database, actor: Actor, user_id: UUID) -> None:
    """Send somebody a new link to set their password; the one before ends. Raises NotFound, Conflict, Invalid."""
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        if not member.active:
            raise Conflict("This account has ended. Take it back first.")
        _send_invitation(tx, actor, _account(tx, user_id))


def change(db: Database, actor: Actor, user_id: UUID, role: Role, *, email: str, manages: bool) -> bool:
    """Change what somebody acts as, from their next request on; True when that waits for a second steward.

    Raises NotFound, Invalid for a role that is not of their organisation, or no address.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        _check(tx, Invitation(member.full_name, email, member.organisation_id, role), by=actor.role)
        stored.record_email(tx, user_id, email)
        waits = role is Role.STEWARD and member.role is not Role.STEWARD
        if waits:
            ask_for_steward(tx, actor, user_id)
        else:
            stored.close_grants(tx, user_id, actor.user_id)
            stored.record_role(tx, user_id, role, manages=manages and role is Role.PROVIDER)
        detail = {"from": member.role.value, "to": role.value, "waits": waits}
        tx.audit(Entry("change role", "account", str(user_id), None, detail))
        if role is not member.role and not waits:
            own_sessions.end_all(tx, user_id)
    return waits


def end(db: Database, actor: Actor, user_id: UUID) -> int:
    """End somebody's account at once, with their sessions; their open cases go to the team's duty: return how many."""
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        if not member.active:
            raise Conflict("This account has ended already.")
        owners.record_left(tx, member.username)
        links.revoke(tx, purpose=passwords.SET_PASSWORD, subject_id=user_id)
        if actor.role is Role.STEWARD:
            stored.close_grants(tx, user_id, actor.user_id)
    return ownership.return_leavers(db)


def take_back(db: Database, actor: Actor, user_id: UUID) -> None:
    """Let somebody in again who has left: by a link to a new password. Raises Conflict, Invalid without an address."""
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        if member.active:
            raise Conflict("This account is in use.")
        tx.audit(Entry("take account back", "account", str(user_id)))
        with tx.as_system("accounts") as system_tx:
            second_steps.remove_all(system_tx, user_id)
        if member.role is Role.STEWARD:
            ask_for_steward(tx, actor, user_id)
            return
        stored.record_back(tx, user_id)
        _send_invitation(tx, actor, _account(tx, user_id))


def reset_steps(db: Database, actor: Actor, user_id: UUID) -> None:
    """Forget the second steps of somebody who lost their telephone, and end their sessions. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        _other(tx, actor, user_id)
        account = _account(tx, user_id)
        with tx.as_system("accounts") as system_tx:
            second_steps.remove_all(system_tx, user_id)
        own_sessions.end_all(tx, user_id)
        tx.audit(Entry("remove second steps", "account", str(user_id)))
        account_news.tell(tx, account, "The steward switched the second step off for your account.")


def ask_for_steward(tx: Tx, actor: Actor, user_id: UUID) -> None:
    """Write that somebody is to become a steward: another steward has to say yes."""
    check_acts_as(actor, Role.STEWARD)
    if actor.user_id is None:
        raise NotAllowed("Two stewards agree on a third.")
    stored.add_grant(tx, user_id, actor.user_id)
    tx.audit(Entry("ask for steward", "account", str(user_id)))


def _scope(tx: Tx, actor: Actor) -> UUID | None:
    """Return whose accounts the actor looks after, None for everybody's; raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.PROVIDER)
    if actor.role is Role.STEWARD:
        return None
    own = accounts.find_account_by_id(tx, actor.user_id) if actor.user_id else None
    if own is None or not own.manages or actor.entered_by or own.organisation_id != actor.organisation_id:
        raise NotAllowed("Ask whoever leads your group, or the steward of your area.")
    return own.organisation_id


def _member(tx: Tx, actor: Actor, user_id: UUID) -> StaffMember:
    scope, member = _scope(tx, actor), stored.get_member(tx, user_id)
    if scope is not None and member.organisation_id != scope:
        raise NotFound
    return member


def _other(tx: Tx, actor: Actor, user_id: UUID) -> StaffMember:
    member = _member(tx, actor, user_id)
    if user_id == actor.user_id:
        raise Conflict(_NOT_YOURSELF)
    return member


def _account(tx: Tx, user_id: UUID) -> Account:
    account = accounts.find_account_by_id(tx, user_id)
    if account is None:
        raise NotFound
    return account


def _check(tx: Tx, asked: Invitation, *, by: Role) -> None:
    problems = []
    if not asked.full_name.strip() or len(asked.full_name) > LONGEST_NAME:
        problems.append(FieldProblem("full_name", f"Write their name, in up to {LONGEST_NAME} characters."))
    if not mailing.is_address(asked.email):
        problems.append(FieldProblem("email", "Write an e-mail address such as amina@example.org."))
    home = directory.get_organisation(tx, asked.organisation_id)
    if asked.role not in ROLES_OF[OrganisationKind(home.kind)] or (
        by is Role.PROVIDER and asked.role is not Role.PROVIDER
    ):
        problems.append(FieldProblem("role", "Choose what people do at this organisation."))
    elif not home.source.signs_in:
        problems.append(FieldProblem("organisation_id", "Nobody signs in for people who ask for themselves."))
    if problems:
        raise Invalid(problems)


def _free_user_name(tx: Tx, full_name: str) -> str:
    """Return a user name made of a name; nobody chooses one, so that nobody learns which are taken."""
    plain = unicodedata.normalize("NFKD", full_name.casefold()).encode("ascii", "ignore").decode()
    wanted = ".".join(re.findall(r"[a-z0-9]+", plain)[:3])[:40] or "person"
    for number in range(1, _MOST_OF_ONE_NAME):
        name = wanted if number == 1 else f"{wanted}.{number}"
        if accounts.find_account(tx, name) is None:
            return name
    raise Conflict("There are too many people of this name.")


def _send_invitation(tx: Tx, actor: Actor, account: Account) -> None:
    inviter = directory.get_organisation(tx, actor.organisation_id) if actor.organisation_id else None
    by = inviter.name if inviter else "Your area"
    passwords.send_link(tx, account, days=passwords.INVITED_DAYS, invited_by=by)


def list_homes(db: Database, actor: Actor) -> Sequence[tuple[UUID, str]]:
    """Return the organisations that somebody can be invited for, by name."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return stored.list_homes(tx)
