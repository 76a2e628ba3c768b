"""A person's no, told to whoever may have read of them: their groups by e-mail, a person of the team by a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.message_templates import Channel
from app.domain.referral import Placement, Referral
from app.services.messages.mailing import is_address
from app.services.messages.messages_out import Message, to_organisation
from app.store import departures, directory, mail, places, safe_links
from app.store.audit import Entry
from app.store.safe_links import Standing
from app.store.session import Tx
from app.store.tasks import add_task

TASK: Final = "sharing-stopped"
NOTICE: Final = "stop-notice"  # the template
_NO: Final = "consent-withdrawn"


def tell(
    tx: Tx, referral: Referral, stopped: Sequence[Placement], *, helping: Sequence[Placement] = ()
) -> None:
    """Cancel what waits to be sent of offers that a no took back, and ask to stop whoever may have read of them.

    To be called with the person's gate shut (`departures.shut`). `stopped` are the offers as they stood before;
    `helping` are those that go on, which a person of the team must talk about. Nothing in a notice tells who it is.
    """
    with tx.as_system("stop notices") as system_tx:
        left = _cancel(system_tx, stopped)
        told = [each for each in stopped if each.id in left or _has_read(system_tx, referral, each)]
        for placement in told:
            notify(system_tx, placement, NOTICE)
        if told or helping:
            add_task(system_tx, TASK, organisation_id=referral.team_id, referral_id=referral.id)


def _cancel(tx: Tx, stopped: Sequence[Placement]) -> set[UUID]:
    """Take back what has not left; return the offers of which something may have left."""
    written = departures.list_about(tx, [each.id for each in stopped])
    for each in written:
        if not each.may_have_left:
            mail.record_held_back(tx, each.id, _NO)
            tx.audit(Entry("hold message back", "mail", str(each.id), None, {"reason": _NO}))
    return {each.placement_id for each in written if each.may_have_left}


def _has_read(tx: Tx, referral: Referral, placement: Placement) -> bool:
    return departures.has_read(tx, referral.person_id, placement.provider_id, since=placement.offered_at)


def notify(tx: Tx, placement: Placement, template: str) -> int:
    """Write a notice to a group about an offer, as the platform; return to how many addresses it goes, 0 for none."""
    standing = safe_links.find_standing(tx, placement.id)
    if standing is None:
        return 0
    profile = places.find_profile(tx, standing.team_id)
    values = {"ref": standing.reference, "phone": profile.phone if profile else None}
    addresses = _addresses(tx, placement, standing)
    for address in addresses:
        message = Message(template, Channel.EMAIL, address, values)
        to_organisation(tx, message, organisation_id=standing.provider_id)
    detail = {"template": template, "notices": len(addresses)}
    tx.audit(Entry("send notice", "placement", str(placement.id), standing.person_id, detail))
    return len(addresses)


def _addresses(tx: Tx, placement: Placement, standing: Standing) -> Sequence[str]:
    """Whoever had a link; else the service's own address, else its organisation's; none of most small groups."""
    helpers = safe_links.list_of(tx, standing.provider_id)
    if found := sorted({each.link_to for each in helpers if each.may_have_links}):
        return found
    service = directory.get_service(tx, placement.service_id)
    profile = places.find_profile(tx, standing.provider_id)
    known = (service.listing.contact_email, profile.email if profile else None)
    return [each for each in known if each and is_address(each)][:1]
