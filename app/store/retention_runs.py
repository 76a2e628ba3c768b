"""The daily look for records whose time is over: whose turn it is, and what it found, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from app.store.session import LONDON, Tx
from app.store.tables_retention import RetentionRunRow

_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(7243011)")


@dataclass(frozen=True, slots=True)
class Run:
    """One look: how many records were looked at, and how many were put on the list."""

    ran_at: datetime
    looked_at: int
    listed: int


def take_turn(tx: Tx) -> bool:
    """Tell whether it is time for today's look and nobody else has it in hand; the turn ends with the transaction."""
    if not tx.session.scalar(_ONE_AT_A_TIME):
        return False
    last = find_last(tx)  # after the turn was taken: whoever had it a moment ago has written theirs
    return last is None or last.ran_at.astimezone(LONDON).date() < tx.today


def find_last(tx: Tx) -> Run | None:
    """Return the newest look; None before the first."""
    row = tx.session.scalars(select(RetentionRunRow).order_by(RetentionRunRow.ran_at.desc()).limit(1)).first()
    return None if row is None else Run(row.ran_at, row.looked_at, row.listed)


def add(tx: Tx, *, looked_at: int, listed: int) -> None:
    """Write down what a look found."""
    tx.session.add(RetentionRunRow(ran_at=tx.now, looked_at=looked_at, listed=listed))
    tx.session.flush()
