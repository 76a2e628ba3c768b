"""Contacts, measures and outcomes: what was done and how it ended, sealed where it is in people's own words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState, Role
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, open_many, seal_for
from app.store.session import AlreadyThere, Tx
from app.store.tables_care import ContactRow, OutcomeRow
from app.store.tables_measures import MeasureRow

# What was written in one moment, in the order in which it was lived: one order, whatever the database keeps.
_PHASE = case((MeasureRow.phase == Phase.BEFORE, 0), (MeasureRow.phase == Phase.AFTER, 1), else_=2)
_OLDEST_FIRST = (MeasureRow.recorded_at, _PHASE, MeasureRow.months, MeasureRow.id)
_WORDS = ("goal", "summary", "actions", "risks")
_A_LITTLE: Final = timedelta(microseconds=1)
_TEAM = (Role.LINK_WORKER, Role.RESIDENT, Role.SYSTEM)  # who sees every answer, and the person's own words


@dataclass(frozen=True, slots=True)
class About:
    """Which referral, placement and person a record belongs to."""

    referral_id: UUID
    person_id: UUID
    placement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact; `note` is in the recorder's words."""

    channel: str
    reached: bool
    happened_on: date
    minutes: int | None
    note: str
    with_whom: str = "person"  # app.domain.contacts
    id: UUID | None = None  # made with the page it was typed on, so that what is sent twice is kept once


@dataclass(frozen=True, slots=True)
class KeptTaken:
    """A questionnaire as it is kept, by the id under which it is told elsewhere too."""

    id: UUID
    recorded_at: datetime
    taken: Taken


