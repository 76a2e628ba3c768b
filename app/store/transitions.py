"""The append-only history of every track, and the timeline that is read from it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.access import Actor
from app.domain.lifecycle import Transition
from app.domain.referral import Step
from app.domain.vocabulary import Role
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_care import TransitionRow

_EnteredBy = aliased(OrganisationRow)


def add_transition(
    tx: Tx, transition: Transition, *, referral_id: UUID, placement_id: UUID | None = None
) -> None:
    """Write one step with its author and time."""
    tx.session.add(
        TransitionRow(
            referral_id=referral_id,
            placement_id=placement_id,
            track=transition.track,
            action=transition.action,
            before=transition.before,
            after=transition.after,
            reason=transition.reason,
            stage=transition.stage,
            role=tx.actor.role,
            actor=tx.actor.label,
            organisation_id=tx.actor.organisation_id,
            user_id=tx.actor.user_id,
            entered_by_id=tx.actor.entered_by,
            at=tx.now,
        )
    )
    tx.session.flush()


def timeline(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Step]:
    """Return the steps of a referral that the actor may see, oldest first.

    Colleagues are named; people of other organisations stand for their organisation.
    """
    query = (
        select(
            TransitionRow, OrganisationRow.name, UserRow.full_name, UserRow.organisation_id, _EnteredBy.name
        )
        .outerjoin(OrganisationRow, OrganisationRow.id == TransitionRow.organisation_id)
        .outerjoin(_EnteredBy, _EnteredBy.id == TransitionRow.entered_by_id)
        .outerjoin(UserRow, UserRow.id == TransitionRow.user_id)
        .where(TransitionRow.referral_id == referral_id)
        .order_by(TransitionRow.id)
    )
    tx.audit(Entry(audit, "timeline", str(referral_id)))
    return [
        Step(
            at=row.at,
            track=row.track,
            action=row.action,
            before=row.before,
            after=row.after,
            reason=row.reason,
            role=row.role,
            by=_by(
                tx.actor,
                organisation,
                full_name if users_org == tx.actor.organisation_id else None,
                entered_by,
            ),
        )
        for row, organisation, full_name, users_org, entered_by in tx.session.execute(query)
    ]


def _by(actor: Actor, organisation: str | None, colleague: str | None, entered_by: str | None) -> str:
    """Say who took a step, and for whom where it was entered; whoever referred hears only who helps."""
    if entered_by is None or actor.role is Role.PRACTICE:
        return colleague or organisation or "Backstitch"
    return f"{colleague or entered_by} for {organisation}"
