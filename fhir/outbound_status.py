"""Writes a word on the way to the requester: on a waiting list, accepted, in progress, or declined and why."""

from __future__ import annotations

from typing import Any, Final

from fhir.message_back import NO_ACTION, Section, as_text, as_xhtml
from fhir.messages import Stage, StatusUpdate
from fhir.outbound_care import AMBULATORY, journey, requesting_encounter
from fhir.outbound_parties import original, parties, patient, request_identifiers, service
from fhir.systems import (
    DOS_REJECTED_REASONS,
    MESSAGE_CATEGORIES,
    OUR_END_REASONS,
    OUR_REFERRAL_ID,
    OUR_USE_CASES,
    OUR_WITHDRAW_REASONS,
    REASON_NEW,
    REASON_UPDATE,
    REJECTED_REASONS,
    RESPONSE_SHORT_DEFINITION,
    SNOMED,
    SOCIAL_PRESCRIBING_DECLINED,
    SOCIAL_PRESCRIBING_REFERRAL,
    TASK_CODES,
    USE_CASE_DISPLAY,
    USE_CASE_SOCIAL_PRESCRIBING,
)
from fhir.views_words import OUR_STAGES
from fhir.writing import Json, Letter, Route, coding, concept, element, header, organisation_part

# rejected-reasons-bars 1.1.0: the only codes that BaRS knows for a response
REJECTED: Final = {
    "RRNA": "Requested resource not available within timescale",
    "FC": "Failed Contact",
    "OTH": "Other",
}
# dos-rejected-reasons-bars 1.0.0: what a service says
DOS_REJECTED: Final = {
    "21": "Unsuitable due to transport",
    "22": "Rejected for capacity reasons",
    "23": "Service not clinically appropriate",
    "24": "Service declined referral",
    "26": "Rejected for patient choice",
    "27": "Service could not be contacted",
    "31": "No appointments available",
    "32": "Appointments not suitable",
    "40": "Patient not eligible for service",
    "41": "Patient requested home visit",
    "42": "Unsuitable due to distance",
    "99": "Other reason",
}
# Ours: capacity and time are RRNA, nobody reached is FC; all else is OTH, whose text is mandatory.
_IN_BARS: Final = {
    "22": "RRNA",
    "31": "RRNA",
    "32": "RRNA",
    "no-suitable-service": "RRNA",
    "27": "FC",
    "could-not-contact": "FC",
}
# What a team takes a referral back for; "other" is among the end reasons too and told as one.
_WITHDRAWN: Final = (
    "requester-cancelled",
    "sent-by-mistake",
    "consent-withdrawn",
    "duplicate",
    "placed-elsewhere",
)
_BY_CHOICE: Final = ("26", "person-declined")
_ENCOUNTER: Final = {
    Stage.WAITING: "planned",
    Stage.ACCEPTED: "planned",
    Stage.IN_PROGRESS: "in-progress",
    Stage.DECLINED: "cancelled",
    Stage.NOT_REACHED: "planned",
}
_TASK: Final = {
    Stage.WAITING: "accepted",
    Stage.ACCEPTED: "accepted",
    Stage.IN_PROGRESS: "in-progress",
    Stage.DECLINED: "rejected",
    Stage.NOT_REACHED: "accepted",  # the team has taken it on, as it reads over REST
}
_SENTENCE: Final = {
    Stage.WAITING: "The person is on a waiting list",
    Stage.ACCEPTED: "The referral was accepted.",
    Stage.IN_PROGRESS: "Work with the person has begun.",
    Stage.DECLINED: "The referral was declined",
    Stage.NOT_REACHED: "The person could not be reached so far.",
}
_UNSAID: Final = "No reason was given"


def status_message(update: StatusUpdate) -> dict[str, Any]:
    """Return the BaRS response Bundle that tells the requester's practice where their referral stands.

    It keeps to bars-message-servicerequest-response-referral-short (two Encounters: the requester's and ours),
    answers the original Bundle.id with the roles reversed, and is the same bytes for the same update. The Task
    (Gravity: accepted, in-progress, rejected or cancelled with its reason, as REST reads it) is contained: the short
    form lists none. A waiting list is an accepted Task whose businessStatus says so and how long it takes.
    """
    letter = Letter(update.message_id, update.header_id, update.composed_at, update.version)
    entries = [_header(update, letter), _request(update, letter), patient(update.person, letter)]
    entries += [requesting_encounter(update, letter), _encounter(update, letter)]
    if update.service_name or update.provider:
        entries.append(service(update, letter))
    return letter.bundle([*entries, *parties(update, letter)])


def decline_reason(update: StatusUpdate) -> Json | None:
    """Return why a referral was declined, in BaRS's codes, the service's and SNOMED CT's; None when it was not.

    The text is always there: BaRS demands it for OTH, and a code alone helps nobody.
    """
    if update.stage is not Stage.DECLINED:
        return None
    reason = update.reason or ""
    code = _IN_BARS.get(reason, "OTH")
    codings = [coding(REJECTED_REASONS, code, REJECTED[code])]
    if reason in DOS_REJECTED:
        codings.append(coding(DOS_REJECTED_REASONS, reason, DOS_REJECTED[reason]))
    elif reason in _WITHDRAWN:
        codings.append(coding(OUR_WITHDRAW_REASONS, reason))
    elif reason:
        codings.append(coding(OUR_END_REASONS, reason))
    if reason in _BY_CHOICE:
        codings.append(coding(SNOMED, SOCIAL_PRESCRIBING_DECLINED, "Social prescribing declined"))
    return concept(*codings, text=_reason_in_words(update))


