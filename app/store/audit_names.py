"""Names that people without an account typed or told, sealed beside the audit: the chain keeps where, never who.

A row can be removed when nobody may be named any more, and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from app.domain.access import Actor
from app.store.crypto import Cell, Cipher
from app.store.tables_keys import AuditNameRow

# Of one transaction's lines, which stand beside each other in one chain: a name there may be of several people's lines.
_NEAR = 5000
_REMOVE_ABOUT = text("""delete from audit_name n using (
        select (a.detail->>'named')::uuid as id, min(a.shard) as shard, min(a.number) as first, max(a.number) as last
        from audit_event a where a.person_id = :person and a.detail->>'named' is not null group by 1) mine
    where n.id = mine.id and not exists (
        select 1 from audit_event b where b.shard = mine.shard
        and b.number between mine.first - :near and mine.last + :near
        and b.person_id <> :person and b.detail->>'named' = mine.id::text)""")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of an organisation who has no account there."""

    organisation_id: UUID | None
    name: str

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """Return whom an actor names; nobody's name is empty."""
        return cls(actor.organisation_id, actor.named or "")


def add(session: Session, cipher: Cipher, actors: Iterable[Actor]) -> Mapping[Named, UUID]:
    """Keep the names of a transaction's actors, each once, and return where they lie."""
    found = {Named.of(actor): uuid4() for actor in actors if actor.named}
    if found:
        session.execute(insert(AuditNameRow), [_row(cipher, *each) for each in found.items()])
    return found


def _row(cipher: Cipher, named: Named, name_id: UUID) -> dict[str, object]:
    key = cipher.new_data_key(name_id)
    return {
        "id": name_id,
        "organisation_id": named.organisation_id,
        "data_key": key.wrapped,
        "key_id": key.key_id,
        "name": cipher.seal(key, Cell("audit_name", "name", name_id), named.name),
    }


def list_names(session: Session, cipher: Cipher, name_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names that lie there and that the actor may see; what was removed is left out."""
    rows = session.scalars(select(AuditNameRow).where(AuditNameRow.id.in_(set(name_ids)))).all()
    keys = {row.id: cipher.unwrap(row.id, row.data_key, row.key_id) for row in rows}
    cell = {row.id: Cell("audit_name", "name", row.id) for row in rows}
    return {row.id: cipher.open_text(keys[row.id], cell[row.id], row.name) or "" for row in rows}


def remove_about(session: Session, person_id: UUID) -> None:
    """Remove the names of whoever helped a person who is erased, unless the same step was about others too."""
    session.execute(_REMOVE_ABOUT, {"person": person_id, "near": _NEAR})


def remove_of(session: Session, organisation_id: UUID) -> None:
    """Remove every name that an organisation's people typed; the chain's lines stay and say only where it lay."""
    session.execute(delete(AuditNameRow).where(AuditNameRow.organisation_id == organisation_id))
