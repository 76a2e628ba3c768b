"""Tells which referrals are part of what happened: those loaded from before the platform are, emptied tests are not."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from app.domain.vocabulary import Environment
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow


def kept() -> ColumnElement[bool]:
    """Leave out what a sandbox has thrown away: it is kept as history, and it was nobody's."""
    sandboxes = select(OrganisationRow.id).where(OrganisationRow.environment == Environment.SANDBOX)
    return or_(ReferralRow.is_history.is_(False), ReferralRow.team_id.not_in(sandboxes))
