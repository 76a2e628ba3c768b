"""The database as it stood at one moment, for as long as somebody reads through all of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.access import Actor
from app.store.session import Database, Tx


class Snapshot(Database):
    """Gives every transaction the same, held open: what is committed meanwhile does not show.

    The audit's lines of its reads wait in the Tx for whoever holds it, and are not written here: the end of the
    chain, as a snapshot shows it, is not its end.
    """

    def __init__(self, db: Database):
        still = db.engine.execution_options(isolation_level="REPEATABLE READ")
        super().__init__(still, cipher=db.cipher, clock=db.clock, wake=db.wake)
        self.names, self.public_url, self.measures = db.names, db.public_url, db.measures
        self._held: Tx | None = None

    @contextmanager
    def hold(self, actor: Actor) -> Iterator[Tx]:
        """Open the one transaction, for one actor."""
        with super().transaction(actor) as tx:
            self._held = tx
            try:
                yield tx
            finally:
                self._held = None
                tx.audited.clear()

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Tx]:
        """Give the transaction that is held; raises RuntimeError when none is, or another actor's."""
        if self._held is None or self._held.actor != actor:
            raise RuntimeError("a snapshot is read by the actor who holds it")
        yield self._held
