"""Walks along the audit that were asked for or due, and what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_keys import AuditCheckRow

_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(7243005)")


@dataclass(frozen=True, slots=True)
class Check:
    """One walk; `faults` in words with numbers of lines, empty where all of it held; None before it is done."""

    id: UUID
    asked_at: datetime
    done_at: datetime | None
    lines: int | None
    faults: Sequence[str] | None
    checkpoint: int | None
    checkpoint_at: datetime | None
    copied: int | None = None  # up to which number copies lie elsewhere
    copy_fault: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk found, to be written down."""

    lines: int
    faults: Sequence[str]
    checkpoint: int | None
    checkpoint_at: datetime | None
    copied: int | None = None
    copy_fault: str | None = None


def take_turn(tx: Tx) -> bool:
    """Tell whether this process is the one that looks after the chains now; the turn ends with the transaction."""
    return bool(tx.session.scalar(_ONE_AT_A_TIME))


def find_waiting(tx: Tx) -> UUID | None:
    """Return the oldest walk that is asked for and not done."""
    query = select(AuditCheckRow.id).where(AuditCheckRow.done_at.is_(None)).order_by(AuditCheckRow.asked_at)
    return tx.session.scalar(query.limit(1))


def ask(tx: Tx, *, audit: str) -> UUID:
    """Ask for a walk; one that is waited for already is not asked for twice."""
    waiting = find_waiting(tx)
    if waiting is not None:
        return waiting
    row = AuditCheckRow(asked_at=tx.now, asked_by=tx.actor.user_id)
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "audit", str(row.id)))
    return row.id


def record(tx: Tx, check_id: UUID, found: Found) -> None:
    """Write down what a walk found."""
    row = tx.session.get_one(AuditCheckRow, check_id)
    row.done_at, row.lines = tx.now, found.lines
    row.faults = [_told(sentence) for sentence in found.faults]
    row.checkpoint, row.checkpoint_at = found.checkpoint, found.checkpoint_at
    row.copied, row.copy_fault = found.copied, found.copy_fault


def _told(sentence: str) -> dict[str, Any]:
    return {"sentence": sentence}


def find_newest_checkpoint(tx: Tx) -> int:
    """Return the highest number of a checkpoint that a walk was held against, 0 when none ever was."""
    return tx.session.scalar(select(func.max(AuditCheckRow.checkpoint))) or 0


def find_copied(tx: Tx) -> int:
    """Return the highest number of a checkpoint whose copy lay at the other address when a walk was written down."""
    return tx.session.scalar(select(func.max(AuditCheckRow.copied))) or 0


def list_checks(tx: Tx, limit: int) -> Sequence[Check]:
    """Return the newest walks, the newest first."""
    query = select(AuditCheckRow).order_by(AuditCheckRow.asked_at.desc()).limit(limit)
    return [_check(row) for row in tx.session.scalars(query)]


def _check(row: AuditCheckRow) -> Check:
    faults = None if row.faults is None else [each["sentence"] for each in row.faults]
    kept = (row.checkpoint, row.checkpoint_at, row.copied, row.copy_fault)
    return Check(row.id, row.asked_at, row.done_at, row.lines, faults, *kept)
