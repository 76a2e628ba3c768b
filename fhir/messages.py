"""The plain values that FHIR messages are read into and written from; no FHIR types, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from fhir.problems import Problem


class NhsNumberClaim(StrEnum):
    """What the sender says of the NHS number it sends (three dialects of codes, one meaning)."""

    VERIFIED = "verified"
    NOT_TRACED = "not-traced"
    OTHER = "other"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class OrganisationSeen:
    """An organisation named in a message; `ods` is upper case, None when the message gives no ODS code."""

    ods: str | None = None
    name: str | None = None
    own_id: str | None = None  # as we named it ourselves, under OUR_ORGANISATION_ID


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom a MessageHeader.destination means: its endpoint as told, its receiver's identifiers as `system|value`."""

    path: str
    endpoint: str | None
    receiver: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """The patient as the message tells it; nothing here is checked against anything else."""

    nhs_number: str | None = None  # digits only, check digit NOT judged here
    nhs_number_claim: NhsNumberClaim = NhsNumberClaim.ABSENT
    family: str | None = None
    given: tuple[str, ...] = ()
    prefix: str | None = None
    birth_date: date | None = None
    gender: str | None = None  # administrative gender code
    address_lines: tuple[str, ...] = ()
    postcode: str | None = None
    phones: tuple[str, ...] = ()  # the preferred one first
    email: str | None = None
    language: str | None = None  # code of the preferred language, e.g. "en"
    ethnicity: str | None = None  # NHS ethnic category code, e.g. "A"
    deceased: bool = False
    restricted: bool = False  # security label R
    gp_practice: OrganisationSeen = field(default_factory=OrganisationSeen)
    confidentiality: str | None = (
        None  # the strictest v3-Confidentiality label of person and message, e.g. "V"
    )
    superseded_numbers: tuple[str, ...] = ()  # NHS numbers that the message says were replaced
    interpreter_required: bool = False
    communication_needs: tuple[CodedThing, ...] = ()  # signs, Braille, large print, ...
    preferred_contact: CodedThing | None = None  # UKCore-PreferredContactMethod
    contact_times: str | None = None  # when to contact, in the sender's words
    no_telephone: bool = False  # preferred contact method 8: no telephone contact


@dataclass(frozen=True, slots=True)
class CodedThing:
    """A coding with its text; every part may be missing."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class FlagSeen:
    """A Flag of the message: `category` is the BaRS flag category (SG, RA, RS, ...)."""

    category: str | None
    code: str | None
    display: str | None


@dataclass(frozen=True, slots=True)
class MessageIdentity:
    """What makes a message itself: BaRS keeps Bundle.id through a case, so the header's id belongs to it."""

    bundle_id: str
    header_id: str  # MessageHeader.id, else the uuid of its fullUrl
    sent_at: datetime  # Bundle.timestamp
    event: str  # servicerequest-request, servicerequest-response, ...
    reason: str  # new, update, delete; "" of an answer that gives none of them


@dataclass(frozen=True, slots=True)
class IncomingReferral:
    """A servicerequest-request: new, update (also revoked) or delete (entered in error)."""

    identity: MessageIdentity
    application_version: str | None  # Bundle.meta.versionId
    status: str  # active, revoked, entered-in-error
    use_case: str  # lower case, e.g. "sp1", "a5t1"
    use_case_system: str
    authored_on: datetime | None
    priority: str  # routine, urgent, asap, stat
    requester: OrganisationSeen  # who asked: the requester's own organisation, else the message's sender
    requester_name: str | None  # the professional who asked
    sender: OrganisationSeen
    reply_endpoint: str | None  # MessageHeader.source.endpoint
    receiver_endpoint: str | None  # the first MessageHeader.destination.endpoint
    requester_reference: str | None  # the requester's own number for this request, if given
    journey_id: str | None  # Encounter.episodeOfCare
    person: PersonSeen
    reason_text: str  # the narrative in the referrer's words
    needs: tuple[CodedThing, ...]
    flags: tuple[FlagSeen, ...]
    consent_given: bool  # an active direct-care Consent is in the message
    consent_refused: bool  # a Consent of the message says no (inactive, rejected or deny)
    type1_opt_out: bool  # SNOMED 827241000000103 anywhere in the message
    paths: dict[str, str]  # field name -> FHIRPath of where it stands, for problems found later
    use_refused: bool = False  # a Consent on research, other than a Type 1 opt-out, says no
    do_not_contact: bool = False  # the request forbids contact with the person: arrange it with the requester
    safeguarding: tuple[FlagSeen, ...] = ()  # concerns, with their codes; to be shown first
    risks: tuple[FlagSeen, ...] = ()  # also every flag of a category that is not known
    adjustments: tuple[FlagSeen, ...] = ()
    notes: tuple[FlagSeen, ...] = ()  # what else is flagged; `category` in words
    sensitive: bool = False  # some part of the message is labelled restricted (R) or very restricted (V)
    warnings: tuple[Problem, ...] = ()  # how it differs from what is published, though it is taken
    updated_at: datetime | None = None  # ServiceRequest.meta.lastUpdated, else the Bundle's
    receivers: tuple[tuple[OrganisationSeen, ...], ...] = ()  # of each destination, by reference, endpoint
    destinations: tuple[Destination, ...] = ()  # the same in all words that a destination has
    priority_is_told: bool = True  # else `priority` is FHIR's usual one
    our_reference: str | None = None  # the request's id as we gave it, sent back to us
    identifiers: tuple[dict[str, str], ...] = ()  # the requester's own: {"system", "value"}, "" for no system
    order: dict[str, Any] = field(default_factory=dict, compare=False)  # the ServiceRequest, as it was spelt


