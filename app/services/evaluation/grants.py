"""Funders' grants of an organisation: written down, changed, put away; its evaluation can be told for one alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Invalid, NotFound
from app.domain.grants import Grant, KeptGrant, grant_problems
from app.domain.vocabulary import Role
from app.store import evaluation, grants
from app.store.audit import Entry
from app.store.session import Database, Tx


def list_grants(db: Database, actor: Actor) -> Sequence[KeptGrant]:
    """Return the grants of the actor's organisation, those that were put away last."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return grants.list_own(tx)


def get_grant(db: Database, actor: Actor, grant_id: UUID) -> KeptGrant:
    """Return one grant; raises NotFound when it is another organisation's."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return grants.get(tx, grant_id)


def list_own_services(db: Database, actor: Actor) -> Mapping[UUID, str]:
    """Return the names of the actor's own services by their ids, by name: also of those that no longer run."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return evaluation.list_own_services(tx)


def add_grant(db: Database, actor: Actor, grant: Grant) -> UUID:
    """Write a grant down and return its id; raises Invalid with every problem."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        if actor.organisation_id is None:
            raise NotFound
        _check(tx, grant)
        grant_id = grants.add(tx, actor.organisation_id, grant)
        tx.audit(Entry("add grant", "grant", str(grant_id)))
    return grant_id


def change_grant(db: Database, actor: Actor, grant_id: UUID, grant: Grant) -> None:
    """Change what is told of a grant; raises Invalid with every problem, NotFound."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        grants.get(tx, grant_id)
        _check(tx, grant)
        grants.record(tx, grant_id, grant)
        tx.audit(Entry("change grant", "grant", str(grant_id)))


def end_grant(db: Database, actor: Actor, grant_id: UUID, *, ended: bool = True) -> None:
    """Put a grant away, so that it is no choice any more, or take it out again; raises NotFound."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        grants.record_ended(tx, grant_id, ended=ended)
        tx.audit(Entry("end grant" if ended else "take grant out again", "grant", str(grant_id)))


def _check(tx: Tx, grant: Grant) -> None:
    problems = grant_problems(grant, evaluation.list_own_services(tx).keys())
    if problems:
        raise Invalid(problems)
