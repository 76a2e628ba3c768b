"""Care and support plans: each version whole and sealed for the person; the goals that a provider may read beside."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select

from app.domain.care_plan import Action, CarePlan, Goal, KeptPlan
from app.domain.errors import NotFound
from app.domain.referral import Placement, Referral
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, open_many, seal_for
from app.store.session import Tx
from app.store.tables_care_plan import CarePlanRow, SharedGoalRow


@dataclass(frozen=True, slots=True)
class SharedGoal:
    """A goal that one provider may read, in the words that the person agreed to."""

    placement_id: UUID
    goal_id: UUID
    words: str


def add(tx: Tx, referral: Referral, plan: CarePlan, *, how: str, audit: str) -> int:
    """Write the next version of a referral's plan and return its number.

    The referral's row must be held, or two versions meet at one number and the later is refused as AlreadyThere.
    """
    newest = tx.session.scalars(_versions(referral.id).limit(1)).first()
    row = CarePlanRow(
        id=uuid4(),
        person_id=referral.person_id,
        referral_id=referral.id,
        team_id=referral.team_id,
        version=newest.version + 1 if newest else 1,
        how=how,
        recorded_by=tx.actor.user_id,
        recorded_at=tx.now,
    )
    row.plan = seal_for(tx, referral.person_id, _cell(row.id), json.dumps(asdict(plan), default=str))
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "care plan", str(row.id), referral.person_id, {"version": row.version, "how": how}))
    return row.version


def find(tx: Tx, referral: Referral, *, audit: str, version: int | None = None) -> KeptPlan:
    """Return the newest version of a plan, or the one of a number; an empty one of number 0 where none is written.

    Raises NotFound for a number that there is not.
    """
    query = _versions(referral.id)
    row = tx.session.scalars(
        query.where(CarePlanRow.version == version) if version else query.limit(1)
    ).first()
    detail = {"version": row.version if row else 0}
    tx.audit(Entry(audit, "care plan", str(referral.id), referral.person_id, detail))
    if row is None and version:
        raise NotFound
    return _opened(tx, row) if row else KeptPlan()


def list_versions(tx: Tx, referral: Referral, *, audit: str) -> Sequence[KeptPlan]:
    """Return when and how each version was written, the newest first; their words stay sealed."""
    tx.audit(Entry(audit, "care plan", str(referral.id), referral.person_id))
    found = tx.session.scalars(_versions(referral.id))
    return [KeptPlan(CarePlan(), row.version, row.how, row.recorded_at) for row in found]


def record_shared(
    tx: Tx, placement: Placement, referral: Referral, goals: Collection[Goal], *, audit: str
) -> None:
    """Let a placement's provider read these goals and no others, in the words that they have now."""
    wanted = {each.id: each for each in goals}
    for row in tx.session.scalars(_running(SharedGoalRow.placement_id == placement.id).with_for_update()):
        row.ended_at, row.words = tx.now, None
    tx.session.flush()
    for goal in wanted.values():
        row = SharedGoalRow(
            id=uuid4(),
            person_id=referral.person_id,
            referral_id=referral.id,
            team_id=referral.team_id,
            placement_id=placement.id,
            goal_id=goal.id,
            recorded_by=tx.actor.user_id,
            recorded_at=tx.now,
        )
        row.words = seal_for(tx, referral.person_id, Cell("shared_goal", "words", row.id), goal.words)
        tx.session.add(row)
    tx.session.flush()
    detail = {"goals": len(wanted)}
    tx.audit(Entry(audit, "shared goals", str(placement.id), referral.person_id, detail))


def list_shared(tx: Tx, referral: Referral, *, audit: str) -> Sequence[SharedGoal]:
    """Return the goals of a referral that providers may read, as far as the actor may see them."""
    rows = tx.session.scalars(_running(SharedGoalRow.referral_id == referral.id)).all()
    cells = [(row.person_id, Cell("shared_goal", "words", row.id), row.words) for row in rows]
    tx.audit(Entry(audit, "shared goals", str(referral.id), referral.person_id, {"goals": len(rows)}))
    told = zip(rows, open_many(tx, cells), strict=True)
    return [SharedGoal(row.placement_id, row.goal_id, words or "") for row, words in told]


def end_shared(tx: Tx, referral: Referral, *, audit: str, goal_ids: Collection[UUID] | None = None) -> int:
    """Take goals back from every provider of a referral, all where none is named; return how many there were."""
    query = _running(SharedGoalRow.referral_id == referral.id)
    if goal_ids is not None:
        query = query.where(SharedGoalRow.goal_id.in_(goal_ids))
    rows = tx.session.scalars(query.with_for_update()).all()
    for row in rows:
        row.ended_at, row.words = tx.now, None
    tx.session.flush()
    tx.audit(Entry(audit, "shared goals", str(referral.id), referral.person_id, {"goals": len(rows)}))
    return len(rows)


def _versions(referral_id: UUID) -> Select[CarePlanRow]:
    query = select(CarePlanRow).where(CarePlanRow.referral_id == referral_id)
    return query.order_by(CarePlanRow.version.desc())


def _running(of: Any) -> Select[SharedGoalRow]:
    query = select(SharedGoalRow).where(of, SharedGoalRow.ended_at.is_(None))
    return query.order_by(SharedGoalRow.recorded_at, SharedGoalRow.id)


def _cell(row_id: UUID) -> Cell:
    return Cell("care_plan", "plan", row_id)


def _opened(tx: Tx, row: CarePlanRow) -> KeptPlan:
    text = open_for(tx, row.person_id, _cell(row.id), row.plan)
    told: Mapping[str, Any] = json.loads(text or "{}")
    plan = CarePlan(
        told.get("matters", ""),
        tuple(_goal(each) for each in told.get("goals", ())),
        tuple(_action(each) for each in told.get("actions", ())),
    )
    return KeptPlan(plan, row.version, row.how, row.recorded_at)


def _goal(told: Mapping[str, Any]) -> Goal:
    return Goal(**{**told, "id": UUID(told["id"]), "since": _day(told["since"])})


def _action(told: Mapping[str, Any]) -> Action:
    goal_id = UUID(told["goal_id"]) if told["goal_id"] else None
    days = {name: _day(told[name]) for name in ("by", "done_on")}
    return Action(**{**told, "id": UUID(told["id"]), "goal_id": goal_id, **days})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
