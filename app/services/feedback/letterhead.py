"""What stands at the head of every message to a practice: who writes to whom, about whom, in answer to what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from app.domain.referral import Organisation, Person, Placement, Referral
from app.domain.sources import SourceKind
from app.domain.vocabulary import OrganisationKind
from app.store import directory, people
from app.store.session import Tx
from fhir.messages import OrganisationToTell, PersonToTell
from fhir.systems import OURS

_VERSION = "1.0.0"


def letterhead(
    tx: Tx,
    referral: Referral,
    practice: Organisation,
    *,
    placement: Placement | None,
    audit: str,
    composed_at: datetime | None = None,
) -> dict[str, Any]:
    """Return what OutcomeReport and StatusUpdate share, with new message ids, dated now unless told otherwise.

    `placement` is whose help is told of; without one the team answers for itself.
    """
    team = directory.get_organisation(tx, referral.team_id)
    return {
        "message_id": str(uuid4()),
        "header_id": str(uuid4()),
        "composed_at": composed_at or tx.now,
        "version": _VERSION,
        "referral_id": str(referral.id),
        "original_bundle_id": referral.original_bundle_id,
        "requester_reference": referral.requester_reference,
        "journey_id": referral.journey_id,
        "from_endpoint": f"{OURS}Id/organisation|{team.id}",
        "to_endpoint": referral.reply_endpoint or f"{OURS}Id/organisation|{practice.id}",
        "sender": _told(team),
        "receiver": _told(practice),
        "provider": _told(directory.get_organisation(tx, placement.provider_id)) if placement else None,
        "service_id": str(placement.service_id) if placement else None,
        "service_name": placement.service_name if placement else None,
        "link_worker": team.name,
        "person": _person(people.get_as_told_by(tx, referral.person_id, practice.id, audit=audit)),
        "referred_on": referral.received_at,
    }


def _told(organisation: Organisation) -> OrganisationToTell:
    return OrganisationToTell(
        id=str(organisation.id),
        name=organisation.name,
        ods=organisation.ods,
        is_general_practice=organisation.kind == OrganisationKind.PRACTICE
        and organisation.source_kind is SourceKind.PRACTICE,
    )


def _person(person: Person) -> PersonToTell:
    details = person.details
    return PersonToTell(
        id=str(person.id),
        family=details.family,
        given=details.given,
        birth_date=details.birth_date,
        gender=details.gender,
        nhs_number=details.nhs_number,
        nhs_number_verified=person.identity_confirmed,
    )