@dataclass(frozen=True, slots=True)
class IncomingAcknowledgement:
    """A practice's answer to a message of ours: MessageHeader.response is present."""

    identity: MessageIdentity
    answers: str  # MessageHeader.response.identifier: the Bundle.id or MessageHeader.id of our message
    code: str  # ok, transient-error, fatal-error
    sender: OrganisationSeen
    details: str | None = None
    warnings: tuple[Problem, ...] = ()  # as of a referral
    encounter_status: str | None = None  # how the answering side stands: planned, in-progress, cancelled, ...
    reasons: tuple[CodedThing, ...] = ()  # why it declined, of rejected-reasons-bars and others
    task_status: str | None = None  # the same as Gravity tells it, when the answer holds a Task
    about: tuple[str, ...] = ()  # every id by which the answer may name the request or its Task
    outcome: str | None = None  # a code of our outcome states
    summary: str = ""  # what was done, in the answering side's words
    paths: dict[str, str] = field(default_factory=dict)  # as of a referral


@dataclass(frozen=True, slots=True)
class OrganisationToTell:
    """An organisation written into a message; `ods` may be None for a group without a code."""

    id: str
    name: str
    ods: str | None = None
    is_general_practice: bool = False


@dataclass(frozen=True, slots=True)
class PersonToTell:
    """The patient as written back to the requester who sent them."""

    id: str
    family: str | None
    given: tuple[str, ...]
    birth_date: date | None
    gender: str | None
    nhs_number: str | None
    nhs_number_verified: bool


@dataclass(frozen=True, slots=True)
class ScoreToTell:
    """One item or score of a measure: `phase` is "before" or "after"; `code` is of our own code system."""

    measure: str
    code: str
    display: str
    value: float
    phase: str
    taken_on: date
    scale: str = ""  # in words, how far the number goes; empty of a measure that is not known here


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """What goes back to the requester when a referral has ended, whatever the end was."""

    message_id: str  # Bundle.id, made by us
    header_id: str  # MessageHeader.id, made by us
    composed_at: datetime
    version: str
    referral_id: str
    original_bundle_id: str
    requester_reference: str | None
    journey_id: str | None
    from_endpoint: str
    to_endpoint: str
    sender: OrganisationToTell  # the link worker team
    receiver: OrganisationToTell  # the requester's practice
    provider: OrganisationToTell | None  # None when nobody could help
    service_id: str | None
    service_name: str | None
    link_worker: str
    person: PersonToTell
    ended_as: str  # completed, ended-early
    outcome: str  # better, no-change, worse, did-not-engage, not-known
    outcome_text: str  # the same as a sentence
    end_reason: str | None  # coded reason, for an early end
    end_reason_text: str | None
    summary: str  # clinical summary: what was done, for the record
    actions: str  # plan and requested actions; says "No action needed" when there is none
    risks: str  # as it was written; says so when nothing was
    goal: str | None
    goal_before: int | None  # 0-10
    goal_after: int | None
    scores: tuple[ScoreToTell, ...]
    referred_on: datetime
    started_on: datetime | None
    ended_on: datetime
    contacts: int
    did_not_work: tuple[str, ...] = ()  # what was tried without success, a sentence each
    first: bool = True  # whether this is the first response to the request
    replaces: str | None = None  # the message_id of the outcome that was told before, after a second end
    replaces_told_on: date | None = None
    consent_given: bool | None = None  # the newest word on telling providers; None: nothing is recorded
    consent_by_team: bool = False  # whether the link worker asked; else the request told it
    consent_at: datetime | None = None  # when it was recorded


class Stage(StrEnum):
    """Where a referral stands on its way, as a status message tells it."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    DECLINED, NOT_REACHED = "declined", "not-reached"


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A word on the way to the requester: on a waiting list, accepted, in progress, or declined with the reason."""

    message_id: str  # Bundle.id, made by us
    header_id: str  # MessageHeader.id, made by us
    composed_at: datetime
    version: str
    referral_id: str
    original_bundle_id: str
    requester_reference: str | None
    journey_id: str | None
    from_endpoint: str
    to_endpoint: str
    sender: OrganisationToTell  # the link worker team
    receiver: OrganisationToTell  # the requester's practice
    provider: OrganisationToTell | None  # who accepted, works or declined; None when it is the team itself
    service_id: str | None
    service_name: str | None
    link_worker: str
    person: PersonToTell
    stage: Stage
    referred_on: datetime
    happened_on: datetime
    first: bool = True  # whether this is the first response to the request
    reason: str | None = None  # of a decline: a code of dos-rejected-reasons-bars, or an end reason of ours
    reason_text: str | None = None  # the same as a sentence
    called_off: bool = False  # of a decline: it was not rejected but cancelled, by the provider or the team
    note: str = ""  # anything else that the practice should know
    expected: str = ""  # of a waiting list: how long it takes, such as "about 6 weeks"


@dataclass(frozen=True, slots=True)
class AnswerToSend:
    """A short answer to a message: the practice's acknowledgement, or our own "accepted" while it waits."""

    message_id: str  # Bundle.id, made by the one who answers
    header_id: str  # MessageHeader.id, made by the one who answers
    sent_at: datetime
    version: str  # Bundle.meta.versionId
    answers: str  # the Bundle.id of the message that is answered
    from_endpoint: str
    to_endpoint: str
    sender: OrganisationToTell
    receiver: OrganisationToTell
    code: str = "ok"  # ok, transient-error, fatal-error
    details: str | None = None  # what went wrong or is doubtful, without personal data
