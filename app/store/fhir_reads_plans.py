"""What stands in the plans of many referrals at once: their placements by id, their outcomes in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.domain.lifecycle import Track
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.store import person_keys
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for
from app.store.session import Tx
from app.store.tables_care import OutcomeRow, PersonRow, TransitionRow


@dataclass(frozen=True, slots=True)
class Written:
    """An outcome and what it is of: a placement, or the referral itself (None)."""

    placement_id: UUID | None
    outcome: Outcome


def placements_of(tx: Tx, referrals: Mapping[UUID, UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Return the placements of each referral in the order of their offers; ids, as the steps tell them."""
    query = (
        select(TransitionRow.referral_id, TransitionRow.placement_id)
        .where(TransitionRow.referral_id.in_(referrals), TransitionRow.track == Track.PLACEMENT)
        .group_by(TransitionRow.referral_id, TransitionRow.placement_id)
        .order_by(func.min(TransitionRow.id))
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for referral_id, placement_id in tx.session.execute(query):
        if placement_id is not None:
            found[referral_id].append(placement_id)
    return found


def outcomes_of(tx: Tx, referrals: Mapping[UUID, UUID], *, audit: str) -> Mapping[UUID, Sequence[Written]]:
    """Return the outcomes of each referral (its id -> its person's), oldest first, in words."""
    query = (
        select(OutcomeRow)
        .where(OutcomeRow.referral_id.in_(referrals))
        .order_by(OutcomeRow.recorded_at, OutcomeRow.id)
    )
    rows = tx.session.scalars(query).all()
    whose = {referrals[row.referral_id] for row in rows}
    # Held until the last word is open: each person is then found in the session, not fetched once more.
    holders = tx.session.scalars(select(PersonRow).where(PersonRow.id.in_(whose))).all()
    person_keys.list_keys(tx, whose)
    found: dict[UUID, list[Written]] = defaultdict(list)
    for row in rows:
        person_id = referrals[row.referral_id]
        tx.audit(Entry(audit, "outcome", str(row.id), person_id))
        found[row.referral_id].append(Written(row.placement_id, _outcome(tx, row, person_id)))
    del holders
    return found


def _outcome(tx: Tx, row: OutcomeRow, person_id: UUID) -> Outcome:
    def words(name: str) -> str | None:
        return open_for(tx, person_id, Cell("outcome", name, row.id), getattr(row, name))

    return Outcome(
        state=OutcomeState(row.state),
        summary=words("summary") or "",
        actions=words("actions") or "",
        goal=words("goal"),
        goal_before=row.goal_before,
        goal_after=row.goal_after,
        risks=words("risks") or "",
    )
