"""Says what would be refused of a resource if it were written now, by this caller: tried, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.access import Actor
from app.services import task_changes
from app.services.answering import Posted
from app.services.refusals import find_refusal
from app.services.rest_referral import refer
from app.services.rest_referral_change import Target, change
from app.store.joined import rehearsed
from app.store.session import Database
from fhir.problems import Problem
from fhir.reading import text
from fhir.request_in import Asked, Piece
from fhir.transaction import read_transaction
from fhir.validating import Submitted
from fhir.writes_table import ABOUT, CREATE, UPDATE

_REQUEST = "ServiceRequest"


@dataclass(frozen=True, slots=True)
class Writing:
    """By whom and where something would be written; `actor` is asked only when that matters."""

    actor: Callable[[], Actor]
    base_url: str
    posted: Posted


def is_tried(submitted: Submitted) -> bool:
    """Tell whether what was submitted is judged as a write: a transaction, or whatever names the mode for it."""
    return _is_transaction(submitted) or submitted.mode in ("create", "update")


def write_problems(db: Database, submitted: Submitted, writing: Writing) -> Iterator[Problem]:
    """Yield what the write of a sound resource would be told; nothing when it would be taken."""
    attempt = _attempt(submitted, writing)
    if attempt is None:
        yield _no_such_write(submitted)
        return
    try:
        with rehearsed(db) as rehearsal:
            attempt(rehearsal)
    except Exception as fault:
        refused = find_refusal(fault)
        if refused is None:
            raise
        yield from refused.problems


def _is_transaction(submitted: Submitted) -> bool:
    return submitted.type == "Bundle" and text(submitted.resource, "type") == "transaction"


def _attempt(submitted: Submitted, writing: Writing) -> Callable[[Database], object] | None:
    """Return the use case that would do it, None when there is none."""
    sent, base_url = submitted.resource or {}, writing.base_url
    actor, posted, resource_id = writing.actor, writing.posted, text(sent, "id") or ""
    if _is_transaction(submitted):
        return lambda db: refer(
            db, actor(), read_transaction(sent, base_url).asked, posted, base_url=base_url
        )
    target = Target(resource_id, None, base_url)
    match submitted.type, submitted.mode:
        case "ServiceRequest", "create":
            alone = Asked(Piece(_REQUEST, None, sent))
            return lambda db: refer(db, actor(), alone, posted, base_url=base_url)
        case "ServiceRequest", "update":
            return lambda db: change(db, actor(), sent, posted, target)
        case "Task", "update":
            return lambda db: task_changes.update(db, actor(), sent, target)
    written = (*(CREATE if submitted.mode == "create" else UPDATE), "Subscription")
    return (lambda _: None) if submitted.type in written else None


def _no_such_write(submitted: Submitted) -> Problem:
    done = "created" if submitted.mode == "create" else "updated"
    sentence = f"This type is not {done} by itself. {ABOUT.get(submitted.type or '', '')}".strip()
    return Problem(submitted.type or "", "not-supported", sentence)
