"""Who was told of what waits: each rung once, settled together when the wait is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.domain.escalation import Due, Matter, Told
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow
from app.store.tables_watch import EscalationRow
from app.store.waits import Standing

MOVED_ON = "moved-on"
Key = tuple[UUID, str, datetime]


@dataclass(frozen=True, slots=True)
class Raised:
    """A rung that was reached and is not settled; of whom it is, in ids and an organisation's name."""

    id: UUID
    matter: Matter
    told: Told
    presses: bool
    due_at: datetime
    raised_at: datetime
    referral_id: UUID
    placement_id: UUID | None
    reference: str
    received_at: datetime  # of the referral
    team_id: UUID
    team_name: str


def add(tx: Tx, standing: Standing, due: Due) -> bool:
    """Write that a rung was reached; False when it was written before, by whomever."""
    values = {
        "id": uuid4(),
        "matter": standing.wait.matter.value,
        "subject_id": standing.subject_id,
        "referral_id": standing.referral_id,
        "placement_id": standing.placement_id,
        "team_id": standing.team_id,
        "provider_id": standing.provider_id,
        "due_at": standing.due_at,
        "rung": due.rung,
        "told": due.told.value,
        "presses": standing.wait.presses,
        "raised_at": tx.now,
    }
    once = insert(EscalationRow).values(values).on_conflict_do_nothing().returning(EscalationRow.id)
    if tx.session.scalar(once) is None:
        return False
    told = {"matter": values["matter"], "rung": due.rung, "told": due.told.value}
    tx.audit(Entry("escalate", "referral", str(standing.referral_id), None, told))
    return True


def list_raised(tx: Tx) -> Mapping[Key, int]:
    """Return of every wait that is not settled how many of its rungs were raised, by its key."""
    key = (EscalationRow.subject_id, EscalationRow.matter, EscalationRow.due_at)
    query = select(*key, func.count()).where(EscalationRow.settled_at.is_(None)).group_by(*key)
    return {(subject, matter, at): count for subject, matter, at, count in tx.session.execute(query)}


def settle(tx: Tx, keys: Collection[Key], *, how: str = MOVED_ON) -> set[UUID]:
    """Write that these waits are over; return the referrals that they were of."""
    key = tuple_(EscalationRow.subject_id, EscalationRow.matter, EscalationRow.due_at)
    rows = tx.session.scalars(
        select(EscalationRow).where(EscalationRow.settled_at.is_(None), key.in_(list(keys)))
    ).all()
    for row in rows:
        row.settled_at, row.settled_how = tx.now, how
    return {row.referral_id for row in rows}


def list_told(tx: Tx, told: Collection[Told]) -> Sequence[Raised]:
    """Return what these were told of what the actor may see, what presses first, then the longest overdue.

    The reference needs sight of the referral, so that a steward's list is read as the platform itself.
    """
    query = (
        select(EscalationRow, ReferralRow.reference, ReferralRow.received_at, OrganisationRow.name)
        .join(ReferralRow, ReferralRow.id == EscalationRow.referral_id)
        .join(OrganisationRow, OrganisationRow.id == EscalationRow.team_id)
        .where(EscalationRow.settled_at.is_(None), EscalationRow.told.in_([each.value for each in told]))
        .order_by(EscalationRow.presses.desc(), EscalationRow.due_at, EscalationRow.rung)
        .limit(500)
    )
    return [_raised(*found) for found in tx.session.execute(query)]


def told_of(tx: Tx, referral_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Told]]:
    """Return who was told, in order, of the next look at each of these referrals that is overdue."""
    query = select(EscalationRow.referral_id, EscalationRow.told).where(
        EscalationRow.referral_id.in_(referral_ids),
        EscalationRow.matter == Matter.NEXT_ACTION,
        EscalationRow.settled_at.is_(None),
    )
    found: dict[UUID, list[Told]] = {}
    for referral_id, told in tx.session.execute(query.order_by(EscalationRow.rung)):
        found.setdefault(referral_id, []).append(Told(told))
    return found


def _raised(row: EscalationRow, reference: str, received_at: datetime, team: str) -> Raised:
    return Raised(
        row.id,
        Matter(row.matter),
        Told(row.told),
        row.presses,
        row.due_at,
        row.raised_at,
        row.referral_id,
        row.placement_id,
        reference,
        received_at,
        row.team_id,
        team,
    )
