"""What a link worker sees and does of a person's sign-in by a provider: which, since when; letting them use another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict
from app.domain.vocabulary import Role
from app.store import person_identities, referrals
from app.store.audit import Entry
from app.store.person_identities import PersonIdentity
from app.store.session import Database

_ACT: Final = "look at a person's sign-ins"


def list_of(db: Database, actor: Actor, referral_id: UUID) -> Sequence[PersonIdentity]:
    """Return by which accounts a referral's person opens their page; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        with tx.as_system("person-sign-in") as system_tx:
            return person_identities.list_of_person(system_tx, referral.person_id)


def end(db: Database, actor: Actor, referral_id: UUID) -> None:
    """Let a person sign in by another account from now on, and end what the one before has open.

    Raises NotFound when it is another team's, Conflict when there is none.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        with tx.as_system("person-sign-in") as system_tx:
            count = person_identities.end_of_person(system_tx, referral.person_id)
        if not count:
            raise Conflict(
                "There is no sign-in to end: the person has not used one, or it was ended already."
            )
        tx.audit(Entry("part person's sign-in", "person", str(referral.person_id), referral.person_id))
