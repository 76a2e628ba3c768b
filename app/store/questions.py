"""The questions of providers and the link workers' answers, sealed for the person whom they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.errors import NotFound
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables_care import PlacementRow
from app.store.tables_waiting import QuestionRow


@dataclass(frozen=True, slots=True)
class Question:
    """A question and, once there is one, its answer."""

    id: UUID
    placement_id: UUID
    asked: str
    asked_at: datetime
    days_left: int
    answer: str | None
    answered_at: datetime | None


def add(tx: Tx, placement_id: UUID, person_id: UUID, words: str, *, days_left: int, audit: str) -> UUID:
    """Write a question; `days_left` is what the answer's clock showed when it was stopped."""
    row = QuestionRow(
        placement_id=placement_id, asked_at=tx.now, asked_by=tx.actor.user_id, days_left=days_left
    )
    tx.session.add(row)
    tx.session.flush()
    row.asked = seal_for(tx, person_id, Cell("question", "asked", row.id), words)
    tx.session.flush()
    tx.audit(Entry(audit, "question", str(row.id), person_id, {"placement": str(placement_id)}))
    return row.id


def record_answer(tx: Tx, question_id: UUID, person_id: UUID, words: str, *, audit: str) -> None:
    """Write the answer; raises NotFound."""
    row = tx.session.get(QuestionRow, question_id)
    if row is None:
        raise NotFound
    row.answer = seal_for(tx, person_id, Cell("question", "answer", row.id), words)
    row.answered_at, row.answered_by = tx.now, tx.actor.user_id
    tx.session.flush()
    tx.audit(Entry(audit, "question", str(row.id), person_id, {"placement": str(row.placement_id)}))


def list_for_placement(tx: Tx, placement_id: UUID, person_id: UUID, *, audit: str) -> Sequence[Question]:
    """Return what was asked about one placement, oldest first."""
    query = select(QuestionRow).where(QuestionRow.placement_id == placement_id)
    return [_opened(tx, row, person_id, audit) for row in tx.session.scalars(query.order_by(*_OLDEST))]


def list_for_referral(tx: Tx, referral_id: UUID, person_id: UUID, *, audit: str) -> Sequence[Question]:
    """Return what the actor sees of all that was asked about a referral, oldest first."""
    query = (
        select(QuestionRow)
        .join(PlacementRow, PlacementRow.id == QuestionRow.placement_id)
        .where(PlacementRow.referral_id == referral_id)
    )
    return [_opened(tx, row, person_id, audit) for row in tx.session.scalars(query.order_by(*_OLDEST))]


_OLDEST = (QuestionRow.asked_at, QuestionRow.id)


def _opened(tx: Tx, row: QuestionRow, person_id: UUID, audit: str) -> Question:
    tx.audit(Entry(audit, "question", str(row.id), person_id))
    return Question(
        id=row.id,
        placement_id=row.placement_id,
        asked=open_for(tx, person_id, Cell("question", "asked", row.id), row.asked) or "",
        asked_at=row.asked_at,
        days_left=row.days_left,
        answer=open_for(tx, person_id, Cell("question", "answer", row.id), row.answer),
        answered_at=row.answered_at,
    )
