"""Projects that work with the dataset: what the Five Safes ask of one, who decides, and for how long it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.errors import Conflict, NotAllowed

APPROVALS = 2  # by different people, in different capacities


class ProjectStatus(StrEnum):
    """Where a project stands; an approved one holds until its last day, which the clock decides."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Tier(StrEnum):
    """What a project may be given, from the least to the most."""

    TABLES = "tables"
    QUERIES = "queries"
    ROWS = "rows"


class LawfulBasis(StrEnum):
    """Why the law allows it: UK GDPR, Articles 6 and 9."""

    PUBLIC_TASK = "public-task"
    LEGAL_OBLIGATION = "legal-obligation"
    LEGITIMATE_INTERESTS = "legitimate-interests"
    CONSENT = "consent"
    NOT_PERSONAL = "not-personal"


class DecidesAs(StrEnum):
    """In which capacity somebody decides: one approval of each is needed."""

    STEWARD = "steward"
    GUARDIAN = "guardian"


class Act(StrEnum):
    """What was done to a project, as its history keeps it."""

    ASKED = "asked"
    SUBMITTED = "submitted"
    CHANGED = "changed"
    AGREEMENT = "agreement"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


BEGINS_A_ROUND: Final = frozenset(
    {Act.SUBMITTED, Act.CHANGED, Act.AGREEMENT}
)  # in which no approval is given yet
TIER_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Tier.TABLES: "Tables: counts of people, small ones withheld",
        Tier.QUERIES: "Questions: counts made to order, each checked before it is answered",
        Tier.ROWS: "Rows: anonymised rows and the journeys, to download",
    }
)
BASIS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        LawfulBasis.PUBLIC_TASK: "A public task: Article 6(1)(e), with 9(2)(h), (i) or (j)",
        LawfulBasis.LEGAL_OBLIGATION: "A legal obligation: Article 6(1)(c)",
        LawfulBasis.LEGITIMATE_INTERESTS: "Legitimate interests: Article 6(1)(f), with 9(2)(j)",
        LawfulBasis.CONSENT: "Consent: Articles 6(1)(a) and 9(2)(a); linkable rows only of who agreed to research",
        LawfulBasis.NOT_PERSONAL: "None is needed: it works with anonymised data alone",
    }
)
DECIDES_AS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DecidesAs.STEWARD: "Data steward",
        DecidesAs.GUARDIAN: "Caldicott Guardian or information governance lead",
    }
)
STATUS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ProjectStatus.DRAFT: "Not sent yet",
        ProjectStatus.SUBMITTED: "Waits for two approvals",
        ProjectStatus.APPROVED: "In force",
        ProjectStatus.REFUSED: "Refused",
        ProjectStatus.WITHDRAWN: "Withdrawn",
        ProjectStatus.ENDED: "Ended",
    }
)


