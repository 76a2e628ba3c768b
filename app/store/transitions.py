"""The append-only history of every track, and the timeline that is read from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Sequence as Numbers
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.access import Actor
from app.domain.lifecycle import Transition
from app.domain.referral import Step
from app.domain.vocabulary import Role
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_care import ReferralRow, TransitionRow

_NUMBERS = Numbers("transition_id_seq")

_EnteredBy = aliased(OrganisationRow)


def add_transition(
    tx: Tx, transition: Transition, *, referral_id: UUID, placement_id: UUID | None = None
) -> None:
    """Write one step with its author and time."""
    row = TransitionRow(
        referral_id=referral_id,
        placement_id=placement_id,
        track=transition.track,
        action=transition.action,
        before=transition.before,
        after=transition.after,
        reason=transition.reason,
        stage=transition.told.stage,
        role=tx.actor.role,
        actor=tx.actor.label,
        organisation_id=tx.actor.organisation_id,
        user_id=tx.actor.user_id,
        entered_by_id=tx.actor.entered_by,
        at=tx.now,
    )
    if transition.told.said or tx.actor.named:
        _seal(tx, row, transition.told.said, tx.actor.named)
    tx.session.add(row)
    tx.session.flush()


def said_in(step: int) -> Cell:
    """Return where the words of a step are sealed for."""
    return Cell("transition", "said", step)


def _named_in(step: int) -> Cell:
    """Return where the name of whoever told or typed a step is sealed for."""
    return Cell("transition", "named", step)


def _seal(tx: Tx, row: TransitionRow, said: str | None, named: str | None) -> None:
    """Its number first: words are sealed for their row, and once written no row is ever changed."""
    row.id = tx.session.execute(select(_NUMBERS.next_value())).scalar_one()
    whose = select(ReferralRow.person_id).where(ReferralRow.id == row.referral_id)
    person_id = tx.session.execute(whose).scalar_one()
    row.said = seal_for(tx, person_id, said_in(row.id), said or None)
    row.named = seal_for(tx, person_id, _named_in(row.id), named)


def timeline(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Step]:
    """Return the steps of a referral that the actor may see, oldest first.

    Colleagues are named; people of other organisations stand for their organisation.
    """
    query = (
        select(
            TransitionRow,
            ReferralRow.person_id,
            OrganisationRow.name,
            UserRow.full_name,
            UserRow.organisation_id,
            _EnteredBy.name,
        )
        .select_from(TransitionRow)
        .join(ReferralRow, ReferralRow.id == TransitionRow.referral_id)
        .outerjoin(OrganisationRow, OrganisationRow.id == TransitionRow.organisation_id)
        .outerjoin(_EnteredBy, _EnteredBy.id == TransitionRow.entered_by_id)
        .outerjoin(UserRow, UserRow.id == TransitionRow.user_id)
        .where(TransitionRow.referral_id == referral_id)
        .order_by(TransitionRow.id)
    )
    tx.audit(Entry(audit, "timeline", str(referral_id)))
    return [_step(tx, found) for found in tx.session.execute(query)]


def _step(tx: Tx, found: Any) -> Step:
    row, person_id, organisation, full_name, users_organisation_id, entered_by = found
    colleague = full_name if users_organisation_id == tx.actor.organisation_id else None
    return Step(
        at=row.at,
        track=row.track,
        action=row.action,
        before=row.before,
        after=row.after,
        reason=row.reason,
        role=row.role,
        by=_by(tx.actor, organisation, colleague, entered_by, named=_named(tx, row, person_id)),
        said=open_for(tx, person_id, said_in(row.id), row.said),
    )


def _named(tx: Tx, row: TransitionRow, person_id: UUID) -> str | None:
    """Who told it or came by a safe link: for those who work with them, and nobody else."""
    if tx.actor.role not in (Role.LINK_WORKER, Role.PROVIDER):
        return None
    return open_for(tx, person_id, _named_in(row.id), row.named)


def _by(
    actor: Actor,
    organisation: str | None,
    colleague: str | None,
    entered_by: str | None,
    *,
    named: str | None,
) -> str:
    """Say who took a step, and for whom where it was entered; whoever referred hears only who helps."""
    if entered_by is not None and actor.role is not Role.PRACTICE:
        entered = f"{colleague or entered_by} for {organisation}"
        return f"{entered}, told by {named}" if named else entered
    if named and entered_by is None:
        return f"{named}, by link, for {organisation}"
    return colleague or organisation or "Backstitch"
