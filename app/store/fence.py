"""Which sandbox an organisation is fenced into: what is inside and what is outside never see each other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from app.domain.vocabulary import Environment, OrganisationKind
from app.store.tables import OrganisationRow

_Own = aliased(OrganisationRow)


def fence_of(row: Any) -> ColumnElement[UUID]:
    """The id of the team that an organisation's sandbox is known by, of the table or an alias of it; null outside.

    A practice that is still being tested stands outside: its team is a live one. Its people do not
    (Organisation.fence_id).
    """
    team = aliased(OrganisationRow)
    its_own = or_(team.id == row.id, team.id == row.team_id)
    fenced = (team.kind == OrganisationKind.TEAM, team.environment == Environment.SANDBOX)
    return select(team.id).where(*fenced, its_own).correlate(row).scalar_subquery()


def is_beside(fence: ColumnElement[UUID], organisation_id: UUID | None) -> ColumnElement[bool]:
    """Whether what stands behind this fence is on an organisation's side; no organisation is outside."""
    side = select(fence_of(_Own)).where(_Own.id == organisation_id).scalar_subquery()
    return fence.is_not_distinct_from(side)