def add_contact(tx: Tx, about: About, contact: Contact, *, audit: str) -> None:
    """Write one contact; raises AlreadyThere when the same form was sent before."""
    if contact.id is not None and tx.session.get(ContactRow, contact.id) is not None:
        raise AlreadyThere("The same was written a moment ago.")
    row = ContactRow(
        id=contact.id or uuid4(),
        referral_id=about.referral_id,
        placement_id=about.placement_id,
        channel=contact.channel,
        reached=contact.reached,
        happened_on=contact.happened_on,
        minutes=contact.minutes,
        recorded_by=tx.actor.user_id,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    row.note = seal_for(tx, about.person_id, Cell("contact", "note", row.id), contact.note or None)
    tx.audit(Entry(audit, "contact", str(row.id), about.person_id))


def list_contacts(tx: Tx, about: About, *, audit: str) -> Sequence[Contact]:
    """Return the contacts of a referral that the actor may see, oldest first, without those taken back."""
    stand = ContactRow.taken_back_at.is_(None)
    query = select(ContactRow).where(ContactRow.referral_id == about.referral_id, stand)
    if about.placement_id:
        query = query.where(ContactRow.placement_id == about.placement_id)
    tx.audit(Entry(audit, "contact", str(about.referral_id), about.person_id))
    return [
        Contact(
            channel=row.channel,
            reached=row.reached,
            happened_on=row.happened_on,
            minutes=row.minutes,
            note=open_for(tx, about.person_id, Cell("contact", "note", row.id), row.note) or "",
            with_whom=row.with_whom,
        )
        for row in tx.session.scalars(query.order_by(ContactRow.happened_on, ContactRow.recorded_at))
    ]


def count_contacts(tx: Tx, referral_id: UUID, *, since: date | None = None) -> int:
    """Return how many contacts reached the person, in all or from a day on."""
    counts = (ContactRow.reached, ContactRow.taken_back_at.is_(None))
    query = select(func.count()).where(ContactRow.referral_id == referral_id, *counts)
    if since is not None:
        query = query.where(ContactRow.happened_on >= since)
    return tx.session.scalar(query) or 0


def add_measure(tx: Tx, about: About, taken: Taken, *, audit: str) -> None:
    """Write a measure as it was answered."""
    row = MeasureRow(
        referral_id=about.referral_id,
        placement_id=about.placement_id,
        measure=taken.measure,
        phase=taken.phase,
        answers=dict(taken.answers),
        taken_on=taken.taken_on,
        recorded_at=_after_the_last(tx, about, taken),
        version=taken.version or tx.measures.asked_now(taken.measure, tx.today).version,
        months=taken.months,
        said_by=taken.said_by,
        way=taken.way,
        skipped=taken.skipped,
    )
    tx.session.add(row)
    tx.session.flush()
    if taken.words:
        told = json.dumps(dict(taken.words))
        row.words = seal_for(tx, about.person_id, Cell("measure_response", "words", row.id), told)
    tx.audit(Entry(audit, "measure", str(row.id), about.person_id, {"measure": taken.measure}))


def _after_the_last(tx: Tx, about: About, taken: Taken) -> datetime:
    """Now; a little later where the same was told in this very moment, so that what was told last is the newest."""
    row = MeasureRow
    same = (row.referral_id == about.referral_id, row.measure == taken.measure, row.phase == taken.phase)
    last = tx.session.scalar(select(func.max(row.recorded_at)).where(*same))
    return tx.now if last is None else max(tx.now, last + _A_LITTLE)


def stands() -> ColumnElement[bool]:
    """Return the condition that a row of answers was not corrected or taken back: app.domain.standing, in SQL."""
    row, later = MeasureRow, aliased(MeasureRow)
    corrected = (
        select(later.id)
        .where(
            later.referral_id == row.referral_id,
            later.measure == row.measure,
            later.phase == row.phase,
            later.months.is_not_distinct_from(row.months),
            later.placement_id.is_not_distinct_from(row.placement_id),
            later.way == row.way,
            _teller(later.said_by) == _teller(row.said_by),
            or_(
                later.recorded_at > row.recorded_at,
                and_(later.recorded_at == row.recorded_at, later.id > row.id),
            ),
        )
        .correlate(row)
    )
    return ~corrected.exists()


def _teller(said_by: Any) -> ColumnElement[str]:
    return case((said_by == "proxy", "person"), else_=said_by)


def list_measures(tx: Tx, about: About, *, audit: str) -> Sequence[Taken]:
    """Return the measures of a referral, oldest first, also those that were corrected: app.domain.standing.

    The person's own words are the team's and the person's, and of some measures the single answers too: everybody else
    gets those measures' totals.
    """
    return [each.taken for each in list_kept(tx, about, audit=audit)]


def list_kept(tx: Tx, about: About, *, audit: str) -> Sequence[KeptTaken]:
    """Return the same, each with its id."""
    query = select(MeasureRow).where(MeasureRow.referral_id == about.referral_id)
    tx.audit(Entry(audit, "measure", str(about.referral_id), about.person_id))
    rows = tx.session.scalars(query.order_by(*_OLDEST_FIRST)).all()
    sealed = [(about.person_id, Cell("measure_response", "words", row.id), row.words) for row in rows]
    opened = open_many(tx, sealed)
    return [
        KeptTaken(row.id, row.recorded_at, _as_seen(tx, replace(_taken(row), words=json.loads(told or "{}"))))
        for row, told in zip(rows, opened, strict=True)
    ]


def _as_seen(tx: Tx, taken: Taken) -> Taken:
    return taken if tx.actor.role in _TEAM else replace(tx.measures.seen_outside(taken), words={})


def add_outcome(tx: Tx, about: About, outcome: Outcome, *, audit: str) -> None:
    """Write how it ended."""
    row = OutcomeRow(
        referral_id=about.referral_id,
        placement_id=about.placement_id,
        state=outcome.state,
        goal_before=outcome.goal_before,
        goal_after=outcome.goal_after,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    for name in _WORDS:
        words = getattr(outcome, name) or None
        setattr(row, name, seal_for(tx, about.person_id, Cell("outcome", name, row.id), words))
    tx.session.flush()
    detail = {"referral": str(about.referral_id), "state": outcome.state.value}
    tx.audit(Entry(audit, "outcome", str(row.id), about.person_id, detail))


@dataclass(frozen=True, slots=True)
class Numbers:
    """An outcome without its words: what a dataset may know."""

    state: OutcomeState
    goal_before: int | None
    goal_after: int | None


def numbers_of(tx: Tx, referral_ids: Sequence[UUID], *, audit: str) -> dict[UUID, Numbers]:
    """Return the newest outcome of each referral, without its words."""
    query = (
        select(OutcomeRow.referral_id, OutcomeRow.state, OutcomeRow.goal_before, OutcomeRow.goal_after)
        .where(among(OutcomeRow.referral_id, referral_ids))
        .order_by(OutcomeRow.recorded_at, OutcomeRow.id)
    )
    tx.audit(Entry(audit, "outcome", "many", None, {"count": len(referral_ids)}))
    return {
        row.referral_id: Numbers(OutcomeState(row.state), row.goal_before, row.goal_after)
        for row in tx.session.execute(query)
    }


def measures_of(tx: Tx, referral_ids: Sequence[UUID], *, audit: str) -> dict[UUID, list[Taken]]:
    """Return the measures of many referrals, oldest first, without what people wrote in their own words."""
    query = select(MeasureRow).where(among(MeasureRow.referral_id, referral_ids)).order_by(*_OLDEST_FIRST)
    tx.audit(Entry(audit, "measure", "many", None, {"count": len(referral_ids)}))
    found: dict[UUID, list[Taken]] = {}
    for row in tx.session.scalars(query):
        found.setdefault(row.referral_id, []).append(_taken(row))
    return found


def _taken(row: MeasureRow) -> Taken:
    """Return a row as it was taken, without what is sealed in it."""
    return Taken(
        row.measure,
        Phase(row.phase),
        row.answers,
        row.taken_on,
        version=row.version,
        months=row.months,
        said_by=row.said_by,
        way=row.way,
        skipped=row.skipped,
        placement_id=row.placement_id,
    )


def find_outcome(tx: Tx, about: About, *, audit: str) -> Outcome | None:
    """Return the newest outcome of a referral, or of one placement when `about` names it."""
    query = select(OutcomeRow).where(OutcomeRow.referral_id == about.referral_id)
    if about.placement_id:
        query = query.where(OutcomeRow.placement_id == about.placement_id)
    row = tx.session.scalars(query.order_by(OutcomeRow.recorded_at.desc(), OutcomeRow.id).limit(1)).first()
    if row is None:
        return None
    tx.audit(Entry(audit, "outcome", str(row.id), about.person_id))
    words = {
        name: open_for(tx, about.person_id, Cell("outcome", name, row.id), getattr(row, name))
        for name in _WORDS
    }
    return Outcome(
        state=OutcomeState(row.state),
        summary=words["summary"] or "",
        actions=words["actions"] or "",
        risks=words["risks"] or "",
        goal=words["goal"],
        goal_before=row.goal_before,
        goal_after=row.goal_after,
    )
