"""A person's plan as a file to print, for their team and for themselves."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.referral import Referral
from app.domain.vocabulary import Role
from app.letters.care_plan import Whose, plan_pdf
from app.services.caring.care_plans import progress_of
from app.services.caring.owners_seen import owner_of
from app.store import care_plans, directory, people, referrals
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

_PRINT: Final = "print care plan"


def for_team(db: Database, actor: Actor, referral_id: UUID, *, large: bool) -> bytes:
    """Return a referral's plan as a PDF/UA file; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return _paper(tx, referrals.get(tx, referral_id, audit=_PRINT), large=large)


def for_person(db: Database, link: PersonLink, *, large: bool) -> bytes:
    """Return the plan of a person's own link as a PDF/UA file."""
    with db.transaction(link.actor) as tx:
        return _paper(tx, referrals.get(tx, link.referral_id, audit=_PRINT), large=large)


def _paper(tx: Tx, referral: Referral, *, large: bool) -> bytes:
    person = people.get(tx, referral.person_id, audit=_PRINT)
    whose = Whose(
        person.details.full_name,
        directory.get_organisation(tx, referral.team_id).name,
        owner_of(tx, referral.id).name,
        referral.reference,
    )
    kept = care_plans.find(tx, referral, audit=_PRINT)
    progress = progress_of(tx, referral, audit=_PRINT)
    return plan_pdf(kept, whose, progress, written_at=tx.now, large=large)
