"""What referrals and placements lack of the minimum dataset, a row each: codes alone, nobody's name and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, literal, select

from app.domain.completeness import Case
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.onward import OnwardKind
from app.domain.outcomes import Phase
from app.store.audit import Entry
from app.store.loaded import kept
from app.store.session import Tx
from app.store.tables_care import ContactRow, OutcomeRow, PlacementRow, ReferralRow
from app.store.tables_measures import MeasureRow
from app.store.tables_register import OnwardRow

_ENDED: Final = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)
_TAKEN_BACK: Final = (ReferralStatus.WITHDRAWN, ReferralStatus.ENTERED_IN_ERROR)
_HELPED: Final = (
    PlacementStatus.STARTED,
    PlacementStatus.PAUSED,
    PlacementStatus.COMPLETED,
    PlacementStatus.ENDED_EARLY,
)
_HELP_ENDED: Final = (PlacementStatus.COMPLETED, PlacementStatus.ENDED_EARLY)


def list_referrals(tx: Tx, *, since: datetime, audit: str) -> Sequence[Case]:
    """Return the referrals received since then that the actor may see and nobody took back, the newest first:
    those too that were loaded from before the platform."""
    row = ReferralRow
    ended, offered = row.status.in_(_ENDED), _any(PlacementRow.referral_id == row.id)
    signposted = _any(OnwardRow.referral_id == row.id, OnwardRow.kind == OnwardKind.SIGNPOSTED.value)
    lacks = {
        "needs": func.cardinality(row.needs) == 0,
        "support": ~offered & ~signposted,
        "before": ended & offered & ~_asked(Phase.BEFORE, MeasureRow.referral_id == row.id),
        "outcome": ended & ~_any(OutcomeRow.referral_id == row.id),
        "after": ended & offered & ~_asked(Phase.AFTER, MeasureRow.referral_id == row.id),
    }
    query = (
        select(row.id, literal(None), row.person_id, row.reference, row.status, *lacks.values())
        .where(kept(), row.received_at >= since, row.status.not_in(_TAKEN_BACK))
        .order_by(row.received_at.desc(), row.id)
    )
    return _cases(tx, query, tuple(lacks), audit)


def list_placements(tx: Tx, *, since: datetime, audit: str) -> Sequence[Case]:
    """Return the placements in which help began, offered since then, that the actor may see, the newest first."""
    row, of = PlacementRow, ReferralRow
    ended = row.status.in_(_HELP_ENDED)
    lacks = {
        "needs": func.cardinality(of.needs) == 0,
        "contacts": ~_any(ContactRow.placement_id == row.id, ContactRow.taken_back_at.is_(None)),
        "before": ended & ~_asked(Phase.BEFORE, MeasureRow.placement_id == row.id),
        "outcome": ended & ~_any(OutcomeRow.placement_id == row.id),
        "after": ended & ~_asked(Phase.AFTER, MeasureRow.placement_id == row.id),
    }
    query = (
        select(of.id, row.id.label("placement_id"), of.person_id, of.reference, row.status, *lacks.values())
        .join(of, of.id == row.referral_id)
        .where(kept(), row.offered_at >= since, row.status.in_(_HELPED))
        .order_by(row.offered_at.desc(), row.id)
    )
    return _cases(tx, query, tuple(lacks), audit)


def _any(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(*conditions)


def _asked(phase: Phase, whose: ColumnElement[bool]) -> ColumnElement[bool]:
    """A questionnaire that was left out with a reason was asked."""
    return _any(whose, MeasureRow.phase == phase.value)


def _cases(tx: Tx, query: Any, codes: Sequence[str], audit: str) -> Sequence[Case]:
    found = []
    for referral_id, placement_id, person_id, reference, status, *flags in tx.session.execute(query):
        lacks = frozenset(code for code, flag in zip(codes, flags, strict=True) if flag)
        found.append(Case(referral_id, placement_id, person_id, reference, status, lacks))
    tx.audit(Entry(audit, "referral", "many", None, {"count": len(found)}))
    return found
