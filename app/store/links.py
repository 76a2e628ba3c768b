"""The links that stand in e-mails: found by the digest of their code, and held while somebody acts through one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.store.crypto import code_digest
from app.store.session import Tx
from app.store.tables_mail import LinkRow


@dataclass(frozen=True, slots=True)
class Link:
    """What a link opens: `purpose` says which page, `subject_id` what on it; it acts for one organisation."""

    id: UUID
    purpose: str
    subject_id: UUID
    organisation_id: UUID
    expires_at: datetime
    helper_id: UUID | None = None  # of a safe link: whose it is

    @property
    def actor(self) -> Actor:
        """As whom its holder acts: the organisation, with no person's name beside it."""
        return Actor(Role.PROVIDER, self.organisation_id, process=f"link:{self.id}")


def add(tx: Tx, code: str, link: Link) -> None:
    """Write a link; of its code only the digest."""
    tx.session.add(
        LinkRow(
            id=link.id,
            code_hash=code_digest(code),
            purpose=link.purpose,
            subject_id=link.subject_id,
            organisation_id=link.organisation_id,
            created_at=tx.now,
            expires_at=link.expires_at,
            helper_id=link.helper_id,
        )
    )
    tx.session.flush()


def find_alive(tx: Tx, code: str, purpose: str) -> Link | None:
    """Return the link of a code; None when it is unknown, used, revoked, too old, or for something else."""
    row = tx.session.scalars(select(LinkRow).where(LinkRow.code_hash == code_digest(code))).first()
    return None if row is None or row.purpose != purpose else _link(tx, row)


def find_any(tx: Tx, code: str, purpose: str) -> Link | None:
    """Return what a code was made for, used or ended as it may be; None when there was never such a link."""
    row = tx.session.scalars(select(LinkRow).where(LinkRow.code_hash == code_digest(code))).first()
    return None if row is None or row.purpose != purpose else _read(row)


def record_try(tx: Tx, link_id: UUID, *, most: int, within: timedelta) -> bool:
    """Count one form sent through a link; False when there were too many of late."""
    row = tx.session.get_one(LinkRow, link_id, with_for_update=True, populate_existing=True)
    if row.tries_since is None or tx.now - row.tries_since >= within:
        row.tries, row.tries_since = 0, tx.now
    if row.tries >= most:
        return False
    row.tries += 1
    return True


def record_used(tx: Tx, link_id: UUID) -> bool:
    """Use a link up; False when somebody was faster, or it has been revoked."""
    row = tx.session.get_one(LinkRow, link_id, with_for_update=True, populate_existing=True)
    if _link(tx, row) is None:
        return False
    row.used_at = tx.now
    return True


def revoke(tx: Tx, subject_id: UUID, purpose: str) -> None:
    """End every link of a purpose to a thing."""
    theirs = (LinkRow.subject_id == subject_id, LinkRow.purpose == purpose)
    still_good = (LinkRow.used_at.is_(None), LinkRow.revoked_at.is_(None))
    tx.session.execute(update(LinkRow).where(*theirs, *still_good).values(revoked_at=tx.now))


def _link(tx: Tx, row: LinkRow) -> Link | None:
    if row.used_at is not None or row.revoked_at is not None or row.expires_at <= tx.now:
        return None
    return _read(row)


def _read(row: LinkRow) -> Link:
    return Link(row.id, row.purpose, row.subject_id, row.organisation_id, row.expires_at, row.helper_id)
