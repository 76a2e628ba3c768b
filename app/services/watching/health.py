"""How the platform is: whether it can serve, and how the loop fares, in counts and never in names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import NotFound
from app.domain.vocabulary import Role
from app.services.shown.seen import Page
from app.store import loop
from app.store.audit import Entry
from app.store.loop import LoopHealth, LoopLine
from app.store.migrate import is_current
from app.store.session import Database, is_away


@dataclass(frozen=True, slots=True)
class Readiness:
    """Which parts answer; the queue only wakes the carriers, so that its absence slows and never stops."""

    database: bool
    migrated: bool
    queue: bool

    @property
    def is_ready(self) -> bool:
        """True when requests can be served."""
        return self.database and self.migrated


def readiness(database_url: str, ask_queue: Callable[[], object]) -> Readiness:
    """Ask the parts; `ask_queue` raises when the queue is away."""
    queue = _answers(ask_queue)
    try:
        return Readiness(database=True, migrated=is_current(database_url), queue=queue)
    except Exception as fault:
        if not is_away(fault):
            raise
        return Readiness(database=False, migrated=False, queue=queue)


def find_loop_health(db: Database) -> LoopHealth | None:
    """Return the loop's numbers, None while the database is away."""
    try:
        with db.transaction(system("metrics")) as tx:
            return loop.loop_health(tx)
    except Exception as fault:
        if not is_away(fault):
            raise
        return None


def list_behind(db: Database, actor: Actor, step: str, *, has: bool, page: int) -> Page[LoopLine]:
    """Return the referrals behind one of the four rates, for the steward: references and organisations alone.

    `step` is one of `loop.STEPS`; `has` chooses those that have reached it. Raises NotFound for another step.
    """
    check_acts_as(actor, Role.STEWARD)
    if step not in loop.STEPS:
        raise NotFound
    with db.transaction(actor) as tx:
        tx.audit(
            Entry("list referrals behind a rate", "referral", "many", None, {"step": step, "has": str(has)})
        )
    with db.transaction(system("loop health")) as tx:
        found = loop.loop_health(tx)
        reached: int = getattr(found, step)
        lines = loop.list_lines(tx, step, has=has, page=page)
        return Page(lines, reached if has else found.referrals - reached, page, loop.PAGE)


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Exception:  # whatever the reason, it did not answer
        return False
    return True
