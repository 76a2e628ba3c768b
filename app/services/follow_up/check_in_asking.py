"""The sweep that asks whether help has arrived: planned with a yes, asked once on its day, stopped, or left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.access import system
from app.domain.addresses import address_of
from app.domain.check_in import LINK_DAYS, CheckInStatus, after_asking, left, planned_days
from app.domain.follow_up import AskBy, Reached, may_ring, way_of
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.message_templates import Channel
from app.domain.referral import PersonDetails
from app.services.follow_up.follow_up_asking import House
from app.services.follow_up.follow_up_plan import SHARE
from app.services.incoming.duplicates import cautions_of
from app.services.messages import contact_wishes, messages_out
from app.services.messages.held_back import CHECK_IN, held_back
from app.services.messages.messages_out import Message
from app.services.own import person_links
from app.store import check_ins, mail, people, place_rules, referrals, tasks
from app.store.check_ins import CheckIn
from app.store.session import LONDON, Database, Tx

ACT = "ask whether help has arrived"
_SWEEPER = system("check-in")
_CHANNELS = {AskBy.TEXT: Channel.TEXT, AskBy.EMAIL: Channel.EMAIL, AskBy.LETTER: Channel.LETTER}


def plan_new(db: Database) -> int:
    """Plan the askings of referrals to which somebody has just said yes; return of how many."""
    with db.transaction(_SWEEPER) as tx:
        rules = place_rules.of(tx)
        if not rules.check_in_days:
            return 0
        found = check_ins.list_unplanned(tx, within_days=max(rules.check_in_days))
        for yes in found:
            days = planned_days(yes.at.astimezone(LONDON).date(), tx.today, rules)
            check_ins.plan(tx, yes, days, audit="plan check-in")
        return len(found)


def due(db: Database) -> Sequence[UUID]:
    """Return those on which something is due now; whose message came back is due at once."""
    with db.transaction(_SWEEPER) as tx:
        _take_failed(tx)
        return check_ins.list_due(tx)


def take_step(db: Database, check_in_id: UUID, house: House) -> None:
    """Do what is due on one: ask, put it on the call list, stop it, or leave it. Nothing when it is not due."""
    with db.transaction(_SWEEPER) as tx:
        found = check_ins.get(tx, check_in_id, audit=ACT, hold=True)
        if not found.is_open:
            return
        reason = why_not_now(tx, found)
        if reason is not None:
            values: dict[str, Any] = {"status": CheckInStatus.STOPPED, "reason": reason}
            check_ins.record(tx, found.id, values, audit=ACT)
        elif found.look_on is not None and found.look_on <= tx.today:
            _go_on(tx, found, house)


def why_not_now(tx: Tx, found: CheckIn) -> str | None:
    """Return the code of STOP_WORDS why nobody may ask this person now, None when they may be asked."""
    with tx.as_system("check-in") as system_tx:
        if referrals.get(system_tx, found.referral_id, audit=ACT).status not in OPEN_REFERRAL:
            return "closed"
        if found.status is CheckInStatus.PLANNED and found.day not in place_rules.of(system_tx).check_in_days:
            return "switched-off"
        reason = held_back(system_tx, found.referral_id, CHECK_IN)
        if reason is not None and reason != "not-safe":
            return reason
        if cautions_of(system_tx, found.referral_id, audit=ACT).do_not_contact:
            return "not-safe"
        if tasks.find_consent(system_tx, found.referral_id, SHARE) is False:
            return "no-consent"
        return None if check_ins.is_helped(system_tx, found.referral_id) else "nothing-agreed"


def _go_on(tx: Tx, found: CheckIn, house: House) -> None:
    if found.status is not CheckInStatus.PLANNED:
        check_ins.record(tx, found.id, {"status": left(found.status)}, audit=ACT)
        return
    reached = _reached(tx, found)
    way = way_of(reached, has_mail=house.has_mail, without=_nobody_sends(house))
    status, look_on = after_asking(way, tx.today)
    values: dict[str, Any] = {"status": status, "look_on": look_on, "way": way}
    if way in _CHANNELS:
        values |= {"asked_at": tx.now, "mail_id": _send(tx, found, reached.details, way, house)}
    check_ins.record(tx, found.id, values, audit=ACT)


def _nobody_sends(house: House) -> Sequence[AskBy]:
    """A question of one tap is not worth a text or a letter by hand: who cannot be reached otherwise is rung."""
    has = {AskBy.TEXT: house.has_texts, AskBy.LETTER: house.has_letters}
    return [way for way, is_sent in has.items() if not is_sent]


def _reached(tx: Tx, found: CheckIn) -> Reached:
    person = people.get(tx, found.person_id, audit=ACT)
    care = cautions_of(tx, found.referral_id, audit=ACT)
    may_have = person_links.may_have(tx, found.person_id, found.referral_id)
    details = person.details
    if not (may_have and details.postcode):  # a letter holds a link, and an envelope a postcode
        details = replace(details, address_lines=())
    wanted = contact_wishes.open_ways(tx, found.person_id)
    return Reached(details, care, person.restricted, may_have, wanted)


def _send(tx: Tx, found: CheckIn, details: PersonDetails, way: AskBy, house: House) -> UUID:
    link = person_links.make(
        tx,
        person_id=found.person_id,
        referral_id=found.referral_id,
        purpose=person_links.CHECK_IN,
        days=LINK_DAYS,
    )
    told = {"link": link, "phone": house.help_phone}
    message = Message(
        "check-in", _CHANNELS[way], address_of(details, _CHANNELS[way]), told, CHECK_IN, details.language
    )
    return messages_out.to_person(tx, message, referral_id=found.referral_id, team_id=found.team_id)


def _take_failed(tx: Tx) -> None:
    """Whose message came back is rung instead, where they may be."""
    waiting = check_ins.list_sent(tx)
    for mail_id in mail.forget_failed(tx, list(waiting), purpose=CHECK_IN) if waiting else ():
        found = check_ins.get(tx, waiting[mail_id], audit="message did not arrive", hold=True)
        by_phone = may_ring(_reached(tx, found))
        status, look_on = after_asking(AskBy.PHONE if by_phone else None, tx.today)
        values = {"status": status, "look_on": look_on, "way": AskBy.PHONE, "mail_id": None}
        check_ins.record(tx, found.id, values, audit="message did not arrive")
