"""What waits for a person goes where they are now: nothing leaves for a number or an address that was put right."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.addresses import address_of
from app.domain.errors import Invalid
from app.domain.message_templates import Channel
from app.domain.referral import PersonDetails
from app.domain.their_details import plain_phone
from app.services.messages.messages_out import check_address
from app.store import departures, mail, readdressing, referrals
from app.store.audit import Entry
from app.store.readdressing import Waiting
from app.store.session import Tx

REASON: Final = "address-changed"
_ACT: Final = "send message elsewhere"


def readdress(tx: Tx, person_id: UUID, before: PersonDetails, after: PersonDetails) -> None:
    """Send what has not left to the new number or address, or hold it back where there is none of its kind.

    The person's gate is shut for it, as for a no: a message that is leaving has left, or it looks once more where it
    goes. What was written for an address that is still right stays as it is.
    """
    with tx.as_system("readdress") as system_tx:
        departures.shut(system_tx, person_id)
        theirs = [each.id for each in referrals.list_of_person(system_tx, person_id, audit=_ACT)]
        for each in readdressing.list_waiting(system_tx, theirs):
            if _is_wrong_now(each, before, after):
                _send_elsewhere(system_tx, each, after, person_id)


def _is_wrong_now(one: Waiting, before: PersonDetails, after: PersonDetails) -> bool:
    if one.channel == Channel.TEXT:
        gone = {plain_phone(each) for each in before.phones} - {plain_phone(each) for each in after.phones}
        return plain_phone(one.to) in gone
    there, now = (address_of(details, one.channel) for details in (before, after))
    return one.to == there != now


def _send_elsewhere(tx: Tx, one: Waiting, after: PersonDetails, person_id: UUID) -> None:
    to = address_of(after, one.channel)
    try:
        check_address(Channel(one.channel), to)
    except Invalid:
        mail.record_held_back(tx, one.id, REASON)
        tx.audit(Entry("hold message back", "mail", str(one.id), person_id, {"reason": REASON}))
        return
    readdressing.record(tx, one.id, to)
    tx.audit(Entry(_ACT, "mail", str(one.id), person_id))
