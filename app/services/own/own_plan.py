"""A person and their own plan, behind their own link: they read it, and say what they have done of it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.errors import NotFound
from app.services.caring.care_plans import PlanPage, read, write_done
from app.store import care_plans, referrals
from app.store.person_links import PersonLink
from app.store.session import Database

_ACT: Final = "say what is done of own plan"
_READ: Final = "read own plan"


def find(db: Database, link: PersonLink) -> PlanPage:
    """Return the plan of the referral that the link opens, with who may read which goal."""
    with db.transaction(link.actor) as tx:
        return read(tx, referrals.get(tx, link.referral_id, audit=_READ), audit=_READ)


def mark_done(db: Database, link: PersonLink, action_id: UUID, *, done: bool) -> None:
    """Write that the person has done an action of theirs, or not yet; raises NotFound for somebody else's action."""
    with db.transaction(link.actor) as tx:
        with tx.as_system("own plan") as system_tx:  # holds the row, so that two versions cannot meet
            referral = referrals.get_for_update(system_tx, link.referral_id, audit=_ACT)
        if not care_plans.find(tx, referral, audit=_ACT).plan.action(action_id).is_theirs:
            raise NotFound
        write_done(tx, referral, action_id, done=done, how="own-link")
