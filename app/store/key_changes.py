"""Wraps every data key anew, by the key that is active now: in batches, while everybody goes on reading and writing.

Only wrapped keys are written; nothing that is sealed with them changes. A key is read together with the name of what it
is wrapped by, in one row, so a reader finds either the old pair or the new one, and the ring opens both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table, func, select, text

from app.store.crypto import OF_INTAKE, OF_PERSON
from app.store.every_table import METADATA
from app.store.session import Tx

BATCH: Final = 500
# One statement for all of them; the names are those of our own tables.
_ANEW: Final = (
    "update {table} set data_key = anew.data_key, key_id = anew.key_id from unnest(cast(:owners as uuid[]), "
    "cast(:keys as bytea[]), cast(:names as text[])) anew(whose, data_key, key_id) where {owner} = anew.whose"
)


def keyed_tables() -> list[str]:
    """Return the names of all tables that keep wrapped keys."""
    return [
        name for name, table in METADATA.tables.items() if {"data_key", "key_id"} <= set(table.columns.keys())
    ]


def count_by_key(tx: Tx) -> Mapping[str, int]:
    """Return how many data keys each key-encryption key wraps; a person's own key and the intake's are none."""
    counts: dict[str, int] = {}
    for table in (METADATA.tables[name] for name in keyed_tables()):
        by_key = select(table.c.key_id, func.count()).where(_is_on_the_ring(table)).group_by(table.c.key_id)
        for key_id, count in tx.session.execute(by_key):
            counts[key_id] = counts.get(key_id, 0) + count
    return counts


def rewrap_batch(tx: Tx, name: str, *, limit: int = BATCH) -> int:
    """Wrap some of a table's data keys by the active key and return how many; 0 when none is left.

    Rows that somebody else holds are passed over and come with a later batch.
    """
    table, active = METADATA.tables[name], tx.cipher.active_key
    (whose,) = table.primary_key
    old = (_is_on_the_ring(table), table.c.key_id != active)
    query = select(whose, table.c.data_key, table.c.key_id).where(*old).limit(limit)
    rows = tx.session.execute(query.with_for_update(skip_locked=True)).all()
    keys = tx.cipher.rewrap_many([(owner_id, wrapped, key_id) for owner_id, wrapped, key_id in rows])
    if rows:
        values = {
            "owners": [row[0] for row in rows],
            "keys": [key.wrapped for key in keys],
            "names": [key.key_id for key in keys],
        }
        tx.session.execute(text(_ANEW.format(table=name, owner=whose.name)), values)
    return len(rows)


def _is_on_the_ring(table: Table) -> Any:
    return table.c.key_id.not_in((OF_PERSON, OF_INTAKE))
