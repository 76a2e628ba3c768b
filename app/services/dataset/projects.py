"""Who may work with the dataset now: by an approved project, by a token of one, or by the open view."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import NotAllowed
from app.domain.projects import Project, Step, Tier
from app.domain.vocabulary import Role
from app.store import accounts, place_rules, project_tokens, projects
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.project_tokens import PREFIX, ProjectToken
from app.store.session import Database, Tx

_TOKENS: Final = system("project-tokens")
_OPEN_VIEW: Final = system("open-view")
_TOKEN: Final = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}\Z")
_NONE = "You have no project that is approved. Ask for one on the page Projects, or ask to be named in one."
_ENDED = "Your project's last day is past. Ask on the page Projects for a longer time, or for a new project."
_NOT_YOURS = "This project is not one of yours that are in force. Choose one on the page Dataset."
_UNTRAINED = "Your training is not in date. Do it again, then have the project changed, on the page Projects."


@dataclass(frozen=True, slots=True)
class ProjectSeen:
    """A project with its history and the tokens that the one who looks may see."""

    project: Project
    steps: tuple[Step, ...]
    tokens: tuple[ProjectToken, ...]


def current(db: Database, actor: Actor) -> Sequence[Project]:
    """Return the actor's projects that are approved and in time, while their training holds; the oldest first."""
    with db.transaction(actor) as tx:
        return [each for each in _approved(tx, actor) if each.is_open_to(actor.user_id, tx.today)]


def require(db: Database, actor: Actor) -> Sequence[Project]:
    """Return the actor's current projects, at least one; raises NotAllowed, saying what to do."""
    with db.transaction(actor) as tx:
        approved = _approved(tx, actor)
        today = tx.today
    found = [project for project in approved if project.is_open_to(actor.user_id, today)]
    if not found:
        raise NotAllowed(_why_not(approved, today))
    return found


def choose(found: Sequence[Project], wanted: str | None, tier: Tier | None = None) -> Project:
    """Return the project wanted by its id; where none is, the one that gives most, of those with a tier if any has it.

    Raises NotAllowed where the one wanted is not among those found.
    """
    if wanted is not None:
        for each in found:
            if str(each.id) == wanted:
                return each
        raise NotAllowed(_NOT_YOURS)
    return max(
        found, key=lambda each: (tier is None or tier in each.tiers, len(each.tiers), len(each.fields))
    )


def find_by_token(db: Database, token: str) -> tuple[Actor, Project] | None:
    """Return as whom, and for which project, a token reads; None unless all of it holds now.

    The token is neither revoked nor past its day, its project is in force and still names its owner, whose training
    is in date and whose account is an analyst's of the project's place and active.
    """
    if not _TOKEN.match(token):
        return None
    with db.transaction(_TOKENS) as tx:
        known = project_tokens.find(tx, token)
        if known is None:
            return None
        project = projects.get(tx, known.project_id)
        account = accounts.find_account_by_id(tx, known.user_id)
        if account is None or not _may_work(account, project, tx.today):
            return None
        if known.last_used_on != tx.today:
            project_tokens.record_used(tx, known.id)
    return account.actor, project


def open_view_is_on(db: Database) -> bool:
    """Tell whether the place's steward lets everybody see the published tables without log-in."""
    with db.transaction(_OPEN_VIEW) as tx:
        return place_rules.of(tx).open_view


def record_use(
    db: Database, actor: Actor, project: Project | None, act: str, subject: str, **asked: Any
) -> None:
    """Write into the audit who read, asked or downloaded what; `subject` names a release, never a person.

    `project` is None where none is needed: for the steward, for providers, for the open view. `asked` is what was
    asked, in names of columns, values and tables.
    """
    detail = asked | ({"project": str(project.id)} if project else {})
    with db.transaction(actor) as tx:
        tx.audit(Entry(act, "dataset", subject, None, detail))


def list_seen(db: Database, actor: Actor) -> Sequence[Project]:
    """Return an analyst's own projects, or for the steward all of the place that were sent; the newest first."""
    check_acts_as(actor, Role.ANALYST, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return projects.list_seen(tx)


def get(db: Database, actor: Actor, project_id: UUID) -> ProjectSeen:
    """Return a project as its people and the steward see it; raises NotFound for anybody else."""
    check_acts_as(actor, Role.ANALYST, Role.STEWARD)
    with db.transaction(actor) as tx:
        project = projects.get(tx, project_id)
        steps = projects.list_steps(tx, project_id)
        return ProjectSeen(project, tuple(steps), tuple(project_tokens.list_seen(tx, project_id)))


def _approved(tx: Tx, actor: Actor) -> Sequence[Project]:
    if actor.role is not Role.ANALYST or actor.user_id is None:
        return ()
    found = projects.list_approved_of(tx, actor.user_id)
    return [each for each in found if each.place_id == actor.organisation_id]


def _may_work(account: Account, project: Project, today: date) -> bool:
    of_the_place = account.role is Role.ANALYST and account.organisation_id == project.place_id
    return account.active and of_the_place and project.is_open_to(account.id, today)


def _why_not(approved: Sequence[Project], today: date) -> str:
    if not approved:
        return _NONE
    return _UNTRAINED if any(each.is_in_force(today) for each in approved) else _ENDED
