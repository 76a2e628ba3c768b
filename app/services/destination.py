"""Refuses a message that was meant for somebody else whom this place knows; strangers' names for us are let pass."""

from __future__ import annotations

from uuid import UUID

from app.domain.errors import NotFound
from app.domain.referral import Organisation
from app.domain.vocabulary import OrganisationKind
from app.services.refusals import refusal
from app.store import directory
from app.store.session import Tx
from fhir.messages import IncomingReferral, OrganisationSeen


def check_receivers(tx: Tx, message: IncomingReferral, practice: Organisation) -> None:
    """Raise FhirRejected (400 REC_BAD_REQUEST value) when every destination names another organisation known here.

    BaRS has the receiver look whether MessageHeader.destination is itself (Core, Processing Requests), names no code
    for it, and its own samples name receivers that nobody is: so only who is known not to be meant is refused. Ours
    are the practice's link worker team, the place, and the practice itself, at which many teams sit.
    """
    ours = {practice.id, practice.team_id}
    known = [
        [found for found in (_find(tx, named) for named in destination) if found is not None]
        for destination in message.receivers
    ]
    elsewhere = [
        any(found.id not in ours and found.kind != OrganisationKind.PLACE for found in destination)
        for destination in known
    ]
    if elsewhere and all(elsewhere):
        sentence = (
            "The destination is an organisation whose messages are not taken here. Send it to that organisation, or "
            "name the link worker team of your practice."
        )
        raise refusal(400, sentence, issue="value", path=message.paths.get("receiver", ""))


def _find(tx: Tx, named: OrganisationSeen) -> Organisation | None:
    if named.ods:
        return directory.find_organisation_by_ods(tx, named.ods)
    try:
        return directory.get_organisation(tx, UUID(named.own_id or ""))
    except (ValueError, NotFound):
        return None
