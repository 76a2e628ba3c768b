"""Writes what a provider is told: the team's request in place of the practice's, the person as far as they may know."""

from __future__ import annotations

from typing import Final

from fhir.systems import (
    CONTACT_PROHIBITED,
    MESSAGE_CATEGORIES,
    OUR_NEEDS,
    OUR_REFERRAL_ID,
    OUR_USE_CASES,
    SDOHCC,
    SNOMED,
    SOCIAL_PRESCRIBING_REFERRAL,
    USE_CASE_DISPLAY,
    USE_CASE_SOCIAL_PRESCRIBING,
)
from fhir.views import resource, to
from fhir.views_parties import language_of
from fhir.views_values import OrderShown, PersonTold
from fhir.views_words import AGE_BAND, OUR_REFERENCE, SERVICE_REQUEST_STATUS
from fhir.writing import Json, coding, concept, element

_THROUGH_TEAM: Final = "The link workers' team makes the first contact: ask them."


def order(told: OrderShown) -> Json:
    """Return the team's request to a provider: a filler order, as Gravity has it of an intermediary.

    Its id is the referral's. What the practice wrote, its name and its own references stay with the team.
    """
    head = resource("ServiceRequest", told.id, version=None, updated=told.updated)
    return head | element(
        identifier=[
            {"use": "official", "system": OUR_REFERRAL_ID, "value": told.id},
            {"use": "usual", "system": OUR_REFERENCE, "value": told.reference},
        ],
        status=SERVICE_REQUEST_STATUS[told.stage],
        intent="filler-order",
        category=[
            concept(
                coding(MESSAGE_CATEGORIES, "referral", "Transfer of Care"),
                coding(OUR_USE_CASES, USE_CASE_SOCIAL_PRESCRIBING, USE_CASE_DISPLAY),
            )
        ],
        code=concept(
            coding(
                SNOMED,
                SOCIAL_PRESCRIBING_REFERRAL,
                "Referral to social prescribing service (procedure)",
            )
        ),
        orderDetail=[concept(coding(SDOHCC, CONTACT_PROHIBITED), text=told.take_care[0])]
        if told.contact_prohibited
        else None,
        subject=to("Patient", told.person_id),
        authoredOn=told.authored.isoformat(),
        requester=to("Organization", told.requester_id, told.requester_name),
        performer=[
            to("Organization", told.performer_id, told.owner_name),
            to("HealthcareService", told.service_id, told.service_name),
        ],
        reasonCode=[concept(coding(OUR_NEEDS, need.code, need.words)) for need in told.needs],
        note=[{"text": text} for text in _notes(told)],
    )


def _notes(told: OrderShown) -> list[str]:
    """What must be read before contact stands first."""
    care = [f"Before contact: {words}" for words in told.take_care]
    team = [_THROUGH_TEAM] if told.contact_through_team else []
    access = [f"Access needs: {', '.join(told.access)}"] if told.access else []
    return [*care, *team, *([told.brief] if told.brief else []), *access]


def person(told: PersonTold) -> Json:
    """Return a person as far as a provider may know: no number, address, birth date or practice."""
    band = {"url": AGE_BAND, "valueString": told.age_band} if told.age_band else None
    system = "email" if told.contact and "@" in told.contact else "phone"
    return resource("Patient", told.id, version=None, updated=told.updated) | element(
        extension=[band] if band else None,
        active=True,
        name=[{"use": "official", "text": told.name}] if told.name else None,
        telecom=[{"system": system, "value": told.contact}] if told.contact else None,
        communication=[{"language": language_of(told.language)}] if told.language else None,
    )
