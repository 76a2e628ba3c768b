"""The sweep of follow-ups: on their day people are asked, reminded once, given to the call list, and left in peace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain.access import system
from app.domain.follow_up import (
    BY_ITSELF,
    LINK_DAYS,
    STOPS_AT_ONCE,
    AskBy,
    FollowUpStatus,
    Next,
    Reached,
    may_ring,
    may_write,
    mobile_of,
    next_of,
    way_of,
)
from app.domain.message_templates import Channel
from app.services.follow_up.follow_up_stops import why_not_now
from app.services.incoming.duplicates import cautions_of
from app.services.messages import contact_wishes, messages_out
from app.services.messages.held_back import FOLLOW_UP
from app.services.messages.messages_out import Message
from app.services.own import person_links
from app.store import follow_ups, mail, people, place_rules
from app.store.follow_ups import FollowUp
from app.store.session import Database, Tx

ACT = "ask follow-up"
PURPOSE = FOLLOW_UP
_SWEEPER = system("follow-up")


@dataclass(frozen=True, slots=True)
class House:
    """What this installation can do: send e-mail, send texts; and whom people ring."""

    has_mail: bool
    help_phone: str | None = None
    has_texts: bool = False  # else they wait for the team
    has_letters: bool = False

    @property
    def by_itself(self) -> tuple[AskBy, ...]:
        """The ways in which messages go without anybody's doing."""
        return (*BY_ITSELF, AskBy.TEXT) if self.has_texts else BY_ITSELF


def due(db: Database) -> Sequence[UUID]:
    """Return the follow-ups on which something is due today.

    At once: those whose e-mail came back, and those that must stop by what became known since.
    """
    with db.transaction(_SWEEPER) as tx:
        _take_failed_mail(tx)
        return [*dict.fromkeys([*follow_ups.list_stopped(tx), *follow_ups.list_due(tx)])]


def take_step(db: Database, follow_up_id: UUID, house: House) -> None:
    """Do what is due on one follow-up: ask, remind, hand it to the call list, or leave it. Nothing when it is not due.

    Whoever must not be asked any more (has died, said stop, must not be contacted) is stopped with the reason.
    """
    with db.transaction(_SWEEPER) as tx:
        found = follow_ups.get_for_update(tx, follow_up_id, audit=ACT)
        if not found.is_open:
            return
        is_due = found.look_on is not None and found.look_on <= tx.today
        reason = _why_stopped(tx, found, is_due=is_due)
        if reason is not None:
            values: dict[str, Any] = {"status": FollowUpStatus.STOPPED, "reason": reason}
            follow_ups.record(tx, found.id, values, audit=ACT)
        elif is_due:
            _go_on(tx, found, house)


def _why_stopped(tx: Tx, found: FollowUp, *, is_due: bool) -> str | None:
    """What is under way stops as soon as a reason is known; what is planned waits for its day with most of them."""
    is_planned = found.status is FollowUpStatus.PLANNED
    if is_planned and is_due and found.months not in place_rules.of(tx).follow_up_months:
        return "switched-off"
    reason = why_not_now(tx, found, audit=ACT)
    return reason if is_due or not is_planned or reason in STOPS_AT_ONCE else None


def _go_on(tx: Tx, found: FollowUp, house: House) -> None:
    reached = reached_of(tx, found)
    way = way_of(reached, has_mail=house.has_mail, kept=found.way)
    going = replace(found.going, way=way)
    rules, by_itself = place_rules.of(tx), house.by_itself
    step = next_of(going, tx.today, rules, may_ring=may_ring(reached), by_itself=by_itself)
    _record(tx, found, step, AskBy.PHONE if step.status is FollowUpStatus.TO_CALL else way or found.way)
    if step.send and way is not None:
        _send(tx, found, _address(reached, way), house, reached.details.language)


def _record(tx: Tx, found: FollowUp, step: Next, way: AskBy | None) -> None:
    values: dict[str, Any] = {"status": step.status, "look_on": step.look_on, "way": way}
    if step.send:
        values |= {"asked_at": tx.now, "asked_times": found.asked_times + 1}
    follow_ups.record(tx, found.id, values, audit=ACT)


def _address(reached: Reached, way: AskBy) -> tuple[Channel, str]:
    details = reached.details
    return (
        (Channel.TEXT, mobile_of(details.phones) or "")
        if way is AskBy.TEXT
        else (Channel.EMAIL, details.email or "")
    )


def _send(tx: Tx, found: FollowUp, address: tuple[Channel, str], house: House, language: str | None) -> None:
    told = {"link": link_of(tx, found), "phone": house.help_phone}
    template = "follow-up-again" if found.asked_times else "follow-up"
    message = Message(template, *address, told, PURPOSE, language)
    mail_id = messages_out.to_person(tx, message, referral_id=found.referral_id, team_id=found.team_id)
    follow_ups.record(tx, found.id, {"mail_id": mail_id}, audit=ACT)


def link_of(tx: Tx, found: FollowUp) -> str:
    """Return a new link for one asking, as a whole address; only whoever is told it now can ever know it."""
    return person_links.make(
        tx,
        person_id=found.person_id,
        referral_id=found.referral_id,
        purpose=person_links.FOLLOW_UP,
        days=LINK_DAYS,
    )


def reached_of(tx: Tx, found: FollowUp) -> Reached:
    """Return what decides in which way somebody is asked; to be looked up as the platform or for their team."""
    person = people.get(tx, found.person_id, audit=ACT)
    care = cautions_of(tx, found.referral_id, audit=ACT)
    may_have = person_links.may_have(tx, found.person_id, found.referral_id)
    wanted = contact_wishes.open_ways(tx, found.person_id)
    return Reached(person.details, care, person.restricted, may_have, wanted)


def is_written_to(tx: Tx, found: FollowUp) -> bool:
    """Tell whether a letter is what is left to the team: the person cannot be rung, and may be written to."""
    reached = reached_of(tx, found)
    return may_write(reached) and not may_ring(reached)


def _take_failed_mail(tx: Tx) -> None:
    """An address that takes no e-mail is no way to ask: what waits for its answer is looked at today, by telephone."""
    waiting = follow_ups.list_mailed(tx)
    for mail_id in mail.forget_failed(tx, list(waiting), purpose=PURPOSE) if waiting else ():
        values = {
            "look_on": tx.today,
            "asked_times": 2,
            "mail_id": None,
        }  # as if reminded: not by e-mail again
        follow_ups.record(tx, waiting[mail_id], values, audit="e-mail did not arrive")
