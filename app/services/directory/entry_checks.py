"""Is an entry still right? Asked by e-mail, answered by one tap, rung where nobody answers; words go to the steward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import FieldProblem, Invalid
from app.domain.place import PlaceRules
from app.domain.routing_evidence import STALE_AFTER_DAYS
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.services.directory.directory_entries import check_may_enter, confirm
from app.services.messages import links
from app.store import directory, entry_checks, place_rules
from app.store.audit import Entry
from app.store.entry_checks import Asked, Change
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task

STILL_RIGHT: Final = "still-right"  # the purpose of its links, and where they lead
TASK: Final = "entry-changed"
LONGEST_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class ToCheck:
    """What the steward sees to: what is said to have changed, and whom to ring about a stale entry."""

    changes: Sequence[Change]
    to_ring: Sequence[Asked]


def confirm_by_link(db: Database, code: str) -> None:
    """Say by a link that an entry is still right; it is used up. Raises LinkGone, TooOften."""
    link = links.knock(db, code, purpose=STILL_RIGHT)
    with db.transaction(link.actor) as tx:
        links.use_up(tx, link)
        confirm(tx, link.subject_id)


def report_by_link(db: Database, code: str, words: str) -> None:
    """Say by a link what has changed; it is used up. Raises LinkGone, TooOften, Invalid."""
    link = links.knock(db, code, purpose=STILL_RIGHT)
    with db.transaction(link.actor) as tx:
        _report(tx, link.subject_id, words)
        links.use_up(tx, link)


def report(db: Database, actor: Actor, service_id: UUID, words: str) -> None:
    """Say what is not right any more; the steward gets a task. Raises Invalid, NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        _report(tx, service_id, words)


def list_to_check(db: Database, actor: Actor, *, rules: PlaceRules | None = None) -> ToCheck:
    """Return the entries that wait for the steward."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        waited_since = tx.now - timedelta(days=place_rules.of(tx, rules).ring_after_days)
        to_ring = entry_checks.list_to_ring(
            tx, confirmed_before=stale_before(tx.today), waited_since=waited_since
        )
        tx.audit(Entry("list entries to check", "service", "stale"))
        return ToCheck(entry_checks.list_changes(tx), to_ring)


def settle(db: Database, actor: Actor, change_id: UUID) -> None:
    """Say that an entry is right again after what was said of it. Raises NotFound, Conflict when it was settled."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        service_id = entry_checks.record_settled(tx, change_id)
        confirm(tx, service_id)
        tx.audit(Entry("settle entry change", "service", str(service_id)))
        if not entry_checks.list_changes(tx):
            record_list_task(tx, TASK, is_waiting=False)


def stale_before(today: date) -> date:
    """Return the first day whose confirmations still count."""
    return today - timedelta(days=STALE_AFTER_DAYS)


def _report(tx: Tx, service_id: UUID, words: str) -> None:
    service = directory.get_service(tx, service_id)
    check_may_enter(tx, service.provider_id)
    told = words.strip()
    if not told or len(told) > LONGEST_WORDS or any(ord(letter) < 32 and letter != "\n" for letter in told):
        sentence = worded("Say what has changed, in at most %(most)s characters.", most=LONGEST_WORDS)
        raise Invalid([FieldProblem("words", sentence)])
    whose = tx.actor.organisation_id or service.provider_id
    with tx.as_system("entry-change") as system_tx:
        entry_checks.add_change(system_tx, service_id, whose, told)
        record_list_task(system_tx, TASK, is_waiting=True)
    tx.audit(Entry("report entry change", "service", str(service_id)))
