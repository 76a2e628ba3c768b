"""Who makes the first contact after a yes: the team, where the provider has nothing to reach the person by."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.contacts import TeamContact
from app.domain.disclosure import team_makes_first_contact
from app.services.incoming.duplicates import cautions_of
from app.services.watching.calendar import limits_of
from app.services.watching.next_looks import plan_look
from app.store import people, referrals, tasks
from app.store.session import Tx
from app.store.tasks import FIRST_CONTACT

_ACT: Final = "first contact"


def ask_team(tx: Tx, referral_id: UUID) -> None:
    """Give the team the first contact for a provider that said yes, where the provider cannot make it; as the platform.

    It is due on the next working day, of an urgent referral on the same, and the owner looks again by then.
    """
    referral = referrals.get(tx, referral_id, audit=_ACT)
    person = people.get(tx, referral.person_id, audit=_ACT)
    if not team_makes_first_contact(person, cautions_of(tx, referral_id, audit=_ACT)):
        return
    if not is_waited_for(tx, referral_id):  # for another provider: then its day stands
        due_on = limits_of(tx).team_contact_by(tx.today, referral.priority)
        tasks.add_task(tx, FIRST_CONTACT, organisation_id=referral.team_id, referral_id=referral_id)
        tasks.record_due(tx, referral_id, FIRST_CONTACT, due_on)
    plan_look(tx, referral_id)


def note_contact(tx: Tx, referral_id: UUID, contact: TeamContact) -> None:
    """Tick the task off when the team reached the person, or whoever answers for them: the provider may go on."""
    if contact.is_first_contact and is_waited_for(tx, referral_id):
        tasks.record_done_for_referral(tx, referral_id, (FIRST_CONTACT,), audit=_ACT)
        plan_look(tx, referral_id)


def is_waited_for(tx: Tx, referral_id: UUID) -> bool:
    """Tell whether the team has still to make the first contact; for the team, or as the platform."""
    return bool(tasks.list_open(tx, audit=_ACT, referral_id=referral_id, kind=FIRST_CONTACT))
