"""What a provider is told of a person: made in one place for the provider's page and for the preview before it."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.disclosure import Disclosure, Request, disclosed_to_provider
from app.domain.errors import NotFound
from app.domain.lifecycle import PlacementStatus
from app.domain.referral import Referral
from app.domain.vocabulary import Role
from app.services.incoming.duplicates import cautions_of
from app.store import care_plans, people, placements, referrals
from app.store.session import Database, Tx

DISCLOSE = "disclose to provider"


def disclosed(
    tx: Tx, referral: Referral, *, brief: str, status: str, audit: str, goals: tuple[str, ...] = ()
) -> Disclosure:
    """Return what the provider of a placement in this status is told; never anything that the referrer wrote.

    `brief` is the words that this provider was asked with: what is written later for another is not its to read.
    `goals` are those of the person's plan that they agreed this provider may read; none unless somebody ticked them.
    """
    person = people.get(tx, referral.person_id, audit=audit)
    care = cautions_of(tx, referral.id, audit=audit)
    request = Request(brief, referral.needs, referral.access, care, goals)
    return disclosed_to_provider(person, request, status=status, today=tx.today)


def goals_for(tx: Tx, referral: Referral, placement_id: UUID, *, audit: str) -> tuple[str, ...]:
    """Return the goals that the person agreed one placement's provider may read, in the words agreed to."""
    shared = care_plans.list_shared(tx, referral, audit=audit)
    return tuple(each.words for each in shared if each.placement_id == placement_id)


def preview_asked(db: Database, actor: Actor, referral_id: UUID, placement_id: UUID) -> Disclosure:
    """Return what the provider of one placement reads now; raises NotFound when it is not of this team's referral."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "preview disclosure"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        placement = placements.get(tx, placement_id, audit=act)
        if placement.referral_id != referral.id:
            raise NotFound
        goals = goals_for(tx, referral, placement_id, audit=act)
        brief, status = placement.brief, placement.status
        return disclosed(tx, referral, brief=brief, status=status, audit=act, goals=goals)


def preview(db: Database, actor: Actor, referral_id: UUID) -> Disclosure:
    """Return what a provider would be told if it were asked now; raises NotFound when it is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "preview disclosure"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        brief = referrals.brief_text(tx, referral, audit=act)
        return disclosed(tx, referral, brief=brief, status=PlacementStatus.OFFERED, audit=act)
