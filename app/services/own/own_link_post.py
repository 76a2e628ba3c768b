"""What a link to one's own page puts on its way: the link by one message, its six digits never by the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from babel.dates import format_date

from app.domain.addresses import address_of
from app.domain.errors import Conflict
from app.domain.message_templates import Channel
from app.domain.own_codes import Wish, open_channels
from app.domain.referral import Person, Referral
from app.services.incoming.duplicates import cautions_of
from app.services.messages import contact_wishes, mailing, messages_out
from app.services.messages.messages_out import Message
from app.services.own.person_links import Made
from app.store.session import Tx

LINK: Final = "own-page"  # the templates
CODE: Final = "own-page-code"
_NO_ADDRESS: Final = {
    Channel.EMAIL: "There is no e-mail address that can be used. Make a link and hand it over.",
    Channel.TEXT: "There is no mobile number that can be used. Make a link and hand it over.",
}
_NOT_WANTED: Final = {
    Channel.EMAIL: "They do not want e-mails from us. Make a link and hand it over.",
    Channel.TEXT: "They do not want texts from us. Make a link and hand it over.",
}


@dataclass(frozen=True, slots=True)
class Carriers:
    """What this installation can do: send texts, send e-mail; and whom people ring."""

    has_texts: bool = False
    help_phone: str | None = None
    has_mail: bool = True


NO_TEXTS: Final = Carriers()


def channels_to(tx: Tx, referral: Referral, person: Person, carriers: Carriers) -> frozenset[Channel]:
    """Return by which messages a link worker may send something to a person; of a restricted record, none.

    To be asked within a transaction that sees the referral.
    """
    if person.restricted:
        return frozenset()
    cautions = cautions_of(tx, referral.id, audit="look at a person's links")
    wanted = contact_wishes.open_ways(tx, person.id)
    found = open_channels(person.details, cautions, wanted, has_texts=carriers.has_texts)
    can_mail = carriers.has_mail and mailing.is_address(address_of(person.details, Channel.EMAIL))
    return found if can_mail else found - {Channel.EMAIL}


def check_link_channel(tx: Tx, person: Person, channel: Channel, open_to: frozenset[Channel]) -> None:
    """Raise Conflict, with what to do instead, where a link must not go by a message."""
    if contact_wishes.why_held_back(tx, person.id, channel):
        raise Conflict(_NOT_WANTED[channel])
    if channel not in open_to:
        raise Conflict(_NO_ADDRESS[channel])


def send(
    tx: Tx, referral: Referral, person: Person, made: Made, wish: Wish, *, help_phone: str | None
) -> None:
    """Put a link, its digits, or both on their way as the link worker chose, in the caller's transaction."""
    if wish.link_channel is not None:
        spoken = tx.templates.newest(LINK).language_for(wish.link_channel, person.details.language)
        until = format_date(tx.today + timedelta(days=wish.days), "d MMMM y", locale=spoken)
        told = {"link": made.address, "phone": help_phone, "date": until}
        _send(tx, referral, person, LINK, wish.link_channel, told)
    if wish.code_channel is not None:
        told = {"code": made.digits, "phone": help_phone}
        _send(tx, referral, person, CODE, wish.code_channel, told)


def _send(
    tx: Tx, referral: Referral, person: Person, template: str, channel: Channel, told: dict[str, str | None]
) -> None:
    to, purpose = address_of(person.details, channel), template.replace("-", " ")
    message = Message(template, channel, to, told, purpose, person.details.language)
    messages_out.to_person(tx, message, referral_id=referral.id, team_id=referral.team_id)