def _why(update: StatusUpdate) -> Json | None:
    """Of a waiting list the provider's own words alone: it has no list of reasons."""
    if update.stage is Stage.WAITING:
        return concept(text=update.reason_text) if update.reason_text else None
    return decline_reason(update)


def _reason_in_words(update: StatusUpdate) -> str:
    return update.reason_text or DOS_REJECTED.get(update.reason or "") or _UNSAID


def _sections(update: StatusUpdate) -> tuple[Section, ...]:
    """Actions first, as in the message back at the end (PRSB); on the way there are none."""
    standing = _SENTENCE[update.stage]
    if update.stage is Stage.DECLINED:
        standing = f"{standing}: {_reason_in_words(update).rstrip('.')}."
    if update.stage is Stage.WAITING:
        standing = _waiting(update)
    found = [Section("Plan and requested actions", NO_ACTION), Section("Where the referral stands", standing)]
    if update.note.strip():
        found.append(Section("Note", update.note.strip()))
    return tuple(found)


def _waiting(update: StatusUpdate) -> str:
    return f"{_SENTENCE[Stage.WAITING]}, {update.expected or 'how long is not known'}."


def _header(update: StatusUpdate, letter: Letter) -> Json:
    route = Route(
        sender=update.sender,
        receiver=update.receiver,
        from_endpoint=update.from_endpoint,
        to_endpoint=update.to_endpoint,
        answers=update.original_bundle_id,
        reason=REASON_NEW if update.first else REASON_UPDATE,
    )
    focus = [
        letter.to("encounter"),
        letter.to("request"),
    ]  # the guide's responses focus on the receiver's Encounter
    return header(letter, route, focus=focus, definition=RESPONSE_SHORT_DEFINITION)


def _request(update: StatusUpdate, letter: Letter) -> Json:
    """The requester's own request. It stays active, also when declined (as in the guide): only they revoke it."""
    told = _sections(update)
    referred = coding(
        SNOMED, SOCIAL_PRESCRIBING_REFERRAL, "Referral to social prescribing service (procedure)"
    )
    return letter.entry(
        "request",
        "ServiceRequest",
        text={"status": "additional", "div": as_xhtml(told)},
        contained=[_task(update, letter)],
        identifier=request_identifiers(update),
        basedOn=[original(update.original_bundle_id)],
        status="active",
        intent="plan",
        category=[
            concept(
                coding(MESSAGE_CATEGORIES, "referral", "Transfer of Care"),
                coding(OUR_USE_CASES, USE_CASE_SOCIAL_PRESCRIBING, USE_CASE_DISPLAY),
            )
        ],
        code=concept(referred) if update.stage is Stage.IN_PROGRESS else None,  # coded once work has begun
        subject=letter.to("patient"),
        encounter=letter.to("encounter"),
        authoredOn=update.referred_on.isoformat(),
        requester=letter.to(organisation_part(update.receiver)),
        performer=[letter.to(organisation_part(update.provider or update.sender))],
        supportingInfo=[{"reference": "#task"}],
        note=[{"time": update.happened_on.isoformat(), "text": as_text(each)} for each in told],
    )


def _task(update: StatusUpdate, letter: Letter) -> Json:
    """The fulfilment as Gravity tells it, and as it is read over REST."""
    waits = update.stage is Stage.WAITING
    return element(
        resourceType="Task",
        id="task",
        status="cancelled" if update.called_off else _TASK[update.stage],
        statusReason=_why(update),
        businessStatus=concept(coding(OUR_STAGES, "waitlisted"), text=_waiting(update)) if waits else None,
        intent="order",
        code=concept(coding(TASK_CODES, "fulfill", "Fulfill the focal request")),
        focus={"reference": "#"},
        for_=letter.to("patient"),
        authoredOn=update.referred_on.isoformat(),
        lastModified=update.happened_on.isoformat(),
        requester=letter.to(organisation_part(update.sender)),
        owner=letter.to(organisation_part(update.provider or update.sender)),
    )


def _encounter(update: StatusUpdate, letter: Letter) -> Json:
    """Our part of the journey; one that is only planned has no period yet."""
    reason = decline_reason(update)
    begun = {"start": update.happened_on.isoformat()}
    return letter.entry(
        "encounter",
        "Encounter",
        identifier=[{"system": OUR_REFERRAL_ID, "value": update.referral_id}],
        status=_ENCOUNTER[update.stage],
        class_=AMBULATORY,
        subject=letter.to("patient"),
        episodeOfCare=journey(update),
        period=None if _ENCOUNTER[update.stage] == "planned" else begun,
        reasonCode=[reason] if reason else None,
        serviceProvider=letter.to(organisation_part(update.provider or update.sender)),
    )
