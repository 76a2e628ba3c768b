"""Several use cases as one: in a single transaction, that is kept whole, taken back whole, or only rehearsed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.domain.access import Actor, system
from app.store.session import Database, Tx, conflicts_told


class Joined(Database):
    """The database as use cases inside another's transaction have it: each sees what the one before it did.

    Constraints, rules and row-level security speak at each. A row that one of them locked stays locked to the end
    of all, and audit lines and wake-up calls are those of all together.
    """

    def __init__(self, db: Database, held: Tx):
        super().__init__(db.engine, cipher=db.cipher, clock=db.clock, wake=db.wake)
        self._held = held
        self.names, self.measures = db.names, db.measures

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Tx]:
        """Run a use case; raises what it would raise alone, and nothing of it stays then."""
        session = self._held.session
        try:
            with conflicts_told(), session.begin_nested():
                tx = replace(self._held, actor=actor, now=self.clock(), audited=[], outgoing=[])
                tx.enter_scope()
                yield tx
                session.flush()
        finally:
            session.expunge_all()  # what one actor was shown is not shown to the next
        self._held.audited.extend(tx.audited)
        self._held.outgoing.extend(tx.outgoing)


@contextmanager
def joined(db: Database, actor: Actor) -> Iterator[Joined]:
    """Begin; whatever was done when the block ends well stays, and nothing when it does not. Joins may be nested."""
    if isinstance(db, Joined):
        yield db
        return
    with db.transaction(actor) as tx:
        yield Joined(db, tx)
        tx.enter_scope()


class _Undo(Exception):
    """Takes back what went well."""


@contextmanager
def rehearsed(db: Database) -> Iterator[Joined]:
    """Begin; whatever was done by then is undone when the block ends: rows, audit and wake-up calls are none."""
    try:
        with joined(db, system("rehearsal")) as rehearsal:
            yield rehearsal
            raise _Undo
    except _Undo:
        return
