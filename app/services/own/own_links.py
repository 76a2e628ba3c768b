"""What a link worker does about a person's own page: looks whether a link is safe, makes one, ends them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from babel.dates import format_date

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict
from app.domain.message_templates import Channel
from app.domain.vocabulary import Role
from app.services.incoming.duplicates import cautions_of
from app.services.messages import contact_wishes, mailing, messages_out
from app.services.messages.messages_out import Message
from app.services.own import person_links
from app.services.own.person_links import MOST_WRONG, PROGRESS
from app.services.shown.seen import PersonBanner
from app.services.shown.seen_lines import person_banner
from app.store import people, referrals
from app.store import person_links as links
from app.store.person_links import PersonLink
from app.store.session import Database

_ACT: Final = "look at a person's links"


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What a link worker must know before they make a link; `needs_word`: nobody may without saying that it is safe."""

    referral_id: UUID
    reference: str
    person: PersonBanner
    take_care: tuple[str, ...]
    needs_word: bool
    links: Sequence[PersonLink]

    @property
    def can_be_sent(self) -> bool:
        """Whether there is an e-mail address, and nothing warns against using it."""
        return self.can_be_made and not self.needs_word and mailing.is_address(self.person.email or "")

    @property
    def can_be_made(self) -> bool:
        """Whether a link could open for anybody: it asks for the date of birth."""
        return self.person.birth_date is not None and not self.person.deceased


def find(db: Database, actor: Actor, referral_id: UUID) -> OwnPage:
    """Return the links of a referral and what speaks against one; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        person = people.get(tx, referral.person_id, audit=_ACT)
        cautions = cautions_of(tx, referral_id, audit=_ACT)
        return OwnPage(
            referral_id=referral.id,
            reference=referral.reference,
            person=person_banner(person, tx.today),
            take_care=cautions.for_team(),
            needs_word=person.restricted or cautions.do_not_contact,
            links=links.list_alive(tx, referral_id, most_wrong=MOST_WRONG),
        )


def make(db: Database, actor: Actor, referral_id: UUID, *, days: int, said_safe: bool) -> str:
    """Return the address of a new link to a referral, to be handed to its person; it is kept nowhere.

    Raises NotFound when it is another team's, Invalid, and NoLinkForThem with what to do instead.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        whose = {"person_id": referral.person_id, "referral_id": referral.id}
        return person_links.make(tx, **whose, purpose=PROGRESS, days=days, said_safe=said_safe)


def send(db: Database, actor: Actor, referral_id: UUID, *, days: int, help_phone: str | None) -> str:
    """E-mail a new link to the address on the record; return the address. For nobody whose record warns against it.

    Raises as `make` does, and Conflict when there is no address that may be used.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        person = people.get(tx, referral.person_id, audit=_ACT)
        to = "" if person.restricted else person.details.email or ""
        if contact_wishes.why_held_back(tx, person.id, Channel.EMAIL):
            raise Conflict("They do not want e-mails from us. Make a link and hand it over.")
        if not mailing.is_address(to):
            raise Conflict("There is no e-mail address that can be used. Make a link and hand it over.")
        address = person_links.make(
            tx, person_id=person.id, referral_id=referral.id, purpose=PROGRESS, days=days
        )
        language = person.details.language
        spoken = tx.templates.newest("own-page").language_for(Channel.EMAIL, language)
        until = format_date(tx.today + timedelta(days=days), "d MMMM y", locale=spoken)
        told = {"link": address, "phone": help_phone, "date": until}
        message = Message("own-page", Channel.EMAIL, to, told, "own page", language)
        messages_out.to_person(tx, message, referral_id=referral.id, team_id=referral.team_id)
    return to


def end(db: Database, actor: Actor, referral_id: UUID) -> int:
    """End every link of a referral's person; return how many there were. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        return person_links.revoke(tx, referral.person_id)
