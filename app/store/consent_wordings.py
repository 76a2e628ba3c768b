"""The versions of the words by which people are asked, and how many people answered to each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.consent_wordings import SHIPPED, ConsentWording, Kind
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_care import ConsentRow
from app.store.tables_wordings import ConsentWordingRow


@dataclass(frozen=True, slots=True)
class Answered:
    """How many people said yes and how many said no; somebody who said both is in both."""

    yes: int = 0
    no: int = 0


def list_versions(tx: Tx, kind: Kind) -> Sequence[ConsentWording]:
    """Return every version of one kind, the newest first; the last is the one that came with the program."""
    query = (
        select(ConsentWordingRow, UserRow.full_name)
        .outerjoin(UserRow, UserRow.id == ConsentWordingRow.made_by)
        .where(ConsentWordingRow.kind == kind)
        .order_by(ConsentWordingRow.version.desc())
    )
    kept = [
        ConsentWording(kind, row.version, row.question, row.words, row.made_at, name)
        for row, name in tx.session.execute(query)
    ]
    return [*kept, SHIPPED[kind]]


def newest(tx: Tx, kind: Kind) -> ConsentWording:
    """Return the words of today, without who wrote them."""
    query = select(ConsentWordingRow).where(ConsentWordingRow.kind == kind)
    row = tx.session.scalars(query.order_by(ConsentWordingRow.version.desc()).limit(1)).first()
    if row is None:
        return SHIPPED[kind]
    return ConsentWording(kind, row.version, row.question, row.words, row.made_at)


def add(tx: Tx, wording: ConsentWording, *, audit: str) -> None:
    """Write a version; of two at once the database takes one."""
    row = ConsentWordingRow(
        kind=wording.kind,
        version=wording.version,
        question=wording.question,
        words=wording.words,
        made_at=tx.now,
        made_by=tx.actor.user_id,
    )
    tx.session.add(row)
    tx.session.flush()
    detail = {"kind": wording.kind.value, "version": wording.version}
    tx.audit(Entry(audit, "consent wording", wording.kind.value, None, detail))


def count_answered(tx: Tx, kind: Kind, *, audit: str) -> Mapping[int | None, Answered]:
    """Return by version how many people answered to it, None for words that were not ours; as the platform."""
    people = func.count(ConsentRow.person_id.distinct())
    query = (
        select(ConsentRow.wording, ConsentRow.given, people)
        .where(ConsentRow.kind == kind)
        .group_by(ConsentRow.wording, ConsentRow.given)
    )
    found: defaultdict[int | None, dict[str, int]] = defaultdict(dict)
    for version, given, number in tx.session.execute(query):
        found[version]["yes" if given else "no"] = number
    tx.audit(
        Entry(audit, "consent", kind.value, None, {"count": sum(sum(e.values()) for e in found.values())})
    )
    return {version: Answered(**numbers) for version, numbers in found.items()}
