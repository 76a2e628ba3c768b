"""The one door for messages in fixed words to people and organisations: written now, sent after the commit, watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import FieldProblem, Invalid
from app.domain.follow_up import mobile_of
from app.domain.message_templates import Channel
from app.domain.vocabulary import Role
from app.services.messages.mailing import FIRST_LOOK, is_address, note_failed
from app.services.shown.seen import Page
from app.store import mail as kept
from app.store import mail_watch
from app.store.audit import Entry
from app.store.mail_watch import Shown, Watched
from app.store.session import Database, Tx

LATER_LOOK: Final = timedelta(hours=1)
GIVE_UP: Final = timedelta(days=7)  # GOV.UK Notify remembers no longer
_WATCHER: Final = system("mail-watch")
_FEWEST_LINES, _MOST_LINES = 3, 7  # of a letter's address, the postcode last


class Arrival(StrEnum):
    """What a carrier knows of a message that it took."""

    ON_ITS_WAY = "on-its-way"
    ARRIVED = "arrived"
    LOST = "lost"
    UNKNOWN = "unknown"  # it remembers no such message


Look = Callable[[str], tuple[Arrival, str] | None]


@dataclass(frozen=True, slots=True)
class Message:
    """What is to go out: a template's code, by which way, to which address or number, with what filled in.

    The address of a letter is its lines. `purpose` says in a word what it is for: the template's code unless told.
    """

    template: str
    channel: Channel
    to: str = field(repr=False)
    values: Mapping[str, str | None] = field(repr=False)
    purpose: str = ""
    language: str | None = None  # which the reader prefers; English where there are no words in it


def to_organisation(
    tx: Tx, message: Message, *, organisation_id: UUID, placement_id: UUID | None = None
) -> UUID:
    """Write a message to an organisation or its staff in the caller's transaction; return its id.

    It is sent if and only if that transaction commits and, where it tells of an offer (`placement_id`), that one still
    stands when it leaves: see `held_back`. Raises Invalid for an address that nothing can be sent to.
    """
    is_mail = message.channel is Channel.EMAIL
    sealed = None if is_mail else message.to  # a number may be a volunteer's own
    values: dict[str, Any] = {"to_address": message.to if is_mail else None}
    values |= {"organisation_id": organisation_id, "placement_id": placement_id}
    return _write(tx, message, values, sealed)


def to_person(tx: Tx, message: Message, *, referral_id: UUID, team_id: UUID) -> UUID:
    """Write a message to a person who is referred, for their team; as `to_organisation`, with the address sealed.

    Whether they may be written to is looked at once more when it leaves: see `held_back`.
    """
    return _write(tx, message, {"organisation_id": team_id, "referral_id": referral_id}, message.to)


def _write(tx: Tx, message: Message, values: dict[str, Any], sealed: str | None) -> UUID:
    check_address(message.channel, message.to)
    template = tx.templates.newest(message.template)
    language = template.language_for(message.channel, message.language)
    filled = template.filled(message.channel, message.values, language=language)
    values |= {
        "subject": filled.subject,
        "purpose": message.purpose or template.code,
        "channel": message.channel.value,
        "template": template.code,
        "template_version": template.version,
    }
    with tx.as_system("mail") as system_tx:
        return kept.add(system_tx, values, filled.text + "\n", to_person=sealed)


def check_address(channel: Channel, to: str) -> None:
    """Raise Invalid when nothing can be sent to an address in a way."""
    match channel:
        case Channel.EMAIL:
            is_good, sentence = is_address(to), "Give an e-mail address such as hello@example.org."
        case Channel.TEXT:
            is_good, sentence = (
                mobile_of([to]) is not None,
                "Give a mobile number such as 07700 900123.",
            )
        case Channel.LETTER:
            lines = to.split("\n")
            is_good = _FEWEST_LINES <= len(lines) <= _MOST_LINES and all(line.strip() for line in lines)
            sentence = "Give an address of three to seven lines, the postcode last."
    if not is_good:
        raise Invalid([FieldProblem("to", sentence)])


def watch(db: Database, look: Look) -> int:
    """Ask the carrier what became of what it took, each message by itself; return how many were asked about.

    `look` gives None when the carrier could not be asked just now.
    """
    with db.transaction(_WATCHER) as tx:
        due = mail_watch.list_due(tx)
    for each in due:
        told = look(each.reference)
        with db.transaction(_WATCHER) as tx:
            _record(tx, each, told)
    return len(due)


def _record(tx: Tx, each: Watched, told: tuple[Arrival, str] | None) -> None:
    arrival, word = told or (Arrival.ON_ITS_WAY, None)
    if arrival is Arrival.LOST and word is not None:
        if mail_watch.record_lost(tx, each.id, word):
            tx.audit(Entry("message did not arrive", "mail", str(each.id), None, {"delivery": word}))
            note_failed(tx, each.referral_id, each.purpose)
        return
    age = tx.now - each.sent_at
    is_over = arrival is not Arrival.ON_ITS_WAY or age > GIVE_UP
    wait = FIRST_LOOK if age < LATER_LOOK else LATER_LOOK
    mail_watch.record_delivery(tx, each.id, word, again_on=None if is_over else tx.now + wait)


def list_messages(db: Database, actor: Actor, *, page: int = 1) -> Page[Shown]:
    """Return a page of what went out, or would have: for the steward, without anybody's address or number."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        lines, total = mail_watch.list_page(tx, page=page)
        return Page(lines, total, page, mail_watch.PAGE)
