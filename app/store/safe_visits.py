"""Visits that safe links open: found by the digest of their cookie, held while somebody types the six digits."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.store.crypto import code_digest
from app.store.links import Link
from app.store.session import Tx
from app.store.tables_safe_links import LinkVisitRow

_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to one offer; nothing of it is shown before `opened_at`, when the six digits were right."""

    id: UUID
    placement_id: UUID
    organisation_id: UUID
    helper_id: UUID
    codes_sent: int
    tries: int
    opened_at: datetime | None
    named: str | None
    expires_at: datetime
    was_ended: bool = False  # by its holder, or with all links of the group

    @property
    def actor(self) -> Actor:
        """As whom its holder acts: the provider, with this one placement and nothing else."""
        return Actor(
            Role.PROVIDER,
            self.organisation_id,
            process=f"provider-link:{self.id}",
            placement_id=self.placement_id,
            named=self.named,
        )


def add(tx: Tx, token: str, link: Link, *, life: timedelta) -> Visit:
    """Write a visit that waits for its digits; of its cookie's token only the digest."""
    if link.helper_id is None:
        raise ValueError("The link of a visit has a helper.")
    row = LinkVisitRow(
        id=uuid4(),
        token_hash=code_digest(token),
        link_id=link.id,
        placement_id=link.subject_id,
        organisation_id=link.organisation_id,
        helper_id=link.helper_id,
        started_at=tx.now,
        codes_sent=0,
        tries=0,
        expires_at=tx.now + life,
    )
    tx.session.add(row)
    tx.session.flush()
    return _visit(row)


def find(tx: Tx, token: str) -> Visit | None:
    """Return the visit of a cookie; None when there is none, or it has ended."""
    row = tx.session.scalars(
        select(LinkVisitRow).where(LinkVisitRow.token_hash == code_digest(token))
    ).first()
    return None if row is None or row.ended_at is not None or row.expires_at <= tx.now else _visit(row)


def find_any(tx: Tx, token: str) -> Visit | None:
    """Return the visit of a cookie, ended as it may be; None when there never was one."""
    row = tx.session.scalars(
        select(LinkVisitRow).where(LinkVisitRow.token_hash == code_digest(token))
    ).first()
    return None if row is None else _visit(row)


def record_code(tx: Tx, visit: Visit, token: str, digits: str, *, life: timedelta) -> None:
    """Keep what six digits are checked by: a stolen table tells nothing of them, because the cookie is their key."""
    row = _row(tx, visit.id)
    row.code_hash, row.code_until = _digest(token, digits), tx.now + life
    row.codes_sent += 1


def record_try(tx: Tx, visit: Visit, token: str, digits: str, *, most: int) -> bool:
    """Count a try, one at a time; tell whether the digits are right, in a time that says nothing about them."""
    row = _row(tx, visit.id)
    if row.tries >= most or row.ended_at is not None:
        return False
    row.tries += 1
    fits = hmac.compare_digest(row.code_hash or b"", _digest(token, digits))
    return fits and row.code_until is not None and row.code_until > tx.now


def tries_of(tx: Tx, visit: Visit) -> int:
    """Return how many codes were tried in a visit."""
    return _row(tx, visit.id).tries


def record_opened(tx: Tx, visit: Visit, token: str, *, named: str, life: timedelta) -> Visit:
    """Open a visit under a new token, so that a cookie from before the digits opens nothing."""
    row = _row(tx, visit.id)
    row.token_hash, row.code_hash, row.code_until = code_digest(token), None, None
    row.opened_at, row.expires_at, row.named = tx.now, tx.now + life, named
    tx.session.flush()
    return _visit(row)


def record_step(tx: Tx, visit: Visit, *, life: timedelta, longest: timedelta) -> Visit:
    """Let a visit go on for `life` from now, and no longer than `longest` from the right digits; within a minute
    nothing is written."""
    if visit.opened_at is None:
        return visit
    until = min(tx.now + life, visit.opened_at + longest)
    if until - visit.expires_at < _TOUCH:
        return visit
    row = _row(tx, visit.id)
    row.expires_at = until
    return _visit(row)


def record_ended(tx: Tx, visit_id: UUID) -> None:
    """End a visit."""
    row = _row(tx, visit_id)
    if row.ended_at is None:
        row.ended_at = tx.now


def _digest(token: str, digits: str) -> bytes:
    return hmac.digest(token.encode(), digits.encode(errors="replace"), hashlib.sha256)


def _row(tx: Tx, visit_id: UUID) -> LinkVisitRow:
    return tx.session.get_one(LinkVisitRow, visit_id, with_for_update=True, populate_existing=True)


def _visit(row: LinkVisitRow) -> Visit:
    return Visit(
        id=row.id,
        placement_id=row.placement_id,
        organisation_id=row.organisation_id,
        helper_id=row.helper_id,
        codes_sent=row.codes_sent,
        tries=row.tries,
        opened_at=row.opened_at,
        named=row.named,
        expires_at=row.expires_at,
        was_ended=row.ended_at is not None,
    )
