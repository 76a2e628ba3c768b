"""Links for carers whom a person lets look at their page: made with the person's agreement, each ended by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.carers import Carer
from app.domain.errors import Invalid, NotFound
from app.domain.own_codes import Wish
from app.domain.own_codes import problems as code_problems
from app.domain.vocabulary import Role
from app.services.own import person_links
from app.services.own.person_links import MOST_WRONG, Made
from app.store import person_links as links
from app.store import referrals
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

_ACT: Final = "look at a person's links"


@dataclass(frozen=True, slots=True)
class CarersLink:
    """A link that opens for a carer now."""

    link: PersonLink
    carer: Carer


def list_for_team(db: Database, actor: Actor, referral_id: UUID) -> Sequence[CarersLink]:
    """Return the carers' links to a referral that still open; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return _list(tx, referrals.get(tx, referral_id, audit=_ACT).id)


def list_own(db: Database, link: PersonLink) -> Sequence[CarersLink]:
    """Return the carers who can open the referral of a person's own link."""
    with db.transaction(link.actor) as tx:
        return _list(tx, link.referral_id)


def make(db: Database, actor: Actor, referral_id: UUID, carer: Carer, wish: Wish) -> Made:
    """Return a new link for a carer with its six digits, to be handed over and told: nobody has the carer's address.

    Raises NotFound when the referral is another team's, Invalid, and NoLinkForThem with what to do instead.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    if found := code_problems(wish, ()):
        raise Invalid(found)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        return person_links.make_page(tx, referral, wish, carer)


def end(db: Database, actor: Actor, referral_id: UUID, link_id: UUID) -> None:
    """End one link, and no other; raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        person_links.revoke_one(tx, link_id, referral.person_id)


def end_own(db: Database, link: PersonLink, link_id: UUID) -> None:
    """End a carer's link because the person says so on their own page; raises NotFound for any other link."""
    with db.transaction(link.actor) as tx:
        if link_id not in {each.link.id for each in _list(tx, link.referral_id)}:
            raise NotFound  # one's own page is not ended by its own form
        person_links.revoke_one(tx, link_id, link.person_id)


def name_of(db: Database, link: PersonLink) -> str:
    """Return who opens a carer's link, with what they are to the person; empty for the person's own."""
    if not link.is_carers:
        return ""
    with db.transaction(link.actor) as tx:
        carer = links.carers_of(tx, [link])[link.id]
    return f"{carer.name} ({carer.relation})"


def _list(tx: Tx, referral_id: UUID) -> Sequence[CarersLink]:
    found = [each for each in links.list_alive(tx, referral_id, most_wrong=MOST_WRONG) if each.is_carers]
    carers = links.carers_of(tx, found)
    return [CarersLink(each, carers[each.id]) for each in found]
