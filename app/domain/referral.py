"""The values of a referral as the rules, the pages and the messages know them; never rows, never FHIR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.directory import NO_LISTING, Listing
from app.domain.directory_words import CareLevel, ServiceKind, ServiceStatus
from app.domain.eligibility import Rule
from app.domain.explanation import NOT_EXPLAINED, Explanation
from app.domain.identifiers import NhsNumber, outward_of
from app.domain.lifecycle import FeedbackStatus, Track
from app.domain.sources import SOURCES, Source, SourceKind
from app.domain.vocabulary import (
    Capacity,
    Environment,
    FeedbackFormat,
    NewsKind,
    OutcomeState,
    Priority,
    ProgressMessages,
)

NO_TRANSPORT = "none"  # of a message that stands on the practice's page only


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """A person's identity and contact details, in clear; lives only in memory."""

    nhs_number: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()
    prefix: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    address_lines: tuple[str, ...] = ()
    postcode: str | None = None
    phones: tuple[str, ...] = ()
    email: str | None = None
    language: str | None = None
    ethnicity: str | None = None

    @property
    def full_name(self) -> str:
        """Prefix, given names and family name, or a plain stand-in when the message gave none."""
        parts = [self.prefix, *self.given, self.family]
        return " ".join(part for part in parts if part) or "Name not given"

    @property
    def nhs_number_spaced(self) -> str | None:
        """3-3-4, as people read it; a number that is not right is shown as it came."""
        number = self.nhs_number
        return f"{number[:3]} {number[3:6]} {number[6:]}" if number and len(number) == 10 else number

    @property
    def outward_code(self) -> str | None:
        """The postcode's district, None when there is no postcode to be read."""
        return outward_of(self.postcode)


@dataclass(frozen=True, slots=True)
class Person:
    """A person the platform knows; `identity_confirmed` is False until number, name and birth date agree."""

    id: UUID
    details: PersonDetails
    identity_confirmed: bool
    restricted: bool
    deceased: bool
    type1_opt_out: bool
    national_opt_out: bool = False
    national_checked_on: date | None = None  # of when the last answer of the national check is


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of any size; `feedback_*` say how its GP system is told."""

    id: UUID
    kind: str
    name: str
    ods: str | None
    environment: str
    use_cases: tuple[str, ...]
    team_id: UUID | None
    feedback_transport: str | None
    feedback_address: str | None
    provider_kind: str | None
    feedback_format: FeedbackFormat = FeedbackFormat.BARS
    progress_messages: ProgressMessages = ProgressMessages.ALL
    parks_unknown_use_cases: bool = False  # such a message waits for the steward in place of being refused
    source_kind: SourceKind = (
        SourceKind.PRACTICE
    )  # of a practice, which here is whoever asks for help for people

    @property
    def source(self) -> Source:
        """What follows from the kind of source that it is."""
        return SOURCES[self.source_kind]

    @property
    def reads_messages(self) -> bool:
        """True when its system takes BaRS messages; a letter or a document tells of an end only."""
        return self.feedback_transport is not None and self.feedback_format is FeedbackFormat.BARS

    @property
    def hears_progress(self) -> bool:
        """True when it is told of a referral on its way, not of its end alone."""
        return self.reads_messages and self.progress_messages is ProgressMessages.ALL

    @property
    def is_sandbox(self) -> bool:
        """True when it may send only test patients."""
        return self.environment == Environment.SANDBOX

    @property
    def fence_id(self) -> UUID | None:
        """Among whose people a person whom it refers is known again; None: among those of all live practices.

        A practice under test knows those of its team's other practices under test: in a sandbox the sandbox's
        people, in a live place nobody live, though its link workers are.
        """
        return (self.team_id or self.id) if self.is_sandbox else None


@dataclass(frozen=True, slots=True)
class Service:
    """What a provider offers, with the rules that a machine can check."""

    id: UUID
    provider_id: UUID
    provider_name: str
    name: str
    description: str
    needs: tuple[str, ...]
    areas: tuple[str, ...]  # codes of app.domain.areas; empty = everywhere
    min_age: int | None
    max_age: int | None
    genders: tuple[str, ...]  # empty = everybody
    languages: tuple[str, ...]
    access: tuple[str, ...]
    capacity: Capacity
    places_left: int | None
    answer_days: int
    verified_on: date | None
    kind: ServiceKind = ServiceKind.ACTIVITY
    status: ServiceStatus = ServiceStatus.ACTIVE
    rules: tuple[Rule, ...] = ()  # beside age, gender and area
    for_whom: tuple[str, ...] = ()  # especially for: codes of LedBy
    takes: CareLevel = CareLevel.VOLUNTEERS_ONLY  # the most that somebody may need so that it can take them
    wait_weeks: int | None = None
    weekly_limit: int | None = None
    full_until: date | None = None
    listing: Listing = NO_LISTING


@dataclass(frozen=True, slots=True)
class Referral:
    """One GP request for one person, without the person's identity."""

    id: UUID
    reference: str
    person_id: UUID
    requester_id: UUID
    requester_name: str
    requester_ods: str | None
    team_id: UUID
    status: str
    version: int
    priority: str
    use_case: str
    needs: tuple[str, ...]
    access: tuple[str, ...]
    safeguarding: bool
    original_bundle_id: str
    header_id: str
    correlation_id: str | None
    requester_reference: str | None
    journey_id: str | None
    reply_endpoint: str | None
    received_at: datetime
    next_action_on: date | None
    ended_at: datetime | None
    end_reason: str | None
    source_kind: SourceKind = SourceKind.PRACTICE  # of whoever asked
    asked_priority: str = Priority.ROUTINE  # as its own requester asked, whatever is worked together with it

    @property
    def source(self) -> Source:
        """What follows from who asked."""
        return SOURCES[self.source_kind]


