"""Visits of people's own pages: of the browser's secret only the digest, good for one link, ended for every copy."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from app.store.crypto import code_digest
from app.store.person_links import PersonLink
from app.store.session import Tx
from app.store.tables_person_links import OwnVisitRow

_TOUCH = timedelta(minutes=1)  # a visit is written to at most once a minute


def add(tx: Tx, token: str, link: PersonLink, *, life: timedelta) -> None:
    """Write a visit of a link; those that are over are of no use to anybody, and go."""
    tx.session.execute(delete(OwnVisitRow).where(OwnVisitRow.expires_at <= tx.now))
    tx.session.add(
        OwnVisitRow(
            id=uuid4(),
            token_hash=code_digest(token),
            person_id=link.person_id,
            link_id=link.id,
            begun_at=tx.now,
            expires_at=tx.now + life,
        )
    )
    tx.session.flush()


def find_link(tx: Tx, token: str) -> UUID | None:
    """Return the link that a secret opens now, None when it opens nothing (any more)."""
    row = _alive(tx, token)
    return row.link_id if row else None


def step(tx: Tx, token: str, *, life: timedelta, longest: timedelta) -> None:
    """Let a visit go on for `life` from now, and no longer than `longest` from its beginning."""
    row = _alive(tx, token)
    if row is None:
        return
    until: datetime = min(tx.now + life, row.begun_at + longest)
    if until - row.expires_at >= _TOUCH:
        row.expires_at = until


def end(tx: Tx, token: str) -> UUID | None:
    """End a visit; return whose link it was of, None when there was none to end."""
    good = (OwnVisitRow.token_hash == code_digest(token), OwnVisitRow.ended_at.is_(None))
    done = update(OwnVisitRow).where(*good).values(ended_at=tx.now).returning(OwnVisitRow.link_id)
    return tx.session.scalars(done).first()


def _alive(tx: Tx, token: str) -> OwnVisitRow | None:
    good = (OwnVisitRow.ended_at.is_(None), OwnVisitRow.expires_at > tx.now)
    query = select(OwnVisitRow).where(OwnVisitRow.token_hash == code_digest(token), *good)
    return tx.session.scalars(query).first()
