"""What was asked and seen after and beside the help of a history: follow-ups, what was left out, milestones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from app.domain.follow_up import OPEN, FollowUpStatus
from app.domain.outcomes import Phase
from app.store.crypto import Cell
from app.store.people import seal_for
from app.store.session import Tx
from app.store.tables_characteristics import CharacteristicRow
from app.store.tables_follow_up import FollowUpRow, MilestoneRow
from app.store.tables_measures import MeasureRow

_CALLED_FOR = timedelta(days=28)  # so long somebody stands on a call list
TABLES = (FollowUpRow, MilestoneRow, CharacteristicRow)
Rows = Mapping[type, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class PastAsking:
    """One asking some months after the end; `answers` are (measure, answers), and none unless it was answered."""

    months: int
    due_on: date
    status: FollowUpStatus
    answers: tuple[tuple[str, Mapping[str, int]], ...] = ()


@dataclass(frozen=True, slots=True)
class PastAfter:
    """All of it for one referral: `skipped` are (measure, phase, reason), `milestones` (code, day)."""

    asked: tuple[PastAsking, ...] = ()
    skipped: tuple[tuple[str, str, str], ...] = ()
    milestones: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Whose:
    """The referral that it belongs to, who helped, and when."""

    referral_id: UUID
    team_id: UUID
    placement_id: UUID | None
    provider_id: UUID | None
    started_at: datetime
    ended_at: datetime


def add(rows: Rows, whose: Whose, after: PastAfter) -> None:
    """Add the rows of one referral."""
    for asking in after.asked:
        rows[FollowUpRow].append(_follow_up(whose, asking))
        rows[MeasureRow].extend(_answer(whose, asking, *each) for each in asking.answers)
    for measure, phase, reason in after.skipped:
        at = whose.ended_at if phase == Phase.AFTER else whose.started_at
        told = {"measure": measure, "phase": phase, "answers": {}, "skipped": reason}
        of = {"referral_id": whose.referral_id, "placement_id": whose.placement_id}
        rows[MeasureRow].append({"id": uuid4(), **of, **told, "taken_on": at.date(), "recorded_at": at})
    rows[MilestoneRow].extend(_milestone(whose, code, day) for code, day in after.milestones)


def characteristic_rows(
    tx: Tx, person_id: UUID, team_id: UUID, said: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Return what a person said of themselves, sealed with their key."""
    found = []
    for question, codes in said.items():
        row_id = uuid4()
        text = json.dumps({"codes": list(codes), "words": ""})
        sealed = seal_for(tx, person_id, Cell("person_characteristic", "said", row_id), text)
        of = {"id": row_id, "person_id": person_id, "team_id": team_id, "question": question}
        found.append({**of, "said": sealed, "said_by": "link-worker", "recorded_at": tx.now})
    return found


def _follow_up(whose: Whose, asking: PastAsking) -> dict[str, Any]:
    is_open, is_planned = asking.status in OPEN, asking.status is FollowUpStatus.PLANNED
    at = None if is_planned else datetime.combine(asking.due_on, time(12), UTC)
    tried = not is_planned and asking.status is not FollowUpStatus.NOT_ASKED
    return {
        "id": uuid4(),
        "referral_id": whose.referral_id,
        "team_id": whose.team_id,
        "months": asking.months,
        "due_on": asking.due_on,
        "status": asking.status,
        "way": "phone" if tried else None,
        "look_on": asking.due_on + (_CALLED_FOR if tried else timedelta()) if is_open else None,
        "asked_at": at if tried else None,
        "asked_times": int(tried),
        "reason": "declined" if asking.status is FollowUpStatus.SKIPPED else None,
        "settled_at": None if is_open else at,
    }


def _answer(whose: Whose, asking: PastAsking, measure: str, answers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "referral_id": whose.referral_id,
        "measure": measure,
        "phase": Phase.FOLLOW_UP,
        "months": asking.months,
        "answers": dict(answers),
        "said_by": "person",
        "way": "phone",
        "taken_on": asking.due_on,
        "recorded_at": datetime.combine(asking.due_on, time(12), UTC),
    }


def _milestone(whose: Whose, code: str, day: date) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "referral_id": whose.referral_id,
        "placement_id": whose.placement_id,
        "code": code,
        "happened_on": day,
        "organisation_id": whose.provider_id,
        "recorded_at": datetime.combine(day, time(12), UTC),
    }
