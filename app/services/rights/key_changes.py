"""Changes the key that wraps all others, without stopping: a new one on the ring, then every data key wrapped by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.domain.access import system
from app.store import key_changes
from app.store.audit import Entry
from app.store.session import Database

_CHANGER: Final = system("change keys")


def count_by_key(db: Database) -> Mapping[str, int]:
    """Return how many data keys each key of the ring wraps: one that wraps none can be taken off it."""
    with db.transaction(_CHANGER) as tx:
        return key_changes.count_by_key(tx)


def rewrap_all(db: Database, *, tell: Callable[[str, int], None] = lambda *_: None) -> int:
    """Wrap every data key by the active key and return how many were; each batch is its own transaction.

    It may be stopped at any moment and begun again: what is done stays done. `tell` hears of each batch (table, count).
    Raises KeyProblem when a key that is needed is not on the ring.
    """
    done = 0
    for table in key_changes.keyed_tables():
        while count := _batch(db, table):
            done += count
            tell(table, count)
    with db.transaction(_CHANGER) as tx:
        tx.audit(Entry("change keys", "key ring", tx.cipher.active_key, None, {"count": done}))
    return done


def _batch(db: Database, table: str) -> int:
    with db.transaction(_CHANGER) as tx:
        return key_changes.rewrap_batch(tx, table)
