"""Tokens for programs: made by a project's people for themselves, shown once, revoked by them or the steward."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.project_papers import token_problems
from app.domain.vocabulary import Role
from app.store import project_tokens, projects
from app.store.audit import Entry
from app.store.session import Database

MOST: Final = 10  # good ones of one person in one project


def make(db: Database, actor: Actor, project_id: UUID, *, name: str, expires_on: date | None = None) -> str:
    """Make a token of the actor's own and return it, once; its last day is the project's unless an earlier is given.

    Raises Conflict unless the project is in force and open to them, Invalid, NotFound.
    """
    check_acts_as(actor, Role.ANALYST)
    with db.transaction(actor) as tx:
        project = projects.hold(tx, project_id)
        if actor.user_id is None or not project.is_open_to(actor.user_id, tx.today):
            raise Conflict("A token is made in a project that is in force, by its people, while trained.")
        last_day = expires_on or project.expires_on
        problems = token_problems(name, last_day, project_ends=project.expires_on, today=tx.today)
        good = [each for each in project_tokens.list_seen(tx, project_id) if each.is_good(tx.today)]
        if len([each for each in good if each.user_id == actor.user_id]) >= MOST:
            problems.append(FieldProblem("name", f"You have {MOST} tokens here. Revoke one first."))
        if problems:
            raise Invalid(problems)
        token = project_tokens.add(tx, project_id, actor.user_id, name=name.strip(), expires_on=last_day)
        tx.audit(Entry("make token", "project", str(project_id)))
    return token


def revoke(db: Database, actor: Actor, token_id: UUID) -> UUID:
    """End a token at once, one's own or as the steward; return its project's id. Raises NotFound."""
    check_acts_as(actor, Role.ANALYST, Role.STEWARD)
    with db.transaction(actor) as tx:
        known = project_tokens.get(tx, token_id)
        project_tokens.revoke(tx, token_id)
        tx.audit(Entry("revoke token", "project", str(known.project_id)))
    return known.project_id
