"""Acting for several organisations: seats beside one's own, given and ended by the steward, chosen for a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, own_account_id
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.vocabulary import OrganisationKind, Role
from app.services.caring import ownership
from app.services.signing_in import account_news
from app.services.watching.set_up import ROLES_OF
from app.store import accounts, directory, staff
from app.store import seats as stored
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.seats import Seat
from app.store.session import Database, Tx

ROLES: Final = (Role.LINK_WORKER, Role.PROVIDER, Role.PRACTICE)
_KINDS: Final = (OrganisationKind.TEAM, OrganisationKind.PROVIDER, OrganisationKind.PRACTICE)
_NOT_THEM: Final = (
    "Stewards and analysts act for the place alone: "
    "who sees everything, or the dataset, works with no referrals."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An organisation that somebody may act for; `is_now`: they act for it."""

    organisation_id: UUID
    name: str
    role: Role
    is_now: bool


def list_own(db: Database, actor: Actor, *, now: UUID | None) -> Sequence[Choice]:
    """Return for whom the actor may act, their own organisation first; `now` is the one they act for."""
    user_id = own_account_id(actor)
    with db.transaction(actor) as tx:
        account = _account(tx, user_id)
        home = directory.get_organisation(tx, account.organisation_id)
        own = Choice(home.id, home.name, account.role, home.id == now)
        others = [
            Choice(each.organisation_id, each.organisation_name, each.role, each.organisation_id == now)
            for each in stored.list_running(tx, user_id)
        ]
        return [own, *others]


def act_for(db: Database, actor: Actor, token: str, organisation_id: UUID) -> None:
    """Act for another of one's organisations from the next request on; raises NotFound for any other."""
    user_id = own_account_id(actor)
    with db.transaction(actor) as tx:
        seats = {each.organisation_id: each.id for each in stored.list_running(tx, user_id)}
        if organisation_id not in seats and organisation_id != _account(tx, user_id).organisation_id:
            raise NotFound
        accounts.record_seat(tx, token, seats.get(organisation_id))
        tx.audit(Entry("act for", "organisation", str(organisation_id)))


def list_of(db: Database, actor: Actor, user_id: UUID) -> Sequence[Seat]:
    """Return for whom somebody acts beside their own organisation, for the steward."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return stored.list_running(tx, user_id)


def list_places(db: Database, actor: Actor, user_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Return the organisations that somebody could act for too, by name; none for whom it is not allowed."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        member = staff.get_member(tx, user_id)
        if member.role not in ROLES:
            return ()
        taken = {member.organisation_id, *(each.organisation_id for each in stored.list_running(tx, user_id))}
        return [each for each in staff.list_homes(tx, _KINDS) if each[0] not in taken]


def add(db: Database, actor: Actor, user_id: UUID, organisation_id: UUID) -> None:
    """Let somebody act for one more organisation; raises NotFound, Conflict, Invalid."""
    check_acts_as(actor, Role.STEWARD)
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        member = staff.get_member(tx, user_id)
        if not member.active:
            raise Conflict("This account has ended. Take it back first.")
        if user_id == by or member.role not in ROLES:
            raise Conflict(_NOT_THEM)
        home = directory.get_organisation(tx, organisation_id)
        kind = OrganisationKind(home.kind)
        if kind not in _KINDS or not home.source.signs_in or organisation_id == member.organisation_id:
            raise Invalid([FieldProblem("organisation_id", "Choose another organisation from the list.")])
        role = ROLES_OF[kind][0]
        seat_id = stored.add(tx, user_id, organisation_id, role, by=by)
        detail = {"account": str(user_id), "organisation": str(organisation_id), "role": role.value}
        tx.audit(Entry("begin seat", "seat", str(seat_id), None, detail))
        account_news.tell(tx, _account(tx, user_id), "You can act for one more organisation now.")


def end(db: Database, actor: Actor, user_id: UUID, seat_id: UUID) -> int:
    """End it at once; what they looked after there goes to that team's duty: return how many. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        if not stored.end(tx, user_id, seat_id, by=by):
            raise NotFound
        tx.audit(Entry("end seat", "seat", str(seat_id), None, {"account": str(user_id)}))
        account_news.tell(tx, _account(tx, user_id), "You do not act for one of your organisations any more.")
    return ownership.return_leavers(db)


def _account(tx: Tx, user_id: UUID) -> Account:
    account = accounts.find_account_by_id(tx, user_id)
    if account is None:
        raise NotFound
    return account
