"""Reads over many records at once, so that a page of fifty lines costs a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.lifecycle import FeedbackStatus
from app.domain.referral import Step
from app.domain.undelivered import Kind
from app.domain.vocabulary import NewsKind
from app.store.audit import Entry
from app.store.session import Tx
from app.store.set_aside import is_aside
from app.store.tables import OrganisationRow
from app.store.tables_care import FeedbackRow, ReferralRow, TransitionRow


@dataclass(frozen=True, slots=True)
class FailedNews:
    """A message that did not get to the practice: which, why, since when; nothing of the person."""

    feedback_id: UUID
    kind: NewsKind
    referral_id: UUID
    reference: str
    practice_name: str
    transport: str
    failure: str | None
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a referral is for, the reference that people read out, and how urgent it is."""

    person_id: UUID
    reference: str
    priority: str


def people_of(tx: Tx, referral_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Whose]:
    """Return whom each of these referrals is for, by the referral's id; those not shared are left out."""
    query = select(ReferralRow.id, ReferralRow.person_id, ReferralRow.reference, ReferralRow.priority)
    found = {}
    for row in tx.session.execute(query.where(ReferralRow.id.in_(referral_ids))):
        tx.audit(Entry(audit, "referral", str(row.id), row.person_id))
        found[row.id] = Whose(row.person_id, row.reference, row.priority)
    return found


def steps_of(tx: Tx, referral_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Sequence[Step]]:
    """Return the steps of each of these referrals that the actor may see, oldest first; by organisation only."""
    query = (
        select(TransitionRow, OrganisationRow.name)
        .outerjoin(OrganisationRow, OrganisationRow.id == TransitionRow.organisation_id)
        .where(TransitionRow.referral_id.in_(referral_ids))
        .order_by(TransitionRow.id)
    )
    found: dict[UUID, list[Step]] = defaultdict(list)
    for row, organisation in tx.session.execute(query):
        found[row.referral_id].append(
            Step(
                at=row.at,
                track=row.track,
                action=row.action,
                before=row.before,
                after=row.after,
                reason=row.reason,
                role=row.role,
                by=organisation or "Backstitch",
            )
        )
    for referral_id in found:
        tx.audit(Entry(audit, "timeline", str(referral_id)))
    return found


def count_received(tx: Tx, requester_id: UUID, *, since: datetime) -> int:
    """Return how many referrals came from a requester since a moment."""
    query = select(func.count()).where(
        ReferralRow.requester_id == requester_id, ReferralRow.received_at >= since
    )
    return tx.session.scalar(query) or 0


def list_failed_news(tx: Tx, *, audit: str) -> Sequence[FailedNews]:
    """Return the messages that did not arrive and are not set aside, oldest first; 200 at most."""
    query = (
        select(FeedbackRow, ReferralRow.reference, OrganisationRow.name)
        .join(ReferralRow, ReferralRow.id == FeedbackRow.referral_id)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.requester_id)
        .where(FeedbackRow.status == FeedbackStatus.FAILED, ~is_aside(Kind.NEWS, FeedbackRow.id))
        .order_by(FeedbackRow.composed_at, FeedbackRow.id)
        .limit(200)
    )
    tx.audit(Entry(audit, "feedback", "failed"))
    return [
        FailedNews(
            feedback_id=row.id,
            kind=NewsKind(row.kind),
            referral_id=row.referral_id,
            reference=reference,
            practice_name=practice,
            transport=row.transport,
            failure=row.failure,
            composed_at=row.composed_at,
        )
        for row, reference, practice in tx.session.execute(query)
    ]
