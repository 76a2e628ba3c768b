"""Turning the dial of a service: on its page, on the host's or the steward's, or by a link in an e-mail."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.capacity import Dial, monday_of
from app.domain.errors import Conflict
from app.domain.place import PlaceRules
from app.domain.vocabulary import Role
from app.services.directory.directory_entries import check_may_enter, turn_dial
from app.services.directory.entry_letters import Letter, dial_letter
from app.services.messages import links
from app.services.messages.mailing import is_address, mail
from app.services.shown.seen import Page
from app.store import dials, directory, place_rules
from app.store.audit import Entry
from app.store.dials import DialShown
from app.store.session import Database, Tx

DIAL: Final = "dial"  # the purpose of its links, and where they lead
_WEEKS: Final = system("weeks")
_NO_ADDRESS: Final = "There is no e-mail address for this service. Ask the steward to add one."


def list_services(db: Database, actor: Actor, *, words: str = "", page: int = 1) -> Page[DialShown]:
    """Return a page of the services whose dial the actor may turn; the steward's are all, found by `words`."""
    check_acts_as(actor, Role.PROVIDER, Role.STEWARD)
    whose = actor.organisation_id if actor.role is Role.PROVIDER else None
    with db.transaction(actor) as tx:
        found, total = dials.list_page(tx, organisation_id=whose, words=words, page=page)
    return Page(list(found), total, page, dials.PAGE)


def turn_by_link(db: Database, code: str, dial: Dial) -> None:
    """Turn the dial that a link opens; it may be turned again until the link ends. Raises LinkGone, Invalid."""
    link = links.knock(db, code, purpose=DIAL)
    turn_dial(db, link.actor, link.subject_id, dial)


def send_link(db: Database, actor: Actor, service_id: UUID, *, help_phone: str | None = None) -> str:
    """E-mail the dial's link to the address of the service, and to no other; return that address.

    Raises Conflict when there is none, NotAllowed, NotFound.
    """
    with db.transaction(actor) as tx:
        service = directory.get_service(tx, service_id)
        check_may_enter(tx, service.provider_id)
        to = dials.find_address(tx, service_id)
        if to is None or not is_address(to):
            raise Conflict(_NO_ADDRESS)
        letter = dial_letter(
            service.provider_name, [(service.name, None, fresh_link(tx, service_id))], help_phone
        )
        send(tx, letter, to=to, organisation_id=service.provider_id)
        tx.audit(Entry("send dial link", "service", str(service_id)))
    return to


def fresh_link(tx: Tx, service_id: UUID, *, purpose: str = DIAL, rules: PlaceRules | None = None) -> str:
    """Return a new link to a service; those that were sent before for the same purpose end."""
    provider_id = directory.get_service(tx, service_id).provider_id
    links.revoke(tx, purpose=purpose, subject_id=service_id)
    return links.make_link(
        tx,
        purpose=purpose,
        subject_id=service_id,
        organisation_id=provider_id,
        days=place_rules.of(tx, rules).link_days,
    )


def send(tx: Tx, letter: Letter, *, to: str, organisation_id: UUID) -> UUID:
    """Put a letter about services on its way."""
    return mail(
        tx,
        to=to,
        subject=letter.subject,
        lines=letter.lines,
        purpose=letter.purpose,
        organisation_id=organisation_id,
    )


def give_back_places(db: Database) -> int:
    """Give limited services the places of a new week, from Monday on; return how many got theirs."""
    with db.transaction(_WEEKS) as tx:
        given = dials.give_back_places(tx, monday_of(tx.today))
        if given:
            tx.audit(Entry("give back places", "service", "week", None, {"services": len(given)}))
    return len(given)
