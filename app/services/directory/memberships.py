"""Agreements between groups and their anchors: the steward writes the member's word, any side ends it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.memberships import Agreement, Membership, agreement_problems
from app.domain.vocabulary import OrganisationKind, Role
from app.store import directory, memberships
from app.store.audit import Entry
from app.store.session import Database, Tx

_ITS_OWN = "An agreement is looked at and ended by the organisation itself: stop entering for it first."


@dataclass(frozen=True, slots=True)
class Agreements:
    """An organisation's agreements: for whom it may enter, and who may enter for it."""

    as_anchor: tuple[Membership, ...]
    as_member: tuple[Membership, ...]


def record(db: Database, actor: Actor, told: Agreement) -> UUID:
    """Write what a member agreed to and return its id.

    Raises Invalid with every problem, Conflict while an agreement of the two runs: it is ended first.
    """
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        problems = [*agreement_problems(told, tx.today), *_side_problems(tx, told)]
        if problems:
            raise Invalid(problems)
        if memberships.find_between(tx, told.anchor_id, told.member_id):
            raise Conflict("These two have an agreement already. End it first, then write the new one.")
        membership_id = memberships.add(tx, told)
        detail = {
            "anchor": str(told.anchor_id),
            "member": str(told.member_id),
            "kinds": [str(kind) for kind in told.kinds],
            "how": str(told.agreed_how),
        }
        tx.audit(Entry("record agreement", "membership", str(membership_id), None, detail))
    return membership_id


def end(db: Database, actor: Actor, membership_id: UUID) -> Membership:
    """End an agreement; whoever enters by it is out at their next request. Ending it again changes nothing.

    Raises NotFound when it is neither side's.
    """
    check_acts_as(actor, Role.STEWARD, Role.PROVIDER, Role.SYSTEM)
    _check_own(actor)
    with db.transaction(actor) as tx:
        found = memberships.get(tx, membership_id)
        if found.ended_at is None:
            memberships.record_end(tx, membership_id, _side(actor, found))
            tx.audit(Entry("end agreement", "membership", str(membership_id)))
    return found


def list_all(db: Database, actor: Actor) -> Sequence[Membership]:
    """Return every agreement of the place, for the steward; those that run first."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return memberships.list_seen(tx)


def list_own(db: Database, actor: Actor) -> Agreements:
    """Return the agreements of the actor's own organisation that were not ended."""
    check_acts_as(actor, Role.PROVIDER)
    _check_own(actor)
    with db.transaction(actor) as tx:
        found = [each for each in memberships.list_seen(tx) if each.is_running(tx.today)]
    own = actor.organisation_id
    return Agreements(
        tuple(each for each in found if each.agreement.anchor_id == own),
        tuple(each for each in found if each.agreement.member_id == own),
    )


def list_sides(db: Database, actor: Actor) -> Sequence[tuple[UUID, str]]:
    """Return the ids and names of the providers that an agreement can be between; for the steward."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return memberships.list_providers(tx, beside=actor.organisation_id)


def _check_own(actor: Actor) -> None:
    if actor.entered_by:
        raise NotAllowed(_ITS_OWN)


def _side(actor: Actor, found: Membership) -> str:
    if actor.role is not Role.PROVIDER:
        return "steward"
    return "member" if actor.organisation_id == found.agreement.member_id else "anchor"


def _side_problems(tx: Tx, told: Agreement) -> list[FieldProblem]:
    problems = []
    for field, organisation_id in (("anchor", told.anchor_id), ("member", told.member_id)):
        try:
            known = directory.get_organisation(tx, organisation_id)
        except NotFound:
            known = None
        if known is None or known.kind != OrganisationKind.PROVIDER:
            problems.append(FieldProblem(field, "Choose an organisation that offers services."))
    if not problems and not memberships.stand_together(tx, told.anchor_id, told.member_id):
        problems.append(
            FieldProblem("member", "One of the two is a sandbox's: choose both on the same side.")
        )
    return problems
