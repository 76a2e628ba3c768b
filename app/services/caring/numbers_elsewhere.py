"""An NHS number that another team's person has: who writes it learns nothing by it, and people look at it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Person, Referral
from app.store import directory, people, referrals, tasks
from app.store.audit import Entry
from app.store.session import Tx

TASK: Final = "number-written-elsewhere"  # of the teams whose person has the number
WROTE: Final = "number of another team's person"  # counted by the watch over unusual looks
DOUBT: Final = "write number that is in doubt"
_ACT: Final = "look whose number it is"


def is_own_teams(tx: Tx, referral: Referral, number: str | None) -> bool:
    """Tell whether a number is another person's whom the team itself knows: that it may be told."""
    whose = _whose(tx, referral, number)
    return whose is not None and referral.team_id in _teams(tx, whose.id)


def note(tx: Tx, referral: Referral, number: str | None) -> bool:
    """Tell whether a number is another team's person's; if so, it is written down of both people.

    The teams that know whose it is are asked to make sure of it. Nothing of either person is told to the other's team.
    """
    whose = _whose(tx, referral, number)
    if whose is None:
        return False
    tx.audit(Entry(DOUBT, "referral", str(referral.id), referral.person_id))
    tx.audit(Entry(WROTE, "person", str(whose.id), whose.id))
    known = _teams(tx, whose.id)
    with tx.as_system("whose number") as system_tx:
        for team_id, referral_id in known.items():
            tasks.add_task(system_tx, TASK, organisation_id=team_id, referral_id=referral_id)
    return True


def _whose(tx: Tx, referral: Referral, number: str | None) -> Person | None:
    if not number:
        return None
    fence_id = directory.get_organisation(tx, referral.requester_id).fence_id
    with tx.as_system("whose number") as system_tx:
        found = people.find_by_nhs_number(system_tx, number, fence_id=fence_id, audit=_ACT)
    return None if found is None or found.id == referral.person_id else found


def _teams(tx: Tx, person_id: UUID) -> dict[UUID, UUID]:
    """The teams that know somebody, each with the newest referral."""
    with tx.as_system("whose number") as system_tx:
        theirs = referrals.list_of_person(system_tx, person_id, audit=_ACT)
    known = [each for each in reversed(theirs) if each.status != ReferralStatus.ENTERED_IN_ERROR]
    return {each.team_id: each.id for each in known}
