"""Contacts, measures and outcomes: what was done and how it ended, sealed where it is in people's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables_care import ContactRow, MeasureRow, OutcomeRow

_WORDS = ("goal", "summary", "actions", "risks")


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


def add_contact(tx: Tx, about: About, contact: Contact, *, audit: str) -> None:
    """Write one contact."""
    row = ContactRow(
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
    """Return the contacts of a referral that the actor may see, oldest first."""
    query = select(ContactRow).where(ContactRow.referral_id == about.referral_id)
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
        )
        for row in tx.session.scalars(query.order_by(ContactRow.happened_on, ContactRow.recorded_at))
    ]


def count_contacts(tx: Tx, referral_id: UUID, *, since: date | None = None) -> int:
    """Return how many contacts reached the person, in all or from a day on."""
    query = select(func.count()).where(ContactRow.referral_id == referral_id, ContactRow.reached)
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
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "measure", str(row.id), about.person_id, {"measure": taken.measure}))


def list_measures(tx: Tx, about: About, *, audit: str) -> Sequence[Taken]:
    """Return the measures of a referral, oldest first: of two of one kind and phase the later one counts."""
    query = select(MeasureRow).where(MeasureRow.referral_id == about.referral_id)
    tx.audit(Entry(audit, "measure", str(about.referral_id), about.person_id))
    return [
        Taken(row.measure, Phase(row.phase), row.answers, row.taken_on)
        for row in tx.session.scalars(query.order_by(MeasureRow.recorded_at))
    ]


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
        .where(OutcomeRow.referral_id.in_(referral_ids))
        .order_by(OutcomeRow.recorded_at, OutcomeRow.id)
    )
    tx.audit(Entry(audit, "outcome", "many", None, {"count": len(referral_ids)}))
    return {
        row.referral_id: Numbers(OutcomeState(row.state), row.goal_before, row.goal_after)
        for row in tx.session.execute(query)
    }


def measures_of(tx: Tx, referral_ids: Sequence[UUID], *, audit: str) -> dict[UUID, list[Taken]]:
    """Return the measures of many referrals, oldest first."""
    query = (
        select(MeasureRow).where(MeasureRow.referral_id.in_(referral_ids)).order_by(MeasureRow.recorded_at)
    )
    tx.audit(Entry(audit, "measure", "many", None, {"count": len(referral_ids)}))
    found: dict[UUID, list[Taken]] = {}
    for row in tx.session.scalars(query):
        taken = Taken(row.measure, Phase(row.phase), row.answers, row.taken_on)
        found.setdefault(row.referral_id, []).append(taken)
    return found


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
