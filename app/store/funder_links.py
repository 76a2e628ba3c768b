"""Links that show one frozen pack to one funder: found by the digest of their code, counted when they are opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.domain.errors import NotFound
from app.store.crypto import code_digest
from app.store.session import Tx
from app.store.tables_stories import FunderLinkRow

PAGE = 20


@dataclass(frozen=True, slots=True)
class FunderLink:
    """What a funder is shown, for how long, and how often they looked; `pack` is app.domain.pack_frozen's data."""

    id: UUID
    organisation_id: UUID
    title: str
    funder: str
    pack: Mapping[str, Any]
    story_ids: tuple[UUID, ...]
    made_at: datetime
    until_on: date
    revoked_at: datetime | None = None
    opened: int = 0
    opened_at: datetime | None = None

    def is_alive(self, today: date) -> bool:
        """Whether it still opens."""
        return self.revoked_at is None and today <= self.until_on


def add(tx: Tx, code: str, link: FunderLink) -> None:
    """Write a link; of its code only the digest."""
    tx.session.add(
        FunderLinkRow(
            id=link.id,
            organisation_id=link.organisation_id,
            title=link.title,
            funder=link.funder,
            code_hash=code_digest(code),
            pack=dict(link.pack),
            story_ids=list(link.story_ids),
            made_by=tx.actor.user_id,
            made_at=link.made_at,
            until_on=link.until_on,
        )
    )
    tx.session.flush()


def find_alive(tx: Tx, code: str) -> FunderLink | None:
    """Return the link of a code; None when it is unknown, revoked or past its last day."""
    row = tx.session.scalars(
        select(FunderLinkRow).where(FunderLinkRow.code_hash == code_digest(code))
    ).first()
    link = None if row is None else _link(row)
    return link if link is not None and link.is_alive(tx.today) else None


def list_alive(tx: Tx) -> Sequence[FunderLink]:
    """Return the links of the actor's organisation that still open."""
    row = FunderLinkRow
    own = (
        row.organisation_id == tx.actor.organisation_id,
        row.revoked_at.is_(None),
        row.until_on >= tx.today,
    )
    return [_link(each) for each in tx.session.scalars(select(row).where(*own).order_by(row.made_at, row.id))]


def record_opened(tx: Tx, link_id: UUID) -> None:
    """Count one more look."""
    row = FunderLinkRow
    looked = {"opened": row.opened + 1, "opened_at": tx.now}
    tx.session.execute(update(row).where(row.id == link_id).values(looked))


def list_page(tx: Tx, *, page: int) -> tuple[Sequence[FunderLink], int]:
    """Return a page of the links of the actor's organisation, newest first, and how many there are."""
    own = FunderLinkRow.organisation_id == tx.actor.organisation_id
    total = tx.session.scalar(select(func.count()).select_from(FunderLinkRow).where(own)) or 0
    order = (FunderLinkRow.made_at.desc(), FunderLinkRow.id)
    query = select(FunderLinkRow).where(own).order_by(*order).limit(PAGE).offset(PAGE * (page - 1))
    return [_link(row) for row in tx.session.scalars(query)], total


def record_revoked(tx: Tx, link_id: UUID) -> None:
    """End a link of the actor's organisation; once more changes nothing. Raises NotFound."""
    row = tx.session.get(FunderLinkRow, link_id, with_for_update=True, populate_existing=True)
    if row is None or row.organisation_id != tx.actor.organisation_id:
        raise NotFound
    row.revoked_at = row.revoked_at or tx.now


def _link(row: FunderLinkRow) -> FunderLink:
    return FunderLink(
        id=row.id,
        organisation_id=row.organisation_id,
        title=row.title,
        funder=row.funder,
        pack=row.pack,
        story_ids=tuple(row.story_ids),
        made_at=row.made_at,
        until_on=row.until_on,
        revoked_at=row.revoked_at,
        opened=row.opened,
        opened_at=row.opened_at,
    )
