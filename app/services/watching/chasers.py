"""Reminders as people meet them: the provider sees what it is asked, the link worker may put routine ones off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict
from app.domain.escalation import Matter, Told, check_snooze, presses
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.vocabulary import Role
from app.services.watching.calendar import limits_of
from app.services.watching.next_looks import plan_look
from app.store import escalations, placements, referrals, snoozes, tasks
from app.store.escalations import Raised
from app.store.session import Database, Tx
from app.store.waits import PROVIDER_SAID

NO_FIRST_CONTACT, NO_NEWS, OVERDUE = "no-first-contact", "no-news", "overdue"
TASK_OF = {Matter.FIRST_CONTACT: NO_FIRST_CONTACT, Matter.REVIEW: NO_NEWS, Matter.NEXT_ACTION: OVERDUE}
_ACT = "put reminders off"


def list_for_provider(db: Database, actor: Actor) -> Sequence[Raised]:
    """Return what a provider is reminded of, one line a placement and matter, what presses first."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        found = escalations.list_told(tx, [Told.PROVIDER])
    newest = {(each.placement_id, each.matter): each for each in found}
    return list(newest.values())


def say_going_on(db: Database, actor: Actor, placement_id: UUID) -> None:
    """The provider says that all goes on well: it is asked again only after as long a silence.

    Raises Conflict when nobody asked; NotFound when the placement is not theirs.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="say that it goes on")
        with tx.as_system("going on") as system_tx:
            asked = [
                key
                for key in escalations.list_raised(system_tx)
                if key[:2] == (placement_id, Matter.REVIEW.value)
            ]
            if not asked:
                raise Conflict("Nobody asks how it is going just now.")
            settle(system_tx, asked, how=PROVIDER_SAID)
        plan_look(tx, placement.referral_id)


def settle(tx: Tx, keys: Sequence[escalations.Key], *, how: str = escalations.MOVED_ON) -> None:
    """Write that waits are over and tick off the tasks that they became."""
    for matter, kind in TASK_OF.items():
        of_matter = [key for key in keys if key[1] == matter]
        for referral_id in escalations.settle(tx, of_matter, how=how) if of_matter else ():
            tasks.record_done_for_referral(tx, referral_id, (kind,), audit="wait is over")
    answered = [key for key in keys if key[1] == Matter.ANSWER]
    if answered:
        escalations.settle(tx, answered, how=how)


def put_off(db: Database, actor: Actor, referral_id: UUID, *, until: date, reason: str) -> date:
    """Look at a routine referral again on a day, and have nobody reminded of it before; return the day.

    It is the next day on which somebody works. An offer that waits for its answer keeps its own day. Raises
    Conflict for an urgent referral, a safeguarding concern or one that has ended; Invalid for a day that is not to
    come, or is too far, or a reason not of the list.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: nobody is reminded of it any more.")
        muted = presses(referral.priority, referral.safeguarding)
        limits = limits_of(tx)
        check_snooze(tx.today, until, reason, muted=muted, limits=limits)
        until = limits.days.on_or_after(until)
        snoozes.add(tx, referral_id, until, reason)
        referrals.record_next_look(tx, referral_id, until, audit=_ACT)
    return until


def find_put_off(db: Database, actor: Actor, referral_id: UUID) -> tuple[date, str] | None:
    """Return until when and why reminders of a referral are put off, None when they are not."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return snoozes.find(tx, referral_id)


def take_up_again(db: Database, actor: Actor, referral_id: UUID) -> None:
    """Look at a referral today after all, whatever it was put off to."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: nobody is reminded of it any more.")
        wake(tx, referral_id)


def wake(tx: Tx, referral_id: UUID) -> None:
    """End what was put off: the referral is due today."""
    snoozes.end(tx, referral_id)
    referrals.record_next_look(tx, referral_id, limits_of(tx).days.on_or_after(tx.today), audit=_ACT)
