"""The database as one that forgets: everything is done as it would be, and nothing stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.domain.access import Actor, system
from app.domain.errors import Conflict
from app.store.session import AlreadyThere, Database, Tx, is_duplicate


class _Undo(Exception):
    """Takes back what went well."""


class Rehearsal(Database):
    """Does all that use cases do inside one transaction that is taken back at its end.

    Constraints, rules and row-level security speak, and each use case sees what the one before it did; rows, audit
    and wake-up calls are none.
    """

    def __init__(self, db: Database):
        super().__init__(db.engine, cipher=db.cipher, clock=db.clock, wake=db.wake)
        self._held: Tx | None = None

    @contextmanager
    def hold(self) -> Iterator[Rehearsal]:
        """Begin; whatever was done by then is undone when the block ends."""
        try:
            with super().transaction(system("rehearsal")) as tx:
                self._held = tx
                yield self
                raise _Undo
        except _Undo:
            return
        finally:
            self._held = None

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Tx]:
        """Run a use case for what it says; raises what it would raise."""
        if self._held is None:
            raise RuntimeError("a rehearsal is held first")
        session = self._held.session
        try:
            with session.begin_nested():
                tx = replace(self._held, actor=actor, now=self.clock(), audited=[], outgoing=[])
                tx.enter_scope()
                yield tx
                session.flush()
        except StaleDataError as fault:
            raise Conflict("Somebody else has just changed this.") from fault
        except IntegrityError as fault:
            if is_duplicate(fault):
                raise AlreadyThere("The same was written a moment ago.") from fault
            raise
        finally:
            session.expunge_all()  # what one actor was shown is not shown to the next