@dataclass(frozen=True, slots=True)
class SafePerson:
    """Somebody who works with the data: an analyst's account, for whom they work, and since and until when trained."""

    account_id: UUID
    full_name: str
    organisation: str
    trained_on: date
    trained_until: date

    def is_trained(self, today: date) -> bool:
        """Tell whether the training holds today."""
        return self.trained_on <= today <= self.trained_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The Five Safes of one project, as asked for and as approved; `expires_on` is its last day."""

    title: str
    purpose: str
    public_benefit: str
    lawful_basis: str
    will_not_do: str
    people: tuple[SafePerson, ...]
    setting: str  # where the data is worked on
    tiers: frozenset[str]
    fields: tuple[str, ...]  # agreed columns of the release
    outputs: str  # how what comes out is checked
    expires_on: date


@dataclass(frozen=True, slots=True)
class DataAgreement:
    """The signed data access agreement: its reference and version, who signed it when, and the document's sum."""

    reference: str
    version: str
    signed_by: str
    signed_on: date
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a project's history; `round` counts how often what was asked for changed."""

    act: Act
    at: datetime
    by: UUID | None
    by_name: str
    round: int
    decides_as: DecidesAs | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it stands."""

    id: UUID
    place_id: UUID
    asked_by: UUID
    status: ProjectStatus
    round: int
    papers: Papers
    agreement: DataAgreement | None
    made_at: datetime

    @property
    def title(self) -> str:
        """What it is called."""
        return self.papers.title

    @property
    def purpose(self) -> str:
        """What it is for, in plain words."""
        return self.papers.purpose

    @property
    def people(self) -> tuple[SafePerson, ...]:
        """Who works with the data."""
        return self.papers.people

    @property
    def fields(self) -> tuple[str, ...]:
        """The agreed columns."""
        return self.papers.fields

    @property
    def tiers(self) -> frozenset[str]:
        """What it may be given: rows, tables, queries."""
        return self.papers.tiers

    @property
    def expires_on(self) -> date:
        """Its last day."""
        return self.papers.expires_on

    def is_in_force(self, today: date) -> bool:
        """Tell whether it is approved and its last day is not past."""
        return self.status is ProjectStatus.APPROVED and today <= self.expires_on

    def person(self, account_id: UUID | None) -> SafePerson | None:
        """Return the person of this account, None when they are not of the project."""
        return next((each for each in self.people if each.account_id == account_id), None)

    def is_open_to(self, account_id: UUID | None, today: date) -> bool:
        """Tell whether somebody may work with its data today: it is in force, and they are of it and trained."""
        person = self.person(account_id)
        return self.is_in_force(today) and person is not None and person.is_trained(today)


# What may be done to a project, and from where.
_FROM: Final[Mapping[Act, frozenset[ProjectStatus]]] = MappingProxyType(
    {
        Act.SUBMITTED: frozenset({ProjectStatus.DRAFT, ProjectStatus.REFUSED}),
        Act.CHANGED: frozenset(
            {ProjectStatus.DRAFT, ProjectStatus.SUBMITTED, ProjectStatus.APPROVED, ProjectStatus.REFUSED}
        ),
        Act.AGREEMENT: frozenset({ProjectStatus.SUBMITTED}),
        Act.APPROVED: frozenset({ProjectStatus.SUBMITTED}),
        Act.REFUSED: frozenset({ProjectStatus.SUBMITTED}),
        Act.WITHDRAWN: frozenset(
            {ProjectStatus.DRAFT, ProjectStatus.SUBMITTED, ProjectStatus.APPROVED, ProjectStatus.REFUSED}
        ),
        Act.ENDED: frozenset({ProjectStatus.APPROVED}),
    }
)


def may(project: Project, act: Act) -> bool:
    """Tell whether this can be done to a project as it stands."""
    return project.status in _FROM[act]


def check_may(project: Project, act: Act) -> None:
    """Raise Conflict unless this can be done to a project as it stands."""
    if not may(project, act):
        words = STATUS_WORDS[project.status].lower()
        raise Conflict(f"This cannot be done now: the project is at '{words}'. Look at it again.")


def after_change(status: ProjectStatus) -> ProjectStatus:
    """Return where a project stands once what it asks for has changed: nothing approved outlives the change."""
    if status in (ProjectStatus.APPROVED, ProjectStatus.SUBMITTED):
        return ProjectStatus.SUBMITTED
    return ProjectStatus.DRAFT


def approvals(project: Project, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the approvals of what is asked for now; those of an earlier round no longer count."""
    return tuple(step for step in steps if step.act is Act.APPROVED and step.round == project.round)


def check_is_apart(project: Project, account_id: UUID | None) -> None:
    """Raise NotAllowed for whoever asked for a project or works in it: nobody decides on their own."""
    if account_id is None or account_id == project.asked_by or project.person(account_id):
        raise NotAllowed("Somebody who asked for a project, or works in it, does not decide on it.")


def check_may_approve(
    project: Project, steps: Sequence[Step], account_id: UUID | None, decides_as: DecidesAs
) -> None:
    """Raise NotAllowed or Conflict unless this person may give this approval now."""
    check_is_apart(project, account_id)
    given = approvals(project, steps)
    if any(step.by == account_id for step in given):
        raise Conflict("You have approved this already. The second approval is another person's.")
    if any(step.decides_as is decides_as for step in given):
        words = DECIDES_AS_WORDS[decides_as]
        raise Conflict(f"The approval as {words} is given already. What is missing is the other one.")
    if project.agreement is None:
        raise Conflict("Write down the signed data access agreement first, then approve.")
