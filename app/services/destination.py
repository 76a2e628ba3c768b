"""Refuses a message that was meant for somebody else.

A place that says its names takes what calls it by one of them, and nothing else; one that does not lets strangers'
names for it pass, and refuses what means another organisation that it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from app.domain.access import system
from app.domain.errors import NotFound
from app.domain.referral import Organisation
from app.domain.vocabulary import OrganisationKind
from app.services.refusals import refusal
from app.store import directory
from app.store.session import Database, Tx
from fhir.messages import Destination, IncomingReferral, OrganisationSeen
from fhir.problems import FhirRejected, Problem
from fhir.systems import ODS_ORGANISATION, OUR_ORGANISATION_ID, normalised

_OURS: Final = (OrganisationKind.PLACE, OrganisationKind.TEAM)


def is_name(names: frozenset[str], told: str) -> bool:
    """Tell whether a place goes by this: `system|value`, a value of any system, or an address at or under its own."""
    names = frozenset(each.lower() for each in names)
    told = told.strip().lower()
    value = told.rpartition("|")[2]
    return (
        told in names or value in names or any(told.startswith(f"{name}/") for name in names if "://" in name)
    )


def check_names(db: Database, message: IncomingReferral) -> None:
    """Raise FhirRejected (400 REC_BAD_REQUEST) unless a destination calls this place by a name that it goes by.

    Endpoint and receiver must both be ours where both are told (BaRS Core, Processing Requests). The place's and its
    teams' own ids and ODS codes are always ours. A place that was given no names asks nothing.
    """
    if not db.names:
        return
    with db.transaction(system("destination")) as tx:
        found = [tuple(_wrong(tx, db.names, each)) for each in message.destinations]
    if not found:
        sentence = "Say in MessageHeader.destination for whom the message is: receiver and endpoint."
        raise refusal(400, sentence, issue="required", path=message.paths.get("receiver", ""))
    if all(found):
        raise FhirRejected(found[0], status=400, rec_code="REC_BAD_REQUEST")


def _wrong(tx: Tx, names: frozenset[str], told: Destination) -> Iterator[Problem]:
    if told.endpoint and not _is_ours(tx, names, told.endpoint):
        yield Problem(f"{told.path}.endpoint", "value", "This endpoint is not ours: send the message to it.")
    if told.receiver and not any(_is_ours(tx, names, each) for each in told.receiver):
        yield Problem(f"{told.path}.receiver", "value", "This receiver is not served here: send it to them.")
    if not told.endpoint and not told.receiver:
        yield Problem(told.path, "required", "Name the receiver by an identifier, or give its endpoint.")


def _is_ours(tx: Tx, names: frozenset[str], told: str) -> bool:
    if is_name(names, told):
        return True
    code, _, value = told.partition("|")
    found = None
    if normalised(code) in (ODS_ORGANISATION, OUR_ORGANISATION_ID) and value:
        is_ods = normalised(code) == ODS_ORGANISATION
        found = find_named(tx, OrganisationSeen(ods=value) if is_ods else OrganisationSeen(own_id=value))
    return found is not None and found.kind in _OURS


def check_receivers(tx: Tx, message: IncomingReferral, practice: Organisation) -> None:
    """Raise FhirRejected (400 REC_BAD_REQUEST value) when every destination names another organisation known here.

    BaRS has the receiver look whether MessageHeader.destination is itself (Core, Processing Requests), names no code
    for it, and its own samples name receivers that nobody is: so only who is known not to be meant is refused. Ours
    are the practice's link worker team, the place, and the practice itself, at which many teams sit.
    """
    ours = {practice.id, practice.team_id}
    known = [
        [found for found in (find_named(tx, named) for named in destination) if found is not None]
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


def find_named(tx: Tx, named: OrganisationSeen) -> Organisation | None:
    """Return the organisation that a message names, by ODS code or by our own id; None when it is not known here."""
    if named.ods:
        return directory.find_organisation_by_ods(tx, named.ods)
    try:
        return directory.get_organisation(tx, UUID(named.own_id or ""))
    except (ValueError, NotFound):
        return None
