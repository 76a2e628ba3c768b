"""What waits for whom, since when and until when, read for the sweep as the platform itself: ids and dates only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.domain.deadlines import Deadlines
from app.domain.duplicates import Decision
from app.domain.escalation import Matter, Wait, due_at, presses
from app.domain.lifecycle import OPEN_REFERRAL, PlacementStatus, ReferralStatus
from app.domain.sources import SOURCES, SourceKind
from app.domain.vocabulary import Environment, Priority
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ContactRow, PlacementRow, ReferralRow, TaskRow, TransitionRow
from app.store.tables_duplicates import ReferralBondRow
from app.store.tables_register import AttendanceRow
from app.store.tables_watch import EscalationRow, SnoozeRow
from app.store.tasks import FIRST_CONTACT

PROVIDER_SAID = "provider-said"  # how a question to a provider was settled: all is well
_HELPING = (PlacementStatus.STARTED, PlacementStatus.PAUSED)
_ASKED = (PlacementStatus.OFFERED, PlacementStatus.OPENED)  # a question stops the clock of an answer


@dataclass(frozen=True, slots=True)
class Standing:
    """A wait with what it is about; `due_at` is when it is overdue."""

    wait: Wait
    due_at: datetime
    referral_id: UUID
    reference: str
    team_id: UUID
    requester_id: UUID
    placement_id: UUID | None = None
    provider_id: UUID | None = None
    service_id: UUID | None = None

    @property
    def subject_id(self) -> UUID:
        """The placement's id, or the referral's."""
        return self.placement_id or self.referral_id

    @property
    def key(self) -> tuple[UUID, str, datetime]:
        """By what its rungs are known."""
        return self.subject_id, self.wait.matter.value, self.due_at


def list_standings(tx: Tx, limits: Deadlines, *, referral_id: UUID | None = None) -> Sequence[Standing]:
    """Return all that waits and may be due by now; of one referral, everything that is still to come too."""
    return [*_next_actions(tx, limits, referral_id), *list_of_placements(tx, limits, referral_id=referral_id)]


def _next_actions(tx: Tx, limits: Deadlines, referral_id: UUID | None) -> Iterator[Standing]:
    pressing_new = (ReferralRow.status == ReferralStatus.RECEIVED) & (
        ReferralRow.priority != Priority.ROUTINE
    )
    query = (
        select(ReferralRow, OrganisationRow.source_kind)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.requester_id)
        .where(*live_referrals())
    )
    if referral_id is None:
        query = query.where(or_(ReferralRow.next_action_on <= tx.today, pressing_new))
    else:
        query = query.where(ReferralRow.id == referral_id)
    for row, kind in tx.session.execute(query):
        if row.next_action_on is not None:
            new = row.status == ReferralStatus.RECEIVED
            tells = new and not SOURCES[SourceKind(kind)].is_silent
            due_on, since = row.next_action_on, row.received_at
            wait = Wait(Matter.NEXT_ACTION, since, due_on, row.priority, row.safeguarding, new, tells)
            yield _standing(wait, limits, row)


def list_of_placements(tx: Tx, limits: Deadlines, *, referral_id: UUID | None = None) -> Iterator[Standing]:
    """Yield what providers are waited for; of one referral also what is not due for long."""
    for matter, where, since in _placement_waits():
        query = (
            select(PlacementRow, ReferralRow, since.label("since"), _put_off_until())
            .select_from(PlacementRow)
            .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
            .where(where, *live_referrals())
        )
        if referral_id is not None:
            query = query.where(PlacementRow.referral_id == referral_id)
        else:
            query = _likely_due(query, tx, limits, matter, since)
        for placement, referral, begun, until in tx.session.execute(query):
            due_on = _due_on(matter, placement, begun, limits)
            if (
                until
                and matter is not Matter.ANSWER
                and not presses(referral.priority, referral.safeguarding)
            ):
                due_on = max(due_on, limits.days.on_or_after(until))
            wait = Wait(matter, begun, due_on, referral.priority, referral.safeguarding)
            yield _standing(wait, limits, referral, placement)


def _placement_waits() -> Iterator[tuple[Matter, ColumnElement[bool], ColumnElement[Any]]]:
    steps = select(func.max(TransitionRow.at)).where(TransitionRow.placement_id == PlacementRow.id)
    contacts = select(func.max(ContactRow.recorded_at)).where(
        ContactRow.placement_id == PlacementRow.id, ContactRow.taken_back_at.is_(None)
    )
    said = select(func.max(EscalationRow.settled_at)).where(
        EscalationRow.placement_id == PlacementRow.id, EscalationRow.settled_how == PROVIDER_SAID
    )
    accepted = steps.where(TransitionRow.after == PlacementStatus.ACCEPTED).scalar_subquery()
    of_team = (TaskRow.referral_id == PlacementRow.referral_id, TaskRow.kind == FIRST_CONTACT)
    made = select(func.max(TaskRow.done_at)).where(*of_team).scalar_subquery()
    waits_for_team = select(TaskRow.id).where(*of_team, TaskRow.done_at.is_(None)).exists()
    has_somebody_to_reach = (PlacementRow.status == PlacementStatus.ACCEPTED) & ~waits_for_team
    kept = select(func.max(AttendanceRow.recorded_at)).where(AttendanceRow.placement_id == PlacementRow.id)
    words = (steps, contacts, said, kept)
    heard = func.greatest(*(each.scalar_subquery() for each in words))
    yield Matter.ANSWER, PlacementRow.status.in_(_ASKED), PlacementRow.__table__.c.offered_at
    yield Matter.FIRST_CONTACT, has_somebody_to_reach, func.greatest(accepted, made)
    yield Matter.REVIEW, PlacementRow.status.in_(_HELPING), heard


def _put_off_until() -> ColumnElement[Any]:
    made = select(func.max(SnoozeRow.until_on)).where(
        SnoozeRow.referral_id == ReferralRow.id, SnoozeRow.ended_at.is_(None)
    )
    return made.scalar_subquery()


def _likely_due(
    query: Select[Any], tx: Tx, limits: Deadlines, matter: Matter, since: ColumnElement[Any]
) -> Select[Any]:
    """Leave out what cannot be due yet, as far as the database can tell without a calendar."""
    if matter is Matter.ANSWER:
        return query.where(PlacementRow.respond_by >= tx.today)
    first = matter is Matter.FIRST_CONTACT
    days = limits.rules.first_contact_days if first else limits.rules.review_days
    return query.where(since <= tx.now - timedelta(days=days - 1))


def _due_on(matter: Matter, placement: PlacementRow, since: datetime, limits: Deadlines) -> date:
    day = since.astimezone(LONDON).date()
    match matter:
        case Matter.FIRST_CONTACT:
            return limits.first_contact_by(day)
        case Matter.REVIEW:
            return limits.review_on(day)
        case _:
            return placement.respond_by


def _standing(
    wait: Wait, limits: Deadlines, referral: ReferralRow, placement: PlacementRow | None = None
) -> Standing:
    about = (placement.id, placement.provider_id, placement.service_id) if placement else (None, None, None)
    whose = (referral.id, referral.reference, referral.team_id, referral.requester_id)
    return Standing(wait, due_at(wait, limits), *whose, *about)


def live_referrals() -> tuple[ColumnElement[bool], ...]:
    """What is worked on by itself: open, no history, nothing of a sandbox, following no other referral."""
    sandboxes = select(OrganisationRow.id).where(OrganisationRow.environment == Environment.SANDBOX)
    follows = select(ReferralBondRow.id).where(
        ReferralBondRow.referral_id == ReferralRow.id,
        ReferralBondRow.decision == Decision.TOGETHER,
        ReferralBondRow.undone_at.is_(None),
    )
    return (
        ReferralRow.status.in_(OPEN_REFERRAL),
        ReferralRow.is_history.is_(False),
        ReferralRow.team_id.not_in(sandboxes),
        ~follows.exists(),
    )
