"""What a link worker does about a person's own page: looks whether a link is safe, makes one, ends them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.addresses import address_of
from app.domain.errors import Invalid
from app.domain.message_templates import Channel
from app.domain.own_codes import Wish
from app.domain.own_codes import problems as code_problems
from app.domain.vocabulary import Role
from app.services.incoming.duplicates import cautions_of
from app.services.own import own_link_post, person_links
from app.services.own.own_link_post import NO_TEXTS, Carriers
from app.services.own.person_links import MOST_WRONG, Made
from app.services.shown.seen import PersonBanner
from app.services.shown.seen_lines import person_banner
from app.store import people, referrals
from app.store import person_links as links
from app.store.person_links import PersonLink
from app.store.session import Database

_ACT: Final = "look at a person's links"


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What a link worker must know before they make a link; `needs_word`: nobody may without saying that it is safe.

    `channels`: by which messages the link or its six digits can go, and where to; none where a word is needed.
    """

    referral_id: UUID
    reference: str
    person: PersonBanner
    take_care: tuple[str, ...]
    needs_word: bool
    links: Sequence[PersonLink]
    channels: Mapping[Channel, str]

    @property
    def can_be_made(self) -> bool:
        """Whether a link could open for anybody: it asks for the date of birth."""
        return self.person.birth_date is not None and not self.person.deceased


def find(db: Database, actor: Actor, referral_id: UUID, carriers: Carriers = NO_TEXTS) -> OwnPage:
    """Return the links of a referral and what speaks against one; raises NotFound when it is another team's.

    `carriers`: what this house can send.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        person = people.get(tx, referral.person_id, audit=_ACT)
        cautions = cautions_of(tx, referral_id, audit=_ACT)
        channels = own_link_post.channels_to(tx, referral, person, carriers)
        return OwnPage(
            referral_id=referral.id,
            reference=referral.reference,
            person=person_banner(person, tx.today),
            take_care=cautions.for_team(),
            needs_word=person.restricted or cautions.do_not_contact,
            links=links.list_alive(tx, referral_id, most_wrong=MOST_WRONG),
            channels={each: address_of(person.details, each) for each in Channel if each in channels},
        )


def make(db: Database, actor: Actor, referral_id: UUID, wish: Wish, carriers: Carriers = NO_TEXTS) -> Made:
    """Make a link to a referral's page for its person, and its six digits; return what is to be handed over.

    What goes by a message is on its way instead, the link and the digits never by the same one; nothing goes to whose
    record warns against it. Raises NotFound when it is another team's, Invalid (fields "days", "code", "why"),
    NoLinkForThem with what to do instead, and Conflict where the link cannot go the way that was chosen.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        person = people.get(tx, referral.person_id, audit=_ACT)
        channels = own_link_post.channels_to(tx, referral, person, carriers)
        if wish.link_channel is not None:
            own_link_post.check_link_channel(tx, person, wish.link_channel, channels)
        if found := code_problems(wish, channels):
            raise Invalid(found)
        made = person_links.make_page(tx, referral, wish)
        own_link_post.send(tx, referral, person, made, wish, help_phone=carriers.help_phone)
    return made.but_for_what_was_sent(wish)


def end(db: Database, actor: Actor, referral_id: UUID) -> int:
    """End every link of a referral's person; return how many there were. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        return person_links.revoke(tx, referral.person_id)
