"""What a provider is told of a person: made in one place for the provider's page and for the preview before it."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.disclosure import Disclosure, Request, disclosed_to_provider
from app.domain.lifecycle import PlacementStatus
from app.domain.referral import Referral
from app.domain.vocabulary import Role
from app.services.duplicates import cautions_of
from app.store import people, referrals
from app.store.session import Database, Tx

DISCLOSE = "disclose to provider"


def disclosed(tx: Tx, referral: Referral, *, brief: str, status: str, audit: str) -> Disclosure:
    """Return what the provider of a placement in this status is told; never anything that the referrer wrote.

    `brief` is the words that this provider was asked with: what is written later for another is not its to read.
    """
    person = people.get(tx, referral.person_id, audit=audit)
    care = cautions_of(tx, referral.id, audit=audit)
    request = Request(brief, referral.needs, referral.access, care)
    return disclosed_to_provider(person, request, status=status, today=tx.today)


def preview(db: Database, actor: Actor, referral_id: UUID) -> Disclosure:
    """Return what a provider would be told if it were asked now; raises NotFound when it is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "preview disclosure"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        brief = referrals.brief_text(tx, referral, audit=act)
        return disclosed(tx, referral, brief=brief, status=PlacementStatus.OFFERED, audit=act)
