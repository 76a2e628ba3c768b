"""Loads a history of closed referrals from before the platform: marked as such, told to nobody, sent nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.referral import PersonDetails
from app.store import directory, people
from app.store.audit import Entry
from app.store.people import NewPerson
from app.store.referrals import new_reference
from app.store.session import Tx
from app.store.tables_care import MeasureRow, OutcomeRow, PlacementRow, ReferralRow


@dataclass(frozen=True, slots=True)
class PastPerson:
    """Somebody helped before, with what happened each time; all that was asked on one side of a fence."""

    details: PersonDetails
    type1_opt_out: bool
    episodes: tuple[PastEpisode, ...]


@dataclass(frozen=True, slots=True)
class PastEpisode:
    """One closed referral of the past; `measures` are (measure, phase, answers)."""

    requester_id: UUID
    team_id: UUID
    service_id: UUID
    provider_id: UUID
    need: str
    received_at: datetime
    waited: timedelta
    outcome: str
    end_reason: str | None
    goal: tuple[int, int] | None
    measures: tuple[tuple[str, str, Mapping[str, int]], ...]


def load(tx: Tx, past: Iterable[PastPerson], *, audit: str) -> int:
    """Write people and their closed referrals; return how many referrals were written."""
    rows: dict[type, list[dict[str, Any]]] = {
        table: [] for table in (ReferralRow, PlacementRow, OutcomeRow, MeasureRow)
    }
    for person in past:
        asked_by = directory.get_organisation(tx, person.episodes[0].requester_id)
        new = NewPerson(
            person.details,
            asked_by.fence_id,
            identity_confirmed=True,
            type1_opt_out=person.type1_opt_out,
        )
        known = people.add(tx, new, audit=audit)
        for episode in person.episodes:
            _add(rows, known.id, episode)
    tx.session.flush()
    for table, values in rows.items():
        if values:
            tx.session.execute(insert(table), values)
    count = len(rows[ReferralRow])
    tx.audit(Entry(audit, "history", "load", None, {"referrals": count}))
    return count


def _add(rows: dict[type, list[dict[str, Any]]], person_id: UUID, episode: PastEpisode) -> None:
    referral_id, placement_id = uuid4(), uuid4()
    started = episode.received_at + episode.waited
    ended = started + timedelta(days=56)
    belongs = {"referral_id": referral_id, "placement_id": placement_id}
    rows[ReferralRow].append(_referral(referral_id, person_id, episode, ended))
    rows[PlacementRow].append(
        {"id": placement_id, "referral_id": referral_id, **_placement(episode, started, ended)}
    )
    before, after = episode.goal or (None, None)
    rows[OutcomeRow].append(
        {
            "id": uuid4(),
            **belongs,
            "state": episode.outcome,
            "goal_before": before,
            "goal_after": after,
            "recorded_at": ended,
        }
    )
    for measure, phase, answers in episode.measures:
        at = started if phase == "before" else ended
        told = {"measure": measure, "phase": phase, "answers": dict(answers)}
        rows[MeasureRow].append({"id": uuid4(), **belongs, **told, "taken_on": at.date(), "recorded_at": at})


def _placement(episode: PastEpisode, started: datetime, ended: datetime) -> dict[str, Any]:
    return {
        "service_id": episode.service_id,
        "provider_id": episode.provider_id,
        "team_id": episode.team_id,
        "status": PlacementStatus.ENDED_EARLY if episode.end_reason else PlacementStatus.COMPLETED,
        "version": 1,
        "offered_at": episode.received_at,
        "respond_by": episode.received_at.date(),
        "answered_at": episode.received_at,
        "started_at": started,
        "ended_at": ended,
        "reason": episode.end_reason,
    }


def _referral(referral_id: UUID, person_id: UUID, episode: PastEpisode, ended: datetime) -> dict[str, Any]:
    return {
        "id": referral_id,
        "reference": new_reference(),
        "person_id": person_id,
        "requester_id": episode.requester_id,
        "team_id": episode.team_id,
        "status": ReferralStatus.CLOSED,
        "version": 1,
        "priority": "routine",
        "use_case": "sp1",
        "needs": [episode.need],
        "access": [],
        "safeguarding": False,
        "original_bundle_id": str(uuid4()),
        "header_id": str(uuid4()),
        "received_at": episode.received_at,
        "ended_at": ended,
        "end_reason": episode.end_reason,
        "is_history": True,
    }
