"""The steward's tasks that stand for a list: open while anything waits on it, ticked off when nothing does."""

from __future__ import annotations

from sqlalchemy import select

from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import TaskRow
from app.store.tasks import add_task


def record_list_task(tx: Tx, kind: str, *, is_waiting: bool) -> None:
    """Have one open task of a kind while its list has lines, and none when it is empty."""
    if is_waiting:
        add_task(tx, kind, organisation_id=None)
        return
    theirs = (TaskRow.kind == kind, TaskRow.organisation_id.is_(None), TaskRow.done_at.is_(None))
    for row in tx.session.scalars(select(TaskRow).where(*theirs)):
        row.done_at, row.done_by = tx.now, tx.actor.user_id
        tx.audit(Entry("settle task", "task", str(row.id)))
