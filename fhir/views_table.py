"""What can be read and searched, once: routes, search and CapabilityStatement are all made of this table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fhir.systems import (
    NHS_NUMBER,
    ODS_ORGANISATION,
    OUR_MEASURES,
    OUR_NEEDS,
    OUR_ORGANISATION_ID,
    OUR_REFERRAL_ID,
    OUR_SERVICE_ID,
    SNOMED,
    SOCIAL_PRESCRIBING_REFERRAL,
    TASK_CODES,
)
from fhir.views_kinds import Include, Kind, Parameter, ParameterType
from fhir.views_words import (
    CARE_PLAN_STATUS,
    COMMUNICATION_STATUS,
    CONSENT_STATUS,
    OUR_REFERENCE,
    SERVICE_REQUEST_STATUS,
    TASK_STATUS,
    URI,
    told_as,
)

_T = ParameterType


def _token(name: str, field: str, system: str | None, codes: Mapping[str, tuple[str, ...]]) -> Parameter:
    return Parameter(name, _T.TOKEN, f"One or more of: {', '.join(codes)}.", field, system, codes)


def _identifier(**fields: str) -> Parameter:
    known = {_IDENTIFIER_SYSTEMS[name]: field for name, field in fields.items()}
    about = f"system|value of: {', '.join(system for system in known if system) or 'none'}."
    return Parameter("identifier", _T.TOKEN, about, identifiers=MappingProxyType(known))


_IDENTIFIER_SYSTEMS: Final = {
    "nhs_number": NHS_NUMBER,
    "ods": ODS_ORGANISATION,
    "organisation": OUR_ORGANISATION_ID,
    "service": OUR_SERVICE_ID,
    "referral": OUR_REFERRAL_ID,
    "reference": OUR_REFERENCE,
    "message": URI,
    "practice_own": "",  # the practice's own, of whatever system
}


def _to(name: str, about: str, **fields: str) -> Parameter:
    return Parameter(name, _T.REFERENCE, about, targets=MappingProxyType(fields))


def _date(name: str, about: str, field: str = "authored") -> Parameter:
    return Parameter(name, _T.DATE, about, field)


_PATIENT: Final = _to(
    "patient", "The person; patient:identifier takes a confirmed NHS number.", Patient="person_id"
)
_SUBJECT: Final = _to("subject", "The person, as patient.", Patient="person_id")
_BASED_ON: Final = _to("based-on", "The referral.", ServiceRequest="referral_id")
_REQUESTER: Final = _to("requester", "The organisation that asks.", Organization="requester_id")
_NEW: Final = MappingProxyType({"authored": "authored"})
_SNOMED_REFERRAL: Final = {SOCIAL_PRESCRIBING_REFERRAL: (SOCIAL_PRESCRIBING_REFERRAL,)}
_NEED_CODES: Final = (
    "social-connection",
    "mental-wellbeing",
    "money-advice",
    "housing",
    "employment",
    "physical-activity",
    "food",
    "caring",
    "bereavement",
    "digital",
    "volunteering",
    "arts-and-nature",
    "long-term-condition",
    "other",
)


def _sorts(name: str) -> Mapping[str, str]:
    return MappingProxyType({name: "authored", "_lastUpdated": "updated"})


# What is told of people and of the directory also hangs on today and on others: a time cannot stand for it.
_CHANGED: Final = MappingProxyType({"_lastUpdated": "updated"})

_KINDS: Final = (
    Kind(
        "ServiceRequest",
        "A referral as the practice asked it. To a provider: what the link workers' team asks of it (intent"
        " filler-order, the team's own brief), as its newest placement stands.",
        (
            _identifier(referral="id", reference="reference", practice_own="requester_identifiers"),
            _PATIENT,
            _SUBJECT,
            _token("status", "stage", None, told_as(SERVICE_REQUEST_STATUS)),
            _date("authored", "When the referral was received."),
            _REQUESTER,
            _to("performer", "The link workers' team; to a provider, itself.", Organization="performer_id"),
            _token("code", "code", SNOMED, _SNOMED_REFERRAL),
        ),
        sorts=_sorts("authored"),
        order="authored",
        profiled=True,
    ),
    Kind(
        "Task",
        "What is asked of one organisation, in the states of Gravity's closed loop: one Task for the referral"
        " (its id is the referral's), one for each placement, partOf the first. A provider has its own placements'"
        " Tasks and updates status, statusReason (a code, or words for rejected, on-hold, failed and cancelled),"
        " businessStatus (with accepted: waitlisted, with statusReason.text if wanted, or accepted once there is a"
        " place) and output (outcome with completed, or Gravity's resulting-activity or additional-content; summary,"
        " actions, risks, goal, goal-before, goal-after); the rest stays as it is, and may be left out. The status"
        " received says that the offer was seen: the Task stays requested.",
        (
            _PATIENT,
            _SUBJECT,
            _token("status", "stage", None, told_as(TASK_STATUS)),
            _date("authored-on", "When it was asked."),
            _date("modified", "When it last moved.", "updated"),
            _to(
                "owner",
                "Who is asked; owner:missing=true finds offers without an answer.",
                Organization="owner_id",
            ),
            _REQUESTER,
            _token("code", "code", TASK_CODES, {"fulfill": ("fulfill",)}),
            _to("focus", "The referral.", ServiceRequest="referral_id"),
            _BASED_ON,
            _to("part-of", "The referral's Task.", Task="part_of"),
        ),
        sorts=MappingProxyType({"authored-on": "authored", "modified": "updated", "_lastUpdated": "updated"}),
        order="authored",
    ),
    Kind(
        "Patient",
        "A person whom the practice referred, as it told them itself: what another practice said is not given. Of a"
        " restricted person no address, telephone or e-mail is given. A"
        " provider is told name, language, age band and one way to reach them, where it may reach them at all.",
        (_identifier(nhs_number="nhs_number"),),
        sorts=_CHANGED,
        exact=False,
    ),
    Kind(
        "Organization",
        "Practices, teams and providers of the place.",
        (_identifier(ods="ods", organisation="id"),),
        sorts=_CHANGED,
        exact=False,
    ),
    Kind(
        "HealthcareService",
        "The directory: what providers offer.",
        (
            _identifier(service="id"),
            _to("organization", "Who offers it.", Organization="provider_id"),
            Parameter(
                "service-type",
                _T.TOKEN,
                f"A need it helps with: {', '.join(_NEED_CODES)}.",
                "needs",
                OUR_NEEDS,
                {code: (code,) for code in _NEED_CODES},
                many=True,
            ),
        ),
        sorts=_CHANGED,
        exact=False,
        profiled=True,
    ),
    Kind(
        "Consent",
        "What the practice's own message said of consent; inactive once another word was recorded here.",
        (
            _PATIENT,
            _token("status", "status", None, told_as(CONSENT_STATUS)),
            _date("date", "When it was told."),
            _to("organization", "The practice that told it.", Organization="requester_id"),
        ),
        sorts=_sorts("date"),
        order="authored",
    ),
    Kind(
        "CarePlan",
        "One for each referral: placements as activities, outcomes in words as notes; its id is the referral's. A"
        " provider sees its own placements' part.",
        (
            _PATIENT,
            _SUBJECT,
            _token("status", "stage", None, told_as(CARE_PLAN_STATUS)),
            _date("date", "When the referral was received."),
        ),
        sorts=_sorts("date"),
        order="authored",
        profiled=True,
    ),
    Kind(
        "Observation",
        "The scores of a measure, one component an item.",
        (
            _PATIENT,
            _SUBJECT,
            _token("status", "observed", None, {"final": ("final",)}),
            Parameter("code", _T.TOKEN, "The code of a measure, as ons4.", "measure", OUR_MEASURES),
            _date("date", "When it was taken."),
            _BASED_ON,
        ),
        sorts=_sorts("date"),
        order="authored",
    ),
    Kind(
        "QuestionnaireResponse",
        "A measure as it was answered; its id is that of the Observation made of it.",
        (
            _PATIENT,
            _SUBJECT,
            _token("status", "answered", None, {"completed": ("completed",)}),
            _date("authored", "When it was answered."),
            _BASED_ON,
        ),
        sorts=_sorts("authored"),
        order="authored",
    ),
    Kind(
        "Communication",
        "The news to the practice: whether it was sent, has arrived and was acknowledged.",
        (
            _identifier(message="message"),
            _PATIENT,
            _SUBJECT,
            _token("status", "status", None, told_as(COMMUNICATION_STATUS)),
            _date("sent", "When it was sent.", "sent"),
            _to("recipient", "The practice.", Organization="requester_id"),
            _to("sender", "The link workers' team.", Organization="team_id"),
            _BASED_ON,
        ),
        sorts=MappingProxyType({"_lastUpdated": "updated"}),
        order="authored",
    ),
    Kind(
        "AuditEvent",
        "Who read or changed the practice's own referrals: organisations and roles, never a person's name.",
        (
            _PATIENT,
            _date("date", "When it happened."),
            _to("entity", "The referral.", ServiceRequest="referral_id"),
            _to("agent", "The organisation that did it.", Organization="organisation_id"),
        ),
        sorts=_sorts("date"),
        order="authored",
        prefix="line-",
        profiled=True,
        grows=True,
    ),
    Kind(
        "Provenance",
        "Each step of a referral, its placements and the news of it: the history that is kept.",
        (
            _PATIENT,
            _date("recorded", "When the step was taken."),
            _to("target", "What it moved.", ServiceRequest="referral_id", Task="task_id"),
            _to("agent", "The organisation that took it.", Organization="organisation_id"),
        ),
        sorts=_sorts("recorded"),
        order="authored",
        prefix="step-",
    ),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.type: kind for kind in _KINDS})

# Whatever can be searched by a reference can be brought along by it.
INCLUDES: Final = tuple(
    Include(kind.type, parameter.name, target, column)
    for kind in _KINDS
    for parameter in kind.parameters
    for target, column in parameter.targets.items()
)


def includes_of(kind: str) -> tuple[Include, ...]:
    """Return what _include can follow from this type."""
    return tuple(each for each in INCLUDES if each.source == kind)


def revincludes_of(kind: str) -> tuple[Include, ...]:
    """Return what _revinclude can bring along that points at this type."""
    return tuple(each for each in INCLUDES if each.target == kind)
