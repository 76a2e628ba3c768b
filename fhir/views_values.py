"""What the writers of single resources are given: plain values, already cut to what one reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Coded:
    """A code of one of our lists and its words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class ReferralShown:
    """A referral as its practice asked it; `stage` is the referral's state, its past folded in."""

    id: str
    version: str
    updated: datetime
    person_id: str
    reference: str
    requester_reference: str | None
    original_bundle_id: str
    stage: str
    priority: str
    needs: tuple[Coded, ...]
    authored: datetime
    requester_id: str
    requester_name: str
    team_id: str
    team_name: str
    order: Mapping[str, Any] = field(default_factory=dict)  # as its requester sent it
    notes: tuple[str, ...] = ()  # what its requester wrote of it, by now


@dataclass(frozen=True, slots=True)
class TaskShown:
    """What is asked of one organisation: the team for the referral (`part_of` None), a provider for a placement.

    Of the team's a provider is told neither whom it is for nor who asked.

    `owner_id` is None until the provider has done something; `outcome` None until the end. `said` is what its
    provider said beside the reason for this state. `words` are what its provider said at the end, by the codes of
    OUTPUTS; others read them in the CarePlan.
    """

    id: str
    version: str | None
    updated: datetime
    part_of: str | None
    referral_id: str
    person_id: str | None
    stage: str
    status: str
    reason: Coded | None
    authored: datetime
    requester_id: str | None
    requester_name: str | None
    owner_id: str | None
    owner_name: str | None
    outcome: Coded | None
    said: str | None = None
    words: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class PatientShown:
    """A person; of a restricted one the caller has left out address, telephones and e-mail."""

    id: str
    nhs_number: str | None
    nhs_number_verified: bool
    prefix: str | None
    given: tuple[str, ...]
    family: str | None
    gender: str | None
    birth_date: date | None
    language: str | None
    address_lines: tuple[str, ...]
    postcode: str | None
    phones: tuple[str, ...]
    email: str | None
    restricted: bool
    deceased: bool
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderShown:
    """What a team asks of a provider: the team's own brief; empty where the provider may no longer read of it.

    `take_care` is to be read before anybody makes contact.
    """

    id: str
    updated: datetime
    person_id: str
    reference: str
    stage: str
    authored: datetime
    requester_id: str
    requester_name: str
    performer_id: str
    owner_name: str
    service_id: str
    service_name: str
    needs: tuple[Coded, ...]
    access: tuple[str, ...]
    brief: str | None
    take_care: tuple[str, ...]
    contact_prohibited: bool
    contact_through_team: bool


@dataclass(frozen=True, slots=True)
class PersonTold:
    """A person as a provider may know them; `contact` is a telephone number or an e-mail address, None: the team's."""

    id: str
    name: str | None
    contact: str | None
    language: str | None
    age_band: str | None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrganisationShown:
    """An organisation of the place; `kind` is practice, team, provider or place."""

    id: str
    name: str
    ods: str | None
    kind: str
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceShown:
    """What a provider offers; `capacity` is its own dial today."""

    id: str
    name: str
    description: str
    provider_id: str
    provider_name: str
    needs: tuple[Coded, ...]
    areas: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: str
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """What the practice's own message said of consent; `status` is active, rejected or inactive (superseded)."""

    id: str
    version: str
    updated: datetime
    person_id: str
    kind: str
    status: str
    given: bool
    authored: datetime
    requester_id: str
    requester_name: str


@dataclass(frozen=True, slots=True)
class OutcomeShown:
    """How a placement, or the whole referral, ended."""

    placement_id: str | None
    state: Coded
    summary: str
    actions: str
    risks: str
    goal: str | None
    goal_before: int | None
    goal_after: int | None


@dataclass(frozen=True, slots=True)
class PlanShown:
    """The plan of one referral: its placements in order, and the outcomes, oldest first."""

    id: str
    version: str
    updated: datetime
    person_id: str
    stage: str
    authored: datetime
    ended_at: datetime | None
    team_id: str
    team_name: str
    placements: tuple[str, ...]
    outcomes: tuple[OutcomeShown, ...]


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One question of a measure and its answer."""

    code: str
    words: str
    value: int


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """A measure as answered; `total` None where its items are never summed or one is missing."""

    id: str
    updated: datetime
    person_id: str
    referral_id: str
    measure: Coded
    phase: str
    items: tuple[ItemShown, ...]
    total: float | None
    taken_on: date
    measure_version: str = "1"


@dataclass(frozen=True, slots=True)
class NewsShown:
    """A message to the practice: what it tells (`news`), how it travels and how far it got."""

    id: str
    version: str
    updated: datetime
    person_id: str
    referral_id: str
    status: str
    news: str
    message_id: str
    transport: str
    sent: datetime | None
    received: datetime | None
    requester_id: str
    requester_name: str
    team_id: str
    team_name: str


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did it: the role, and the organisation (None for the platform itself); never a person."""

    role: str
    organisation_id: str | None
    organisation_name: str | None


@dataclass(frozen=True, slots=True)
class LineShown:
    """One line of the audit of a referral, and whose record it is.

    `purpose` is a code of v3-ActReason where it was not everyday work; `method` and `status` are of what was refused.
    """

    id: str
    at: datetime
    act: str
    by: Doer
    referral_id: str
    person_id: str
    purpose: str | None = None
    method: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of a referral's, a placement's or the news' life; `task_id` is the Task that it moved, if any."""

    id: str
    at: datetime
    track: str
    action: str
    reason: Coded | None
    by: Doer
    person_id: str
    referral_id: str
    task_id: str | None
    said: str | None = None  # beside the coded reason
