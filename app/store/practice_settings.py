"""What practices decided of how they hear back, and the counts of a month: numbers, nobody's record is opened."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.domain.errors import NotFound
from app.domain.practice_settings import MonthCounts, SummarySetting
from app.domain.vocabulary import FeedbackFormat, NewsKind, ProgressMessages
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import FeedbackRow, ReferralRow, TransitionRow
from app.store.tables_check_in import PracticeSettingRow

_ENDED = ("completed", "ended-early")


def get_summary(tx: Tx, practice_id: UUID) -> SummarySetting:
    """Return what a practice decided of its monthly summary; the house's own where it decided nothing."""
    row = tx.session.get(PracticeSettingRow, practice_id)
    if row is None:
        return SummarySetting()
    return SummarySetting(row.summary_on, row.summary_to, row.confirmed_at is not None, row.told_month)


def record_summary(tx: Tx, practice_id: UUID, **values: Any) -> None:
    """Write some of what a practice decided: summary_on, summary_to, confirmed_at, told_month."""
    changed = {"changed_at": tx.now, "changed_by": tx.actor.user_id}
    tx.session.merge(PracticeSettingRow(practice_id=practice_id, **changed, **values))
    tx.session.flush()


def record_way(tx: Tx, practice_id: UUID, told_as: FeedbackFormat, progress: ProgressMessages) -> None:
    """Write how a practice's news is put from now on; what carries it stays as it is."""
    row = tx.session.get(OrganisationRow, practice_id)
    if row is None:
        raise NotFound
    row.feedback_format, row.progress_messages = told_as.value, progress.value
    tx.session.flush()


def list_to_tell(tx: Tx, this_month: date) -> Sequence[UUID]:
    """Return the practices whose summary of the last month has not been looked at, and that want one."""
    row = PracticeSettingRow
    query = (
        select(row.practice_id)
        .where(row.summary_on, row.summary_to.is_not(None), row.confirmed_at.is_not(None))
        .where(or_(row.told_month.is_(None), row.told_month < this_month))
        .order_by(row.practice_id)
    )
    return tx.session.scalars(query).all()


def count_month(
    tx: Tx, practice_id: UUID, *, since: date, until: date, to_file: Collection[str]
) -> MonthCounts:
    """Count a practice's referrals that moved from `since` to before `until` or wait now, and those to file.

    `to_file` are the states of an outcome that the practice has not acknowledged.
    """
    newest = (
        select(FeedbackRow.status)
        .where(FeedbackRow.referral_id == ReferralRow.id, FeedbackRow.kind == NewsKind.OUTCOME)
        .order_by(FeedbackRow.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    day = func.date(func.timezone(LONDON.key, TransitionRow.at))
    steps = select(TransitionRow.id).where(TransitionRow.referral_id == ReferralRow.id)
    moved = steps.where(day >= since, day < until).exists()
    waits = (ReferralRow.status.in_(_ENDED)) & newest.in_(list(to_file))
    query = select(func.count().filter(or_(moved, waits)), func.count().filter(waits)).where(
        ReferralRow.requester_id == practice_id, ~ReferralRow.is_history
    )
    total, waiting = tx.session.execute(query).one()
    return MonthCounts(total, waiting)
