"""Erasing a person: their key destroyed, what was not sealed emptied, and the ledger of it, never changed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, String, Table, exists, func, or_, select, update

from app.domain.data_map import DataMap, Erased
from app.domain.lifecycle import OPEN_REFERRAL
from app.store import audit_names, cohort_people, gathering, person_keys
from app.store.audit import Entry
from app.store.every_table import METADATA
from app.store.session import Tx
from app.store.tables_care import ReferralRow
from app.store.tables_mail import MailRow
from app.store.tables_person_links import PersonLinkRow
from app.store.tables_rights import ErasureRow
from app.store.tables_safe_links import LinkVisitRow


@dataclass(frozen=True, slots=True)
class Erasure:
    """A line of the ledger: whose record, why (a rule of retention, or "asked"), when, and how many rows of what."""

    id: UUID
    person_id: UUID
    why: str
    erased_at: datetime
    rows: Mapping[str, int]


def has_open(tx: Tx, person_id: UUID) -> bool:
    """Tell whether help goes on for a person, or is still to begin."""
    theirs = (ReferralRow.person_id == person_id, ReferralRow.status.in_(OPEN_REFERRAL))
    return bool(tx.session.scalar(select(exists().where(*theirs))))


def erase(tx: Tx, found: DataMap, person_id: UUID, *, audit: str) -> Mapping[str, int] | None:
    """Destroy a person's key and empty what is not sealed by it; return how many rows of what table it was.

    None when that was done before. Raises NotFound for nobody.
    """
    if not person_keys.destroy(tx, person_id, audit=audit):
        return None
    return _empty_all(tx, found, person_id)


def erase_again(tx: Tx, found: DataMap, person_id: UUID, *, audit: str) -> Mapping[str, int]:
    """Do all of it again after a restore, whether or not the key came back too. Raises NotFound for nobody."""
    person_keys.destroy(tx, person_id, audit=audit)
    return _empty_all(tx, found, person_id)


def _empty_all(tx: Tx, found: DataMap, person_id: UUID) -> Mapping[str, int]:
    rows = count_rows(tx, found, person_id)
    paths = gathering.paths_of(tx, person_id)
    for entry in found.of_people():
        table = METADATA.tables[entry.name]
        theirs = table.c[entry.path or ""].in_(paths[entry.path or ""])
        for column in entry.columns.values():
            if column.erased is Erased.BLANK:
                _empty(tx, table, column.name, theirs)
    _end_messages(tx, person_id, paths)
    audit_names.remove_about(tx.session, person_id)
    cohort_people.forget(tx, paths["referral_id"])
    return rows


def count_rows(tx: Tx, found: DataMap, person_id: UUID) -> Mapping[str, int]:
    """Return how many rows are a person's, by table; a table without any is left out."""
    paths = gathering.paths_of(tx, person_id)
    rows: dict[str, int] = {}
    for entry in found.of_people():
        table = METADATA.tables[entry.name]
        theirs = table.c[entry.path or ""].in_(paths[entry.path or ""])
        if count := tx.session.scalar(select(func.count()).select_from(table).where(theirs)):
            rows[entry.name] = count
    return rows


def add(tx: Tx, person_id: UUID, *, why: str, rows: Mapping[str, int], audit: str) -> UUID:
    """Write a line of the ledger; its number is the certificate's."""
    row = ErasureRow(id=uuid4(), person_id=person_id, why=why, erased_at=tx.now, rows=dict(rows))
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "erasure", str(row.id), person_id, {"why": why}))
    return row.id


def list_all(tx: Tx) -> Sequence[Erasure]:
    """Return the ledger, the oldest line first."""
    lines = tx.session.scalars(select(ErasureRow).order_by(ErasureRow.erased_at, ErasureRow.id))
    return [Erasure(row.id, row.person_id, row.why, row.erased_at, row.rows) for row in lines]


def is_known(tx: Tx, erasure_id: UUID) -> bool:
    """Tell whether a line of the ledger is here: a restore takes newer ones away."""
    return tx.session.get(ErasureRow, erasure_id) is not None


def add_again(tx: Tx, line: Erasure) -> None:
    """Write a line that a restore took away, as it was."""
    values: dict[str, Any] = {"person_id": line.person_id, "why": line.why, "rows": dict(line.rows)}
    tx.session.add(ErasureRow(id=line.id, erased_at=line.erased_at, **values))
    tx.session.flush()


def _empty(tx: Tx, table: Table, name: str, theirs: Any) -> None:
    column = table.c[name]
    if isinstance(column.type, LargeBinary):
        nothing: Any = None
    else:
        nothing = "" if isinstance(column.type, String) else []
    tx.session.execute(update(table).where(theirs, column.is_not(None)).values({name: nothing}))


def _end_messages(tx: Tx, person_id: UUID, paths: Mapping[str, Sequence[UUID]]) -> None:
    """What is still to leave does not, no link of theirs opens anything, and no visit says who came by one."""
    about = or_(
        MailRow.referral_id.in_(paths["referral_id"]), MailRow.placement_id.in_(paths["placement_id"])
    )
    waits = (about, MailRow.sent_at.is_(None), MailRow.left_at.is_(None))
    gone = {"failed_at": tx.now, "left_at": tx.now, "body": None, "to_person": None}
    tx.session.execute(update(MailRow).where(*waits).values(**gone, last_error="held-back-erased"))
    tx.session.execute(update(MailRow).where(about).values(body=None, to_person=None))
    visits = LinkVisitRow.placement_id.in_(paths["placement_id"])
    tx.session.execute(update(LinkVisitRow).where(visits).values(named=None))
    links = (PersonLinkRow.person_id == person_id, PersonLinkRow.revoked_at.is_(None))
    tx.session.execute(update(PersonLinkRow).where(*links).values(revoked_at=tx.now))