@dataclass(frozen=True, slots=True)
class Placement:
    """An onward referral to one provider."""

    id: UUID
    referral_id: UUID
    service_id: UUID
    service_name: str
    provider_id: UUID
    provider_name: str
    status: str
    version: int
    offered_at: datetime
    respond_by: date
    started_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    why: Explanation = NOT_EXPLAINED  # of the suggestion it came from; the team's, never the provider's
    brief: str = ""  # what this provider is told in words, as it was when it was asked
    said: str | None = None  # what its provider said with the newest step, beside the coded reason
    told_as: str | None = None  # the newest step's stage, where that says more than the status
    passed_from: UUID | None = None  # the placement whose provider passed the person on
    origin_told: bool = False  # whether this provider is told who helped before


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, in the honest states and in the person's own terms."""

    state: OutcomeState
    summary: str
    actions: str
    goal: str | None = None
    goal_before: int | None = None
    goal_after: int | None = None
    risks: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    at: datetime
    track: str
    action: str
    before: str
    after: str
    reason: str | None
    role: str
    by: str  # a name for people of the same team, else the organisation or the platform
    said: str | None = None  # what a provider said beside the coded reason


@dataclass(frozen=True, slots=True)
class Feedback:
    """A message to the practice about a referral: the outcome or a word on the way, and how far it got."""

    id: UUID
    referral_id: UUID
    status: str
    message_id: str
    transport: str
    composed_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    failure: str | None
    kind: NewsKind = NewsKind.OUTCOME
    number: int = 1  # of the referral's messages, in the order in which they were composed

    @property
    def track(self) -> Track:
        """Which part of the lifecycle's table it lives by: only the outcome's closes a loop."""
        return Track.FEEDBACK if self.kind is NewsKind.OUTCOME else Track.PROGRESS

    @property
    def may_be_known(self) -> bool:
        """True when it got to the practice, or is on its way there."""
        on_its_way = (FeedbackStatus.COMPOSED, FeedbackStatus.SENT, FeedbackStatus.DELIVERED)
        return self.transport != NO_TRANSPORT and self.status in (*on_its_way, FeedbackStatus.ACKNOWLEDGED)


def age_on(day: date, birth_date: date | None) -> int | None:
    """Return the age in whole years on a day, None when the birth date is not known."""
    if birth_date is None:
        return None
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def usable_number(details: PersonDetails) -> NhsNumber | None:
    """Return the NHS number when there is one (raises Invalid when it is wrong), None when there is none."""
    return NhsNumber(details.nhs_number) if details.nhs_number else None
