"""Whose a referral is: whoever takes it on, whoever it is handed to, and the team's duty in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.hand_overs import Cover, problems
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.vocabulary import Role
from app.store import hand_overs, ownership, referrals, tasks
from app.store.hand_overs import HandedOver
from app.store.ownership import Colleague, Owner
from app.store.session import Database, Tx

COVER_OVER = "cover-over"  # the task on the day on which a referral was to come back
NO_WORD = Cover()
_ACT = "hand over"
_SWEEPER = system("ownership")
_STEWARD = system("set-up")


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who looks after a referral, and who of the team could."""

    reference: str
    owner: Owner
    colleagues: tuple[Colleague, ...]


def find_handed_over(db: Database, actor: Actor, referral_id: UUID) -> HandedOver | None:
    """Return what was said when a referral was handed to whoever has it now; raises NotFound for another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "read hand-over"
    with db.transaction(actor) as tx:
        return hand_overs.find_standing(tx, referrals.get(tx, referral_id, audit=act), audit=act)


def ask_hand_over(db: Database, actor: Actor, referral_id: UUID) -> HandOver:
    """Return who could take a referral over; raises NotFound when it is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        owner = ownership.owners_of(tx, [referral_id])[referral_id]
        colleagues = ownership.list_colleagues(tx, referral.team_id)
        return HandOver(referral.reference, owner, tuple(colleagues))


def hand_over(
    db: Database, actor: Actor, referral_id: UUID, to: UUID | None, *, cover: Cover = NO_WORD
) -> None:
    """Give an open referral to a colleague, or with None to whoever of the team is on duty, with a word to them.

    On the day on which it is to come back the team has a task: nothing changes hands by itself. Raises Invalid (fields
    "owner", "words", "back_on") for somebody who does not work in the team or a day that has passed, Conflict when the
    referral has ended.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: nobody needs to look after it any more.")
        if to is not None and to not in {each.user_id for each in _team(tx, referral.team_id)}:
            raise Invalid([FieldProblem("owner", "Choose somebody of your team, or the team's duty.")])
        if wrong := problems(cover, today=tx.today):
            raise Invalid(wrong)
        before = ownership.owners_of(tx, [referral_id])[referral_id].user_id
        hand_overs.settle(tx, referral_id)
        tasks.record_done_for_referral(tx, referral_id, (COVER_OVER,), audit=_ACT)
        referrals.record_owner(tx, referral_id, to, audit=_ACT)
        if cover.says_something:
            hand_overs.add(tx, referral, cover, before=before, to=to, audit=_ACT)


def ask_after_covers(db: Database) -> int:
    """Give each team a task for every referral that was to come back by today; return how many."""
    with db.transaction(_SWEEPER) as tx:
        found = hand_overs.list_over(tx)
        for each in found:
            tasks.add_task(tx, COVER_OVER, organisation_id=each.team_id, referral_id=each.referral_id)
            hand_overs.record_asked(tx, each.id)
    return len(found)


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
