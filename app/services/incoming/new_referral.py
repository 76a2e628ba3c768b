"""Makes a person and a referral of a message that was judged good."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.case_news import merge_person
from app.domain.errors import NotFound
from app.domain.intake import Identity, Judgement
from app.domain.lifecycle import NEW, Action, Track, decide
from app.domain.likeness import agrees
from app.domain.place import PlaceRules
from app.domain.referral import Organisation, Person, PersonDetails
from app.services.caring.sharing import TYPED_ON_A_PAGE
from app.services.dataset import secondary_use
from app.services.incoming import duplicates
from app.services.incoming.heard import (
    access_of,
    cautions_of,
    details_of,
    needs_of,
    place_in_time,
    saying,
    told_parts,
)
from app.services.incoming.put_aside import without_put_aside
from app.services.incoming.typed_referral import TypedReferral
from app.services.watching.calendar import limits_of
from app.store import cautions, people, referrals, tasks
from app.store.people import NewPerson
from app.store.session import Tx
from app.store.sharing import add_not_yet
from app.store.tasks import Consent
from fhir.messages import IncomingReferral

_ACT = "receive referral"
_TASK_OF = {
    Identity.NO_NUMBER: "find-nhs-number",
    Identity.NUMBER_NOT_VERIFIED: "confirm-identity",
    Identity.NUMBER_WRONG: "correct-nhs-number",
}


def take(
    tx: Tx,
    message: IncomingReferral,
    judgement: Judgement,
    *,
    practice: Organisation,
    correlation_id: str | None,
    rules: PlaceRules | None,
) -> UUID:
    """Write person, referral, transition, consent and tasks; return the referral's id."""
    if practice.team_id is None:
        raise NotFound("No link worker team is set up for this practice.")
    person, doubt = _person(tx, message, judgement, practice)
    own = saying(message, practice.id, place_in_time(message).mark)
    people.record_told(tx, person.id, own, audit=_ACT)
    transition = decide(Track.REFERRAL, NEW, Action.RECEIVE, role=tx.actor.role)
    values = {
        "person_id": person.id,
        "requester_id": practice.id,
        "team_id": practice.team_id,
        "correlation_id": correlation_id,
        "received_at": tx.now,
        "next_action_on": limits_of(tx, rules).triage_by(tx.today, message.priority),
        **_asked(message),
    }
    sealed = {
        "reason": message.reason_text,
        "requested_by": message.requester_name or "",
        "order_sent": json.dumps(message.order) if message.order else "",
    }
    referral_id = referrals.add(tx, values, transition, sealed=sealed, audit=_ACT)
    cautions.record(tx, referral_id, cautions_of(message), audit=_ACT)
    _record_agreement(tx, message, person.id, referral_id)
    if doubt:
        tasks.add_task(tx, doubt, organisation_id=practice.team_id, referral_id=referral_id)
    duplicates.ask_about(tx, referral_id, practice.team_id)
    return referral_id


def _record_agreement(tx: Tx, message: IncomingReferral, person_id: UUID, referral_id: UUID) -> None:
    """A message that says nothing of consent is no refusal, the link worker asks; on our pages it is "not yet"."""
    on_page = message.identity.event == TYPED_ON_A_PAGE
    wording = message.consent_wording if isinstance(message, TypedReferral) else None
    if message.consent_given:
        how = "referral-page" if on_page else None
        consent = Consent("share-with-provider", given=True, source="message", how=how, wording=wording)
        tasks.add_consent(tx, consent, person_id=person_id, referral_id=referral_id, audit=_ACT)
    elif on_page:
        whose = {"person_id": person_id, "referral_id": referral_id}
        add_not_yet(tx, **whose, source="page", wording=wording, audit=_ACT)
    if message.use_refused:
        secondary_use.record_refusal_told(tx, person_id=person_id, referral_id=referral_id)


def _asked(message: IncomingReferral) -> dict[str, Any]:
    return {
        "priority": message.priority,
        "use_case": message.use_case,
        "needs": needs_of(message.needs),
        "access": access_of(message.flags),
        "safeguarding": bool(message.safeguarding),
        "original_bundle_id": message.identity.bundle_id,
        "header_id": message.identity.header_id,
        "requester_reference": message.requester_reference,
        "requester_identifiers": list(message.identifiers),
        "authored_on": message.authored_on,
        "journey_id": message.journey_id,
        "reply_endpoint": message.reply_endpoint,
        "heard": dict.fromkeys(["message", *told_parts(message)], place_in_time(message).mark),
    }


def _person(
    tx: Tx, message: IncomingReferral, judgement: Judgement, practice: Organisation
) -> tuple[Person, str | None]:
    """Return the person and the task that their identity needs, if any.

    Only a verified number whose owner has the same birth date and family name is the same person; every
    other case makes a new record that somebody must look at, because two people merged cannot be parted.
    """
    details, fence_id = details_of(message.person), practice.fence_id
    restricted, opted_out = message.person.restricted, message.type1_opt_out
    mark = place_in_time(message).mark
    heard = merge_person(PersonDetails(), details, {}, mark).heard
    new = NewPerson(details, fence_id, False, heard=heard, restricted=restricted, type1_opt_out=opted_out)
    if judgement.identity is not Identity.CONFIRMED or not details.nhs_number:
        return people.add(tx, new, audit=_ACT), _TASK_OF.get(judgement.identity)
    superseded = message.person.superseded_numbers
    known = _known(tx, details, superseded, fence_id)
    if known is None:
        person = people.add(tx, replace(new, identity_confirmed=True), audit=_ACT)
        people.record_replaced(tx, person.id, superseded, audit=_ACT)
        return person, None
    theirs = people.get_as_told_by(tx, known.id, practice.id, audit=_ACT).details
    # Whose name or birth date was put right since is who they were in the practice's own words.
    if not any(agrees(each, details) for each in (known.details, theirs)):
        return people.add(tx, new, audit=_ACT), "same-number-other-person"
    _tell_known(tx, message, known, details)
    return people.get(tx, known.id, audit=_ACT), None


def _tell_known(tx: Tx, message: IncomingReferral, known: Person, details: PersonDetails) -> None:
    """Write the newest word on each part of somebody who is known; what was put right is not undone by it."""
    superseded = message.person.superseded_numbers
    # A flag of protection is never taken away by a message that merely leaves it out.
    flags = {
        "restricted": known.restricted or message.person.restricted,
        "type1_opt_out": known.type1_opt_out or message.type1_opt_out,
    }
    marks, mark = people.heard(tx, known.id, audit=_ACT), place_in_time(message).mark
    merged = merge_person(known.details, without_put_aside(tx, known, details, audit=_ACT)[0], marks, mark)
    is_followed = (
        known.details.nhs_number in superseded
    )  # else they are known by this number, or by a newer one
    number = details.nhs_number if is_followed else known.details.nhs_number
    current = replace(merged.value, nhs_number=number)
    people.record_details(tx, known.id, current, heard=merged.heard, audit=_ACT, **flags)
    people.record_replaced(tx, known.id, superseded, audit=_ACT)


def _known(
    tx: Tx, details: PersonDetails, superseded: tuple[str, ...], fence_id: UUID | None
) -> Person | None:
    """Return who has this number, had it before, or had one that the message says was replaced by it."""
    for number in (details.nhs_number or "", *superseded):
        found = people.find_by_nhs_number(tx, number, fence_id=fence_id, audit=_ACT)
        if found is not None:
            return found
    return None
