"""Whose a referral is: whoever takes it on, whoever it is handed to, and the team's duty in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.vocabulary import Role
from app.store import ownership, referrals
from app.store.ownership import Colleague, Owner
from app.store.session import Database, Tx

_ACT = "hand over"
_SWEEPER = system("ownership")
_STEWARD = system("set-up")


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who looks after a referral, and who of the team could."""

    reference: str
    owner: Owner
    colleagues: tuple[Colleague, ...]


def ask_hand_over(db: Database, actor: Actor, referral_id: UUID) -> HandOver:
    """Return who could take a referral over; raises NotFound when it is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        owner = ownership.owners_of(tx, [referral_id])[referral_id]
        colleagues = ownership.list_colleagues(tx, referral.team_id)
        return HandOver(referral.reference, owner, tuple(colleagues))


def hand_over(db: Database, actor: Actor, referral_id: UUID, to: UUID | None) -> None:
    """Give an open referral to a colleague, or with None to whoever of the team is on duty.

    Raises Invalid for somebody who does not work in the team, Conflict when the referral has ended.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: nobody needs to look after it any more.")
        if to is not None and to not in {each.user_id for each in _team(tx, referral.team_id)}:
            raise Invalid([FieldProblem("owner", "Choose somebody of your team, or the team's duty.")])
        referrals.record_owner(tx, referral_id, to, audit=_ACT)


def _team(tx: Tx, team_id: UUID) -> Sequence[Colleague]:
    return ownership.list_colleagues(tx, team_id)


def return_leavers(db: Database) -> int:
    """Give the referrals of people who do not work in the team any more to its duty; return how many."""
    with db.transaction(_SWEEPER) as tx:
        found = ownership.list_of_leavers(tx)
        for referral_id in found:
            referrals.record_owner(tx, referral_id, None, audit="owner left")
    return len(found)


def leave(db: Database, username: str) -> int:
    """Switch off the account of somebody who left, and give their referrals to the team's duty; return how many.

    Raises NotFound when nobody signs in with this user name.
    """
    with db.transaction(_STEWARD) as tx:
        ownership.record_left(tx, username)
    return return_leavers(db)
