"""Who has an account: invited by a link, given another role, ended and taken back; every step by the right person."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.vocabulary import OrganisationKind, Role
from app.services.caring import ownership
from app.services.messages import mailing
from app.services.signing_in import account_news, passwords, staff_stewards
from app.services.watching.set_up import ROLES_OF
from app.store import accounts, directory, own_sessions, second_steps
from app.store import staff as stored
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.session import Database, Tx
from app.store.staff import GrantKind, StaffMember, Wish

LONGEST_NAME: Final = 120
_DIGITS: Final = 5  # at the end of each user name, drawn for everybody
_TRIES: Final = 20
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
    """Change what somebody acts as, from their next request on, and where links go; True when any of it waits.

    The address of an account that somebody has begun waits for a second steward, or its owner; so do a steward to be
    and a steward to be none. Raises NotFound, Conflict, Invalid for a role that is not of their organisation, or no
    address.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        _check(tx, Invitation(member.full_name, email, member.organisation_id, role), by=actor.role)
        moves = _change_address(tx, actor, member, email.casefold())
        waits = _change_role(tx, actor, member, role, manages=manages)
        detail = {"from": member.role.value, "to": role.value, "waits": waits}
        tx.audit(Entry("change role", "account", str(user_id), None, detail))
    return moves or waits


def _change_address(tx: Tx, actor: Actor, member: StaffMember, email: str) -> bool:
    """Return whether a second word is waited for: a new address is the way into an account that is somebody's."""
    if email == member.email:
        return False
    if not member.begun and not (member.role is Role.STEWARD and member.active):
        stored.close_grants(
            tx, member.id, actor.user_id, [GrantKind.STEWARD]
        )  # the yes was to another address
        staff_stewards.move_address(tx, member, email)
        return False
    staff_stewards.ask(tx, actor, member.id, Wish(GrantKind.ADDRESS, email=email))
    account_news.tell_of(
        tx,
        member.id,
        "A steward asked for a new e-mail address for your account. It counts when you say yes to it on the page of "
        "your account, or when another steward does. There you can say no as well.",
    )
    return True


def _change_role(tx: Tx, actor: Actor, member: StaffMember, role: Role, *, manages: bool) -> bool:
    was_steward = member.role is Role.STEWARD and member.active
    if role is Role.STEWARD and member.role is not Role.STEWARD:
        ask_for_steward(tx, actor, member.id)
        return True
    if was_steward and role is not Role.STEWARD:
        staff_stewards.ask(tx, actor, member.id, Wish(GrantKind.ROLE, role=role))
        return True
    stored.close_grants(tx, member.id, actor.user_id, [GrantKind.STEWARD, GrantKind.ROLE])
    stored.record_role(tx, member.id, role, manages=manages and role is Role.PROVIDER)
    if role is not member.role:
        own_sessions.end_all(tx, member.id)
    return False


def end(db: Database, actor: Actor, user_id: UUID) -> int | None:
    """End somebody's account at once, with their sessions; their open cases go to the team's duty: return how many.

    Of a steward only the sessions end at once; None: the rest waits for a second word. Raises NotFound, Conflict.
    """
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        if not member.active:
            raise Conflict("This account has ended already.")
        if waits := member.role is Role.STEWARD:
            _ask_about_steward(tx, actor, user_id, GrantKind.END, "A steward asked that your account ends.")
            own_sessions.end_all(tx, user_id)
        else:
            staff_stewards.end_account(tx, member)
            if actor.role is Role.STEWARD:
                stored.close_grants(tx, user_id, actor.user_id)
    return None if waits else ownership.return_leavers(db)


def _ask_about_steward(tx: Tx, actor: Actor, user_id: UUID, kind: GrantKind, what: str) -> None:
    staff_stewards.ask(tx, actor, user_id, Wish(kind))
    account_news.tell_of(tx, user_id, f"{what} That waits for the word of a second person.")


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


def reset_steps(db: Database, actor: Actor, user_id: UUID) -> bool:
    """Forget the second steps of somebody who lost their telephone, and end their sessions. Raises NotFound, Conflict.

    True when that waits for a second word, a steward's account being one that leads into others.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        member = _other(tx, actor, user_id)
        if waits := member.role is Role.STEWARD:
            asked = "A steward asked that the second step of your account is switched off."
            _ask_about_steward(tx, actor, user_id, GrantKind.STEPS, asked)
        else:
            staff_stewards.switch_steps_off(tx, user_id)
    return waits


def ask_for_steward(tx: Tx, actor: Actor, user_id: UUID) -> None:
    """Write that somebody is to become a steward: another steward has to say yes."""
    staff_stewards.ask(tx, actor, user_id, Wish(GrantKind.STEWARD))


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


def address_problems(email: str) -> Sequence[FieldProblem]:
    """Return what is wrong with the address to which an account's links and news go."""
    wrong = not mailing.is_address(email)
    return [FieldProblem("email", "Write an e-mail address such as amina@example.org.")] if wrong else []


def _check(tx: Tx, asked: Invitation, *, by: Role) -> None:
    problems = []
    if not asked.full_name.strip() or len(asked.full_name) > LONGEST_NAME:
        problems.append(FieldProblem("full_name", f"Write their name, in up to {LONGEST_NAME} characters."))
    problems += address_problems(asked.email)
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
    """Return a user name made of a name and digits by chance; nobody chooses one, so nobody learns which are taken.

    Everybody gets digits: those alone whose name is taken would tell that somebody of that name is at another group.
    """
    plain = unicodedata.normalize("NFKD", full_name.casefold()).encode("ascii", "ignore").decode()
    wanted = ".".join(re.findall(r"[a-z0-9]+", plain)[:3])[:40] or "person"
    for _ in range(_TRIES):
        name = f"{wanted}.{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
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
