"""Blockages as written, sealed; for whose referral stands in a table of its own, which the team alone can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select

from app.domain.blockages import Blockage, Theme, Told
from app.domain.errors import NotFound
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow
from app.store.tables_stewardship import BlockageReferralRow, BlockageRow

MOST = 500


def add(tx: Tx, told: Told, *, organisation_id: UUID, written_by: UUID | None) -> UUID:
    """Write a blockage, sealed under a key of its own."""
    blockage_id = uuid4()
    key = tx.cipher.new_data_key(blockage_id)
    tx.session.add(
        BlockageRow(
            id=blockage_id,
            organisation_id=organisation_id,
            written_by=written_by,
            theme=told.theme,
            area=told.area,
            data_key=key.wrapped,
            key_id=key.key_id,
            words=tx.cipher.seal(key, Cell("blockage", "words", blockage_id), told.words),
            written_at=tx.now,
        )
    )
    tx.session.flush()
    return blockage_id


def add_referral(tx: Tx, blockage_id: UUID, referral_id: UUID) -> None:
    """Write for whose referral it was; as the platform."""
    tx.session.add(BlockageReferralRow(blockage_id=blockage_id, referral_id=referral_id))
    tx.session.flush()


def hold_waiting(tx: Tx, organisation_id: UUID, referral_id: UUID | None) -> Sequence[tuple[UUID, Told]]:
    """Return what an organisation wrote of one referral (None: of none) and nobody has looked at, as the platform.

    Until the transaction ends nobody else writes a blockage for the organisation.
    """
    key = func.hashtextextended(f"blockage {organisation_id}", 0)
    tx.session.execute(select(func.pg_advisory_xact_lock(key)))
    row, link = BlockageRow, BlockageReferralRow
    waiting = (row.organisation_id == organisation_id, row.looked_at.is_(None), row.taken_back_at.is_(None))
    query = select(row).outerjoin(link, link.blockage_id == row.id).where(*waiting)
    query = query.where(link.referral_id.is_not_distinct_from(referral_id))
    return [
        (each.id, Told(Theme(each.theme), each.area, _words(tx, each))) for each in tx.session.scalars(query)
    ]


def list_seen(
    tx: Tx, *, since: datetime | None = None, referral_id: UUID | None = None
) -> Sequence[Blockage]:
    """Return what the actor may see and nobody took back, newest first; of one referral for its team."""
    row, link = BlockageRow, BlockageReferralRow
    query = (
        select(row, OrganisationRow.name, ReferralRow.id, ReferralRow.reference)
        .join(OrganisationRow, OrganisationRow.id == row.organisation_id)
        .outerjoin(link, link.blockage_id == row.id)
        .outerjoin(ReferralRow, ReferralRow.id == link.referral_id)
        .where(row.taken_back_at.is_(None))
        .order_by(row.written_at.desc(), row.id)
        .limit(MOST)
    )
    if since is not None:
        query = query.where(row.written_at >= since)
    if referral_id is not None:
        query = query.where(link.referral_id == referral_id)
    tx.audit(Entry("read blockages", "blockage", str(referral_id or "list")))
    return [_blockage(tx, *found) for found in tx.session.execute(query)]


def record_taken_back(tx: Tx, blockage_id: UUID) -> None:
    """Take a blockage back that the actor's own organisation wrote. Raises NotFound."""
    row = _row(tx, blockage_id)
    if row.organisation_id != tx.actor.organisation_id:
        raise NotFound
    row.taken_back_at = tx.now
    tx.audit(Entry("take back blockage", "blockage", str(blockage_id)))


def record_looked_at(tx: Tx, blockage_id: UUID, done: str | None) -> None:
    """Write what was done about it; None says that nobody has looked at it after all. Raises NotFound."""
    row = _row(tx, blockage_id)
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    row.done = tx.cipher.seal(key, Cell("blockage", "done", row.id), done) if done else None
    row.looked_at = tx.now if done else None
    row.looked_by = tx.actor.user_id if done else None
    tx.audit(Entry("look at blockage" if done else "look again at blockage", "blockage", str(blockage_id)))


def _row(tx: Tx, blockage_id: UUID) -> BlockageRow:
    row = tx.session.get(BlockageRow, blockage_id, with_for_update=True, populate_existing=True)
    if row is None or row.taken_back_at is not None:
        raise NotFound
    return row


def _blockage(
    tx: Tx, row: BlockageRow, organisation: str, referral_id: UUID | None, reference: str | None
) -> Blockage:
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    return Blockage(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=organisation,
        theme=Theme(row.theme),
        area=row.area,
        words=_words(tx, row),
        written_at=row.written_at,
        looked_at=row.looked_at,
        done=tx.cipher.open_text(key, Cell("blockage", "done", row.id), row.done),
        referral_id=referral_id,
        referral_reference=reference,
    )


def _words(tx: Tx, row: BlockageRow) -> str:
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    return tx.cipher.open_text(key, Cell("blockage", "words", row.id), row.words) or ""
