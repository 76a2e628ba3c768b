"""Loads a history of closed referrals from before the platform: marked as such, told to nobody, sent nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from app.domain.attendance import Attendance
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.referral import PersonDetails
from app.domain.vocabulary import Role
from app.store import directory, history_after, people
from app.store.audit import Entry
from app.store.extracts import SECONDARY_USE
from app.store.history_after import PastAfter, Whose
from app.store.people import NewPerson
from app.store.referrals import new_reference
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_care import ConsentRow, ContactRow, OutcomeRow, PlacementRow, ReferralRow
from app.store.tables_characteristics import CharacteristicRow
from app.store.tables_measures import MeasureRow
from app.store.tables_register import AttendanceRow

_CARE = (ReferralRow, PlacementRow, OutcomeRow, MeasureRow, ContactRow, AttendanceRow, ConsentRow)
_TABLES = (*_CARE, *history_after.TABLES)
_Rows = dict[type, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class PastPerson:
    """Somebody helped before, with what happened each time; all that was asked on one side of a fence.

    `withdrew` is their consent to the use of their outcomes, for the research and planning that the dataset is for.
    """

    details: PersonDetails
    type1_opt_out: bool
    episodes: tuple[PastEpisode, ...]
    national_opt_out: bool = False
    withdrew: bool = False
    restricted: bool = False
    characteristics: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # what they said of themselves


@dataclass(frozen=True, slots=True)
class PastDecline:
    """An offer that was declined, or met with silence (no reason), before another was taken up."""

    service_id: UUID
    provider_id: UUID
    reason: str | None  # vocabulary.DECLINE_REASONS


@dataclass(frozen=True, slots=True)
class PastEpisode:
    """One closed referral of the past; `measures` are (measure, phase, answers).

    No `service_id`: nobody could help. `waited` None: help never began, and it ended `lasted` after it was asked for.
    """

    requester_id: UUID
    team_id: UUID
    service_id: UUID | None
    provider_id: UUID | None
    need: str
    received_at: datetime
    waited: timedelta | None
    outcome: str
    end_reason: str | None
    goal: tuple[int, int] | None
    measures: tuple[tuple[str, str, Mapping[str, int]], ...]
    id: UUID = field(default_factory=uuid4)
    lasted: timedelta = timedelta(days=56)
    declined: tuple[PastDecline, ...] = ()
    contacts: tuple[bool, ...] = ()  # whether each reached the person, a week apart from the request on
    sessions: tuple[bool, ...] = ()  # whether they came to each, a week apart from the first help on
    after: PastAfter = field(default_factory=PastAfter)

    @property
    def started_at(self) -> datetime | None:
        """When help began, None when it never did."""
        return None if self.waited is None else self.received_at + self.waited

    @property
    def ended_at(self) -> datetime:
        """When the referral ended."""
        return (self.started_at or self.received_at) + self.lasted


def load(tx: Tx, past: Iterable[PastPerson], *, audit: str) -> int:
    """Write people and their closed referrals; return how many referrals were written.

    Raises LookupError when there are contacts and their team has nobody who could have noted them.
    """
    rows: _Rows = {table: [] for table in _TABLES}
    fences: dict[UUID, UUID | None] = {}
    for person in past:
        requester_id = person.episodes[0].requester_id
        if requester_id not in fences:
            fences[requester_id] = directory.get_organisation(tx, requester_id).fence_id
        new = NewPerson(
            person.details,
            fences[requester_id],
            identity_confirmed=True,
            restricted=person.restricted,
            type1_opt_out=person.type1_opt_out,
            national_opt_out=person.national_opt_out,
            told_by=frozenset(episode.requester_id for episode in person.episodes),
        )
        known = people.add(tx, new, audit=audit)
        for episode in person.episodes:
            _add(rows, known.id, episode)
        said, team_id = person.characteristics, person.episodes[-1].team_id
        rows[CharacteristicRow] += history_after.characteristic_rows(tx, known.id, team_id, said)
        if person.withdrew:
            rows[ConsentRow].append(_withdrawal(known.id, person.episodes[-1]))
    _name_who_noted(tx, rows)
    tx.session.flush()
    for table, values in rows.items():
        if values:
            tx.session.execute(insert(table), values)
    count = len(rows[ReferralRow])
    tx.audit(Entry(audit, "history", "load", None, {"referrals": count}))
    return count


def _add(rows: _Rows, person_id: UUID, episode: PastEpisode) -> None:
    placement_id = uuid4() if episode.service_id else None
    belongs = {"referral_id": episode.id, "placement_id": placement_id}
    rows[ReferralRow].append(_referral(person_id, episode))
    rows[PlacementRow] += [_declined(episode, one) for one in episode.declined]
    if placement_id:
        rows[PlacementRow].append({"id": placement_id, "referral_id": episode.id, **_placement(episode)})
    before, after = episode.goal or (None, None)
    numbers = {"state": episode.outcome, "goal_before": before, "goal_after": after}
    rows[OutcomeRow].append({"id": uuid4(), **belongs, **numbers, "recorded_at": episode.ended_at})
    for measure, phase, answers in episode.measures:
        at = episode.ended_at if phase == "after" else episode.started_at or episode.received_at
        told = {"measure": measure, "phase": phase, "answers": dict(answers)}
        rows[MeasureRow].append({"id": uuid4(), **belongs, **told, "taken_on": at.date(), "recorded_at": at})
    whose = Whose(
        episode.id,
        episode.team_id,
        placement_id,
        episode.provider_id,
        episode.started_at or episode.received_at,
        episode.ended_at,
    )
    history_after.add(rows, whose, episode.after)
    rows[ContactRow] += [_contact(episode, week, reached) for week, reached in enumerate(episode.contacts)]
    if placement_id:
        came = enumerate(episode.sessions)
        rows[AttendanceRow] += [_attendance(episode, placement_id, week, here) for week, here in came]


def _declined(episode: PastEpisode, one: PastDecline) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "referral_id": episode.id,
        "service_id": one.service_id,
        "provider_id": one.provider_id,
        "team_id": episode.team_id,
        "status": PlacementStatus.DECLINED if one.reason else PlacementStatus.EXPIRED,
        "version": 1,
        "offered_at": episode.received_at,
        "respond_by": episode.received_at.date(),
        "answered_at": episode.received_at if one.reason else None,
        "started_at": None,
        "ended_at": episode.received_at,
        "reason": one.reason,
    }


def _placement(episode: PastEpisode) -> dict[str, Any]:
    return {
        "service_id": episode.service_id,
        "provider_id": episode.provider_id,
        "team_id": episode.team_id,
        "status": PlacementStatus.ENDED_EARLY if episode.end_reason else PlacementStatus.COMPLETED,
        "version": 1,
        "offered_at": episode.received_at,
        "respond_by": episode.received_at.date(),
        "answered_at": episode.received_at,
        "started_at": episode.started_at,
        "ended_at": episode.ended_at,
        "reason": episode.end_reason,
    }


def _referral(person_id: UUID, episode: PastEpisode) -> dict[str, Any]:
    return {
        "id": episode.id,
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
        "ended_at": episode.ended_at,
        "end_reason": episode.end_reason,
        "is_history": True,
    }


def _contact(episode: PastEpisode, week: int, reached: bool) -> dict[str, Any]:
    at = episode.received_at + timedelta(weeks=week)
    return {
        "id": uuid4(),
        "referral_id": episode.id,
        "placement_id": None,  # the team's: it called, and called again
        "channel": "phone",
        "reached": reached,
        "happened_on": at.date(),
        "recorded_by": episode.team_id,  # until `_name_who_noted`
        "recorded_at": at,
    }


def _attendance(episode: PastEpisode, placement_id: UUID, week: int, came: bool) -> dict[str, Any]:
    at = (episode.started_at or episode.received_at) + timedelta(weeks=week)
    answer = Attendance.CAME if came else Attendance.DID_NOT_COME
    held = {"held_on": at.date(), "number": 1, "answer": answer, "recorded_at": at}
    return {"id": uuid4(), "placement_id": placement_id, **held}


def _withdrawal(person_id: UUID, episode: PastEpisode) -> dict[str, Any]:
    said = {"kind": SECONDARY_USE, "given": False, "source": "link-worker", "recorded_at": episode.ended_at}
    return {"id": uuid4(), "person_id": person_id, "referral_id": episode.id, **said}


def _name_who_noted(tx: Tx, rows: _Rows) -> None:
    teams = {row["recorded_by"] for row in rows[ContactRow]}
    theirs = (UserRow.organisation_id.in_(teams), UserRow.role == Role.LINK_WORKER)
    query = select(UserRow.organisation_id, UserRow.id).where(*theirs).order_by(UserRow.username.desc())
    who = {row.organisation_id: row.id for row in tx.session.execute(query)}
    if teams - who.keys():
        raise LookupError("A team has no link worker who could have noted its contacts.")
    for row in rows[ContactRow]:
        row["recorded_by"] = who[row["recorded_by"]]
