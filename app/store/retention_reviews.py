"""Reviews of records to be kept or erased: listed once, proposed by one, decided by another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.domain.retention_review import OPEN, DroppedWhy, Proposal, ReviewStatus, Verdict
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_retention import RetentionReviewRow

_SUBJECT = "retention review"


@dataclass(frozen=True, slots=True)
class NewReview:
    """A record for the list: `why` is a rule with its last day, or that the person asked, how, and by when."""

    person_id: UUID
    why: str
    kept_until: date | None = None
    asked_how: str | None = None
    due_on: date | None = None
    referral_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One record on the list; the words of a proposal are opened apart."""

    id: UUID
    person_id: UUID
    why: str
    kept_until: date | None
    asked_how: str | None
    due_on: date | None
    referral_id: UUID | None
    status: ReviewStatus
    listed_at: datetime
    verdict: Verdict | None
    reason: str | None
    keep_until: date | None
    proposed_at: datetime | None
    proposed_by: UUID | None
    decided_at: datetime | None
    decided_by: UUID | None
    dropped_why: str | None
    erasure_id: UUID | None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide still."""
        return self.status in OPEN

    @property
    def is_asked(self) -> bool:
        """Whether the person asked for it, be its time over or not."""
        return self.asked_how is not None

    @property
    def mark(self) -> str:
        """What a form carries, to be held against what stands when it is sent."""
        return self.proposed_at.isoformat() if self.proposed_at else ""


def add(tx: Tx, new: NewReview, *, by: UUID | None, audit: str) -> UUID:
    """Put a record on the list; its open review again where there is one, now with what the person asked."""
    if (known := find_open(tx, new.person_id)) is not None:
        if new.asked_how and known.asked_how is None:
            _record_asked(tx, known, new, audit=audit)
        return known.id
    row = RetentionReviewRow(
        id=uuid4(),
        person_id=new.person_id,
        why=new.why,
        kept_until=new.kept_until,
        asked_how=new.asked_how,
        due_on=new.due_on,
        referral_id=new.referral_id,
        status=ReviewStatus.DUE,
        listed_at=tx.now,
        listed_by=by,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, _SUBJECT, str(row.id), new.person_id, {"why": new.why}))
    return row.id


def _record_asked(tx: Tx, review: Review, new: NewReview, *, audit: str) -> None:
    row = tx.session.get_one(RetentionReviewRow, review.id)
    row.asked_how, row.due_on, row.referral_id = new.asked_how, new.due_on, new.referral_id
    tx.session.flush()
    tx.audit(Entry(audit, _SUBJECT, str(review.id), review.person_id, {"why": "asked"}))


def get(tx: Tx, review_id: UUID, *, audit: str) -> Review:
    """Return a review, its row held; raises NotFound."""
    row = tx.session.get(RetentionReviewRow, review_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    tx.audit(Entry(audit, _SUBJECT, str(review_id), row.person_id))
    return _review(row)


def find_open(tx: Tx, person_id: UUID) -> Review | None:
    """Return the open review of a person, its row held; None when there is none."""
    theirs = (RetentionReviewRow.person_id == person_id, RetentionReviewRow.status.in_(OPEN))
    row = tx.session.scalars(select(RetentionReviewRow).where(*theirs).with_for_update()).first()
    return None if row is None else _review(row)


def find_newest_asked(tx: Tx, person_id: UUID) -> Review | None:
    """Return the newest review that a person asked for; None when they never did."""
    row = RetentionReviewRow
    query = select(row).where(row.person_id == person_id, row.asked_how.is_not(None))
    found = tx.session.scalars(query.order_by(row.listed_at.desc()).limit(1)).first()
    return None if found is None else _review(found)


def words_of(tx: Tx, review: Review) -> str | None:
    """Return the words of a proposal; None once the person was erased. As the platform."""
    sealed = tx.session.get_one(RetentionReviewRow, review.id).words
    return open_for(tx, review.person_id, Cell("retention_review", "words", review.id), sealed)


def list_open(tx: Tx) -> Sequence[Review]:
    """Return every open review."""
    query = select(RetentionReviewRow).where(RetentionReviewRow.status.in_(OPEN))
    return [_review(row) for row in tx.session.scalars(query)]


def list_page(
    tx: Tx, statuses: Sequence[ReviewStatus], *, start: int, size: int
) -> tuple[Sequence[Review], int]:
    """Return a page of reviews, and how many there are.

    Open ones: what a person asked for first, then the oldest. Ended ones: the newest first.
    """
    row = RetentionReviewRow
    wanted = row.status.in_(statuses)
    order = (
        (row.due_on.asc().nulls_last(), row.listed_at, row.id)
        if set(statuses) <= set(OPEN)
        else (func.coalesce(row.decided_at, row.listed_at).desc(), row.id)
    )
    total = tx.session.scalar(select(func.count()).select_from(row).where(wanted)) or 0
    found = tx.session.scalars(select(row).where(wanted).order_by(*order).offset(start).limit(size))
    return [_review(each) for each in found], total


def is_any_open(tx: Tx) -> bool:
    """Tell whether anything waits on the list."""
    query = select(RetentionReviewRow.id).where(RetentionReviewRow.status.in_(OPEN)).limit(1)
    return tx.session.scalar(query) is not None


def record_proposed(tx: Tx, review: Review, proposal: Proposal, *, by: UUID, audit: str) -> None:
    """Keep what the first of two wants; as the platform, which seals the words."""
    row = tx.session.get_one(RetentionReviewRow, review.id)
    row.status, row.verdict, row.reason = ReviewStatus.PROPOSED, proposal.verdict, proposal.reason
    row.keep_until, row.proposed_at, row.proposed_by = proposal.until, tx.now, by
    cell = Cell("retention_review", "words", review.id)
    row.words = seal_for(tx, review.person_id, cell, proposal.words or None)
    tx.session.flush()
    detail = {"verdict": proposal.verdict.value, "reason": proposal.reason}
    tx.audit(Entry(audit, _SUBJECT, str(review.id), review.person_id, detail))


def record_sent_back(tx: Tx, review: Review, *, audit: str) -> None:
    """Take a proposal off again: the record waits for another one."""
    row = tx.session.get_one(RetentionReviewRow, review.id)
    row.status, row.verdict, row.reason, row.words = ReviewStatus.DUE, None, None, None
    row.keep_until = row.proposed_at = row.proposed_by = None
    tx.session.flush()
    tx.audit(Entry(audit, _SUBJECT, str(review.id), review.person_id))


def record_kept(tx: Tx, review: Review, *, by: UUID, audit: str) -> None:
    """End a review: the record is kept longer, by the word of two."""
    row = tx.session.get_one(RetentionReviewRow, review.id)
    row.status, row.decided_at, row.decided_by = ReviewStatus.KEPT, tx.now, by
    tx.session.flush()
    tx.audit(Entry(audit, _SUBJECT, str(review.id), review.person_id))


def record_erased(tx: Tx, person_id: UUID, erasure_id: UUID, *, by: UUID | None = None, audit: str) -> None:
    """End whatever review is open of somebody who was erased, in whatever way that came."""
    if (review := find_open(tx, person_id)) is None:
        return
    row = tx.session.get_one(RetentionReviewRow, review.id)
    row.status, row.decided_at, row.decided_by = ReviewStatus.ERASED, tx.now, by
    row.erasure_id = erasure_id
    tx.session.flush()
    tx.audit(Entry(audit, _SUBJECT, str(review.id), person_id, {"erasure": str(erasure_id)}))


def record_dropped(tx: Tx, review: Review, why: DroppedWhy, *, audit: str) -> None:
    """Take a record off the list without a decision, and say why."""
    row = tx.session.get_one(RetentionReviewRow, review.id)
    row.status, row.dropped_why, row.decided_at = ReviewStatus.DROPPED, why.value, tx.now
    tx.session.flush()
    tx.audit(Entry(audit, _SUBJECT, str(review.id), review.person_id, {"why": why.value}))


def names_of(tx: Tx, user_ids: Collection[UUID | None]) -> Mapping[UUID, str]:
    """Return the names of the stewards who proposed and decided."""
    wanted = [each for each in user_ids if each is not None]
    found = tx.session.execute(select(UserRow.id, UserRow.full_name).where(UserRow.id.in_(wanted)))
    return {row.id: row.full_name for row in found}


def _review(row: RetentionReviewRow) -> Review:
    return Review(
        id=row.id,
        person_id=row.person_id,
        why=row.why,
        kept_until=row.kept_until,
        asked_how=row.asked_how,
        due_on=row.due_on,
        referral_id=row.referral_id,
        status=ReviewStatus(row.status),
        listed_at=row.listed_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        reason=row.reason,
        keep_until=row.keep_until,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        dropped_why=row.dropped_why,
        erasure_id=row.erasure_id,
    )
