"""What the reads of app.services.shown.views return: values for one audience each, never more than it may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from app.domain.disclosure import Disclosure
from app.domain.escalation import Told
from app.domain.explanation import Explanation
from app.domain.hearing import Hearing
from app.domain.lifecycle import Action
from app.domain.outcomes import Taken
from app.domain.referral import Feedback, Outcome, Placement, Referral, Step
from app.domain.sources import SourceKind
from app.domain.stages import Reached
from app.domain.vocabulary import Role
from app.store.inbox import Parked
from app.store.outcomes import Contact
from app.store.overviews import FailedNews
from app.store.ownership import DUTY, Owner
from app.store.tasks import Task

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Page(Generic[Line]):
    """One page of a list: `number` counts from 1, `total` counts the lines of all pages."""

    lines: Sequence[Line]
    total: int
    number: int
    size: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 when there is nothing."""
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """True when another page follows."""
        return self.number < self.last


@dataclass(frozen=True, slots=True)
class ReferralSummary:
    """One line of the link worker's list; `turn` is who holds the ball."""

    id: UUID
    reference: str
    person_name: str
    age: int | None
    status: str
    turn: Role | None
    priority: str
    safeguarding: bool
    needs: tuple[str, ...]
    requester_name: str
    received_at: datetime
    next_action_on: date | None
    overdue: bool
    due_today: bool = False
    owner: Owner = DUTY
    told: tuple[Told, ...] = ()  # who was told that it is overdue, in order
    source_kind: SourceKind = SourceKind.PRACTICE  # of whoever asked
    waited_days: int = 0  # since it came


@dataclass(frozen=True, slots=True)
class PersonBanner:
    """Who a referral is about, for the link worker; a restricted person's whereabouts are left empty."""

    id: UUID
    name: str
    nhs_number: str | None  # 3-3-4
    identity_confirmed: bool
    birth_date: date | None
    age: int | None
    gender: str | None
    language: str | None
    address_lines: tuple[str, ...]
    postcode: str | None
    phones: tuple[str, ...]
    email: str | None
    restricted: bool
    deceased: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands first on every page about one referral: who it is, and what must be known before anything is done."""

    referral: Referral
    person: PersonBanner
    take_care: tuple[str, ...]
    consent_to_share: bool | None


@dataclass(frozen=True, slots=True)
class PlanLine:
    """Who is asked next, with the reasons it was suggested for."""

    service_id: UUID
    service_name: str
    provider_name: str
    why: Explanation


@dataclass(frozen=True, slots=True)
class ReferralDetail:
    """All that the link worker sees of one referral; `consent_to_share` None when nothing was said."""

    referral: Referral
    turn: Role | None
    person: PersonBanner
    reason: str
    take_care: tuple[str, ...]  # to be read before anybody makes contact, the gravest first
    brief: str  # what was written last for providers; each is told what it was asked with
    requested_by: str
    consent_to_share: bool | None
    placements: tuple[Placement, ...]
    plan: tuple[PlanLine, ...]
    timeline: tuple[Step, ...]
    contacts: tuple[Contact, ...]
    measures: tuple[Taken, ...]
    outcome: Outcome | None
    feedback: tuple[Feedback, ...]
    on_the_way: tuple[Feedback, ...]  # what the practice was told before the end
    tasks: tuple[Task, ...]
    actions: tuple[Action, ...]  # what the link worker may do with the referral now
    hearing: Hearing  # who is told what became of it
    owner: Owner = DUTY
    ask_first: bool = False  # they said "not yet": ask them again before a provider is told


@dataclass(frozen=True, slots=True)
class PlacementSummary:
    """One line of the provider's list; the name is None where the profile discloses nothing."""

    id: UUID
    reference: str
    service_name: str
    person_name: str | None
    status: str
    offered_at: datetime
    respond_by: date
    overdue: bool
    started_at: datetime | None
    ended_at: datetime | None
    actions: tuple[Action, ...]
    urgent: bool = False


class FirstContact(StrEnum):
    """How far the team is with the first contact for a provider that said yes."""

    WAITED_FOR = "waited-for"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class PlacementDetail:
    """All that a provider sees of one placement of theirs; `team_name` is whom to ask."""

    summary: PlacementSummary
    reason: str | None  # coded: why it was declined or ended early
    said: str | None  # beside the coded reason
    person: Disclosure
    team_name: str
    hearing: Hearing  # who is told what the provider writes
    contacts: tuple[Contact, ...]
    measures: tuple[Taken, ...]
    outcome: Outcome | None
    timeline: tuple[Step, ...]
    team_phone: str | None = None  # where whoever has a question rings
    first_contact: FirstContact | None = None  # after a yes, where it is the team's to make
    put_right_at: datetime | None = (
        None  # when this provider was last asked to look at the person's details again
    )


@dataclass(frozen=True, slots=True)
class LoopLine:
    """One line of the practice's list: a referral of theirs and the stages it has reached, in order."""

    id: UUID
    reference: str
    person_name: str
    status: str
    received_at: datetime
    end_reason: str | None
    reached: tuple[Reached, ...]
    can_acknowledge: bool

    @property
    def stage(self) -> str:
        """The furthest stage reached."""
        return self.reached[-1].stage.value if self.reached else "received"


@dataclass(frozen=True, slots=True)
class LoopDetail:
    """One loop as the practice sees it: their own patient, what became of it, and how the news got there."""

    line: LoopLine
    requester_reference: str | None
    nhs_number: str | None  # 3-3-4
    birth_date: date | None
    outcome: Outcome | None
    measures: tuple[Taken, ...]
    feedback: tuple[Feedback, ...]
    on_the_way: tuple[Feedback, ...]
    timeline: tuple[Step, ...]
    loaded: bool = False  # from before the platform: with its outcome, and without steps and news


@dataclass(frozen=True, slots=True)
class Attention:
    """What the steward must look at: news that failed, messages that wait, tasks; nobody's record."""

    failed_news: tuple[FailedNews, ...]
    parked: tuple[Parked, ...]
    tasks: Page[Task]


ReferralPage = Page[ReferralSummary]
PlacementPage = Page[PlacementSummary]
LoopPage = Page[LoopLine]
