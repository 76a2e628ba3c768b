"""The steward's side of projects: the signed agreement, two approvals by two people, a refusal, an end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, Invalid
from app.domain.project_papers import agreement_problems, reason_problems
from app.domain.projects import (
    APPROVALS,
    Act,
    DataAgreement,
    DecidesAs,
    Project,
    ProjectStatus,
    approvals,
    check_is_apart,
    check_may,
    check_may_approve,
)
from app.domain.vocabulary import Role
from app.services.watching import place_rules
from app.store import accounts, project_tokens, projects
from app.store.audit import Entry
from app.store.session import Database, Tx

_CHANGED = "What the project asks for has changed since you looked. Read it again before you decide."


def record_agreement(db: Database, actor: Actor, project_id: UUID, told: DataAgreement) -> Project:
    """Write down the signed data access agreement; approvals that were given before it no longer count.

    Raises Invalid with every problem, Conflict, NotAllowed, NotFound.
    """
    with db.transaction(actor) as tx:
        problems = agreement_problems(told, tx.today)
        if problems:
            raise Invalid(problems)
        _hold(tx, actor, project_id, Act.AGREEMENT)
        project = projects.record_agreement(tx, project_id, told, status=ProjectStatus.SUBMITTED)
        _note(tx, Act.AGREEMENT, project, sha256=told.sha256)
    return project


def approve(
    db: Database, actor: Actor, project_id: UUID, decides_as: DecidesAs, *, seen_round: int
) -> Project:
    """Give one of the two approvals of what was seen; the second puts the project in force.

    Raises NotAllowed for whoever asked or works in it, Conflict when the same person or capacity approved already,
    the agreement is missing, the papers changed since, or time has overtaken them; NotFound.
    """
    with db.transaction(actor) as tx:
        before = _hold(tx, actor, project_id, Act.APPROVED)
        steps = projects.list_steps(tx, project_id)
        check_may_approve(before, steps, actor.user_id, decides_as)
        if before.round != seen_round:
            raise Conflict(_CHANGED)
        _check_holds(tx, before)
        is_last = len(approvals(before, steps)) + 1 >= APPROVALS
        status = ProjectStatus.APPROVED if is_last else ProjectStatus.SUBMITTED
        project = projects.record_step(tx, project_id, Act.APPROVED, status=status, decides_as=decides_as)
        _note(tx, Act.APPROVED, project, decides_as=decides_as, in_force=is_last)
    return project


def refuse(db: Database, actor: Actor, project_id: UUID, reason: str) -> Project:
    """Refuse a project, with the reason; it can be changed and sent again. Raises Invalid, Conflict, NotFound."""
    return _stop(db, actor, project_id, (Act.REFUSED, ProjectStatus.REFUSED), reason)


def end(db: Database, actor: Actor, project_id: UUID, reason: str) -> Project:
    """End a project for good, with the reason; its tokens end at once. Raises Invalid, Conflict, NotFound."""
    return _stop(db, actor, project_id, (Act.ENDED, ProjectStatus.ENDED), reason)


def switch_open_view(db: Database, actor: Actor, *, on: bool) -> None:
    """Let everybody see the published tables without log-in, or no longer. Raises NotAllowed."""
    place_rules.change_rules(db, actor, {"open_view": on})


def _stop(
    db: Database, actor: Actor, project_id: UUID, how: tuple[Act, ProjectStatus], reason: str
) -> Project:
    problems = reason_problems(reason)
    if problems:
        raise Invalid(problems)
    act, status = how
    with db.transaction(actor) as tx:
        _hold(tx, actor, project_id, act)
        project_tokens.revoke_of_project(tx, project_id)
        project = projects.record_step(tx, project_id, act, status=status, reason=reason.strip())
        _note(tx, act, project)
    return project


def _hold(tx: Tx, actor: Actor, project_id: UUID, act: Act) -> Project:
    check_acts_as(actor, Role.STEWARD)
    project = projects.hold(tx, project_id)
    check_is_apart(project, actor.user_id)
    check_may(project, act)
    return project


def _check_holds(tx: Tx, project: Project) -> None:
    if project.expires_on < tx.today:
        raise Conflict("The last day that is asked for is past. Refuse it, so that it can be put right.")
    for person in project.people:
        account = accounts.find_account_by_id(tx, person.account_id)
        if account is None or not account.active or account.role is not Role.ANALYST:
            raise Conflict(
                f"{person.full_name} no longer signs in as an analyst. Refuse it, so that it can be put right."
            )
        if not person.is_trained(tx.today):
            raise Conflict(
                f"The training of {person.full_name} is not in date. Refuse it, so that it can be put right."
            )


def _note(tx: Tx, act: Act, project: Project, **detail: Any) -> None:
    told = {"round": project.round, **detail}
    tx.audit(Entry(f"project {act}", "project", str(project.id), None, told))
