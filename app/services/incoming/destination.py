"""Refuses a message that was meant for somebody else.

A place that says its names takes what calls it by one of them, and nothing else; one that does not lets strangers'
names for it pass, and refuses what means another organisation that it knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final
from uuid import UUID

from app.domain.access import system
from app.domain.referral import Organisation
from app.domain.vocabulary import OrganisationKind
from app.services.incoming.refusals import refusal
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
    told = {each for destination in message.destinations for each in _told(destination)}
    with db.transaction(system("destination")) as tx:
        ours = _ours(tx, db.names, told)
    found = [tuple(_wrong(each, ours)) for each in message.destinations]
    if not found:
        sentence = "Say in MessageHeader.destination for whom the message is: receiver and endpoint."
        raise refusal(400, sentence, issue="required", path=message.paths.get("receiver", ""))
    if all(found):
        raise FhirRejected(found[0], status=400, rec_code="REC_BAD_REQUEST")


def _told(destination: Destination) -> tuple[str, ...]:
    return (*destination.receiver, *([destination.endpoint] if destination.endpoint else []))


def _wrong(told: Destination, ours: Collection[str]) -> Iterator[Problem]:
    if told.endpoint and told.endpoint not in ours:
        yield Problem(f"{told.path}.endpoint", "value", "This endpoint is not ours: send the message to it.")
    if told.receiver and not any(each in ours for each in told.receiver):
        yield Problem(f"{told.path}.receiver", "value", "This receiver is not served here: send it to them.")
    if not told.endpoint and not told.receiver:
        yield Problem(told.path, "required", "Name the receiver by an identifier, or give its endpoint.")


def _ours(tx: Tx, names: frozenset[str], told: Collection[str]) -> Collection[str]:
    """Return what of all this calls the place or one of its teams."""
    meant = {each: _organisation_in(each) for each in told}
    known = _known(tx, [seen for seen in meant.values() if seen])
    ours = {seen for seen, found in known.items() if found.kind in _OURS}
    return {each for each, seen in meant.items() if is_name(names, each) or seen in ours}


def _organisation_in(told: str) -> OrganisationSeen | None:
    code, _, value = told.partition("|")
    if normalised(code) == ODS_ORGANISATION and value:
        return OrganisationSeen(ods=value)
    return OrganisationSeen(own_id=value) if normalised(code) == OUR_ORGANISATION_ID and value else None


def check_receivers(tx: Tx, message: IncomingReferral, practice: Organisation) -> None:
    """Raise FhirRejected (400 REC_BAD_REQUEST value) when every destination names another organisation known here.

    BaRS has the receiver look whether MessageHeader.destination is itself (Core, Processing Requests), names no code
    for it, and its own samples name receivers that nobody is: so only who is known not to be meant is refused. Ours
    are the practice's link worker team, the place, and the practice itself, at which many teams sit.
    """
    ours = {practice.id, practice.team_id}
    known = _known(tx, [named for destination in message.receivers for named in destination])
    others = {
        named
        for named, found in known.items()
        if found.id not in ours and found.kind != OrganisationKind.PLACE
    }
    elsewhere = [any(named in others for named in destination) for destination in message.receivers]
    if elsewhere and all(elsewhere):
        sentence = (
            "The destination is an organisation whose messages are not taken here. Send it to that organisation, or "
            "name the link worker team of your practice."
        )
        raise refusal(400, sentence, issue="value", path=message.paths.get("receiver", ""))


def find_named(tx: Tx, named: OrganisationSeen) -> Organisation | None:
    """Return the organisation that a message names, by ODS code or by our own id; None when it is not known here."""
    return _known(tx, [named]).get(named)


def _known(tx: Tx, named: Iterable[OrganisationSeen]) -> dict[OrganisationSeen, Organisation]:
    """Return those that the place knows, asked for all at once: a message may name as many as it likes."""
    meant = {each: each.ods.upper() if each.ods else _uuid(each.own_id) for each in named}
    ods = {each for each in meant.values() if isinstance(each, str)}
    ids = {each for each in meant.values() if isinstance(each, UUID)}
    found: dict[str | UUID | None, Organisation] = {}
    for organisation in directory.list_organisations(tx, ods=ods, ids=ids) if ods or ids else ():
        found |= {organisation.id: organisation, organisation.ods: organisation}
    return {each: found[key] for each, key in meant.items() if key in found and key is not None}


def _uuid(told: str | None) -> UUID | None:
    try:
        return UUID(told or "")
    except ValueError:
        return None
