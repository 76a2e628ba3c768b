"""What people chose to say of themselves, sealed with each person's key; what is taken back is wiped."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.characteristics import Kept, Said
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_many, seal_for
from app.store.session import Tx
from app.store.tables_characteristics import CharacteristicRow as Row


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom, kept by which team, and who said it: person or link-worker."""

    person_id: UUID
    team_id: UUID
    said_by: str


def record(tx: Tx, whose: Whose, question: str, said: Said, *, audit: str) -> None:
    """Write an answer in the place of the one before; an empty one wipes it. The audit tells the question alone."""
    person_id, said_by = whose.person_id, whose.said_by
    theirs = (Row.person_id == person_id, Row.team_id == whose.team_id, Row.question == question)
    row = tx.session.scalars(select(Row).where(*theirs).with_for_update()).first()
    if row is None:
        row = Row(id=uuid4(), person_id=person_id, team_id=whose.team_id, question=question)
    text = None if said.is_empty else json.dumps({"codes": said.codes, "words": said.words})
    row.said = seal_for(tx, person_id, Cell("person_characteristic", "said", row.id), text)
    row.said_by, row.recorded_by, row.recorded_at = said_by, tx.actor.user_id, tx.now
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "person characteristic", str(row.id), person_id, {"question": question}))


def list_of_person(tx: Tx, person_id: UUID, *, team_id: UUID, audit: str) -> Sequence[Kept]:
    """Return what one team keeps of a person's answers, as far as the actor may see them."""
    query = select(Row).where(Row.person_id == person_id, Row.team_id == team_id, Row.said.is_not(None))
    rows = tx.session.scalars(query.order_by(Row.question)).all()
    tx.audit(Entry(audit, "person characteristic", str(person_id), person_id, {"count": len(rows)}))
    return [Kept(row.question, said, row.said_by, row.recorded_at) for row, said in _opened(tx, rows)]


def codes_of(
    tx: Tx, person_ids: Collection[UUID], *, audit: str
) -> Mapping[str, Mapping[UUID, tuple[str, ...]]]:
    """Return by question what each of many people answered, their newest word; for a count: no words of their own."""
    rows = tx.session.scalars(
        select(Row)
        .where(among(Row.person_id, set(person_ids)), Row.said.is_not(None))
        .order_by(Row.recorded_at)
    ).all()
    tx.audit(Entry(audit, "person characteristic", "many", None, {"count": len(rows)}))
    found: dict[str, dict[UUID, tuple[str, ...]]] = {}
    for row, said in _opened(tx, rows):
        found.setdefault(row.question, {})[row.person_id] = said.codes
    return found


def _opened(tx: Tx, rows: Sequence[Row]) -> list[tuple[Row, Said]]:
    cells = [(row.person_id, Cell("person_characteristic", "said", row.id), row.said) for row in rows]
    told = [json.loads(text or "{}") for text in open_many(tx, cells)]
    return [
        (row, Said(tuple(each.get("codes", ())), each.get("words", "")))
        for row, each in zip(rows, told, strict=True)
    ]
