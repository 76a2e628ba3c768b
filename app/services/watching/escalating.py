"""Climbs the ladders: what waits too long is told to one after the other, each once, until it is settled."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.escalation import Due, Matter, Told, reached
from app.domain.vocabulary import Role
from app.services.messages.mailing import is_address, mail
from app.services.watching import chasers
from app.services.watching.calendar import limits_of
from app.services.watching.reminder_words import Reminder, reminder
from app.store import directory, escalations, places, snoozes, tasks, waits
from app.store.escalations import Raised
from app.store.session import Database, Tx
from app.store.waits import Standing

log = logging.getLogger(__name__)
_CLIMBER = system("escalation")


def raise_due(db: Database) -> int:
    """Raise every rung that was reached and settle what moved on; return how many were raised.

    Each wait by itself: one that fails must not keep the others from being told.
    """
    with db.transaction(_CLIMBER) as tx:
        for referral_id in snoozes.list_pressing(tx):
            chasers.wake(tx, referral_id)
        limits = limits_of(tx)
        standings = waits.list_standings(tx, limits)
        raised = escalations.list_raised(tx)
        gone = [key for key in raised if key not in {each.key for each in standings}]
        chasers.settle(tx, gone)
        now = tx.now
    due = [(each, reached(each.wait, now, limits)) for each in standings]
    behind = [(each, rungs) for each, rungs in due if len(rungs) > raised.get(each.key, 0)]
    return sum(_climb(db, standing, rungs) for standing, rungs in behind)


def _climb(db: Database, standing: Standing, rungs: Sequence[Due]) -> int:
    try:
        with db.transaction(_CLIMBER) as tx:
            new = [due for due in rungs if escalations.add(tx, standing, due)]
            for due in new:
                _tell(tx, standing, due)
        return len(new)
    except Exception as fault:  # the next minute tries again; the type alone is told
        log.warning("a reminder failed", extra={"fault": type(fault).__name__})
        return 0


def _tell(tx: Tx, standing: Standing, due: Due) -> None:
    matter = standing.wait.matter
    if due.told is Told.TEAM or (due.told is Told.OWNER and matter is not Matter.NEXT_ACTION):
        kind = chasers.TASK_OF[matter]
        tasks.add_task(tx, kind, organisation_id=standing.team_id, referral_id=standing.referral_id)
    told = reminder(standing, due, tx.public_url)
    to = _address(tx, standing, due.told)
    if told is not None and to is not None and is_address(to):
        _mail(tx, standing, due, told, to)


def _mail(tx: Tx, standing: Standing, due: Due, told: Reminder, to: str) -> None:
    whose = {
        Told.PROVIDER: standing.provider_id,
        Told.PRACTICE: standing.requester_id,
        Told.STEWARD: None,
    }.get(due.told, standing.team_id)
    purpose = f"chaser-{standing.wait.matter.value}"
    mail(tx, to=to, subject=told.subject, lines=told.lines, purpose=purpose, organisation_id=whose)


def _address(tx: Tx, standing: Standing, told: Told) -> str | None:
    """Return where whoever is told gets e-mail; owners have their page, and none is known of most small groups."""
    match told:
        case Told.PROVIDER if standing.service_id is not None and standing.provider_id is not None:
            service = directory.get_service(tx, standing.service_id)
            organisation_id = standing.provider_id
            if service.listing.contact_email:
                return service.listing.contact_email
        case Told.TEAM:
            organisation_id = standing.team_id
        case Told.STEWARD:
            organisation_id = directory.get_place(tx).id
        case Told.PRACTICE if not directory.get_organisation(tx, standing.requester_id).source.is_silent:
            organisation_id = standing.requester_id
        case _:
            return None
    profile = places.find_profile(tx, organisation_id)
    return profile.email if profile else None


def list_for_steward(db: Database, actor: Actor) -> Sequence[Raised]:
    """Return what teams have left undone for so long that the steward is told; references only."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("attention") as system_tx:
        found = escalations.list_told(system_tx, [Told.STEWARD, Told.PRACTICE])
    return list({(each.referral_id, each.matter): each for each in found}.values())


@dataclass(frozen=True, slots=True)
class NotPickedUp:
    """An urgent referral that nobody has taken on, and whom to ring."""

    referral_id: UUID
    reference: str
    received_at: datetime
    team_name: str
    phone: str | None


def list_for_practice(db: Database, actor: Actor) -> Sequence[NotPickedUp]:
    """Return the practice's own urgent referrals that nobody has picked up, so that it rings."""
    check_acts_as(actor, Role.PRACTICE)
    with db.transaction(actor) as tx:
        return [_not_picked_up(tx, each) for each in escalations.list_told(tx, [Told.PRACTICE])]


def _not_picked_up(tx: Tx, told: Raised) -> NotPickedUp:
    team = places.find_profile(tx, told.team_id)
    phone = team.phone if team else None
    return NotPickedUp(told.referral_id, told.reference, told.received_at, told.team_name, phone)
