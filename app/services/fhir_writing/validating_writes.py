"""Says what would be refused of a resource if it were written now, by this caller: tried, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.domain.access import Actor
from app.domain.errors import Invalid
from app.domain.identifiers import NhsNumber
from app.services.fhir_writing import task_changes
from app.services.fhir_writing.rest_referral import Made, refer
from app.services.fhir_writing.rest_referral_change import Target, change
from app.services.incoming.answering import Posted
from app.services.incoming.intake import rule_problems
from app.services.incoming.refusals import find_refusal
from app.services.systems import subscriptions
from app.services.systems.subscriptions import Bounds
from app.store.joined import rehearsed
from app.store.session import Database
from fhir.glimpse import glimpse_alone
from fhir.problems import Problem
from fhir.reading import text
from fhir.request_in import Asked, Piece
from fhir.subscription_in import read_subscription
from fhir.transaction import read_transaction
from fhir.validating import Submitted
from fhir.writes_table import ABOUT, BUNDLES, CREATE, UPDATE

_REQUEST: Final = "ServiceRequest"
_CREATED: Final = (*CREATE, "Subscription")
_UPDATED: Final = (*UPDATE, "Subscription")
_DONE: Final = {"create": "created", "update": "updated", None: "written"}


@dataclass(frozen=True, slots=True)
class Writing:
    """By whom and where something would be written, and which scopes they have; `actor` and `bounds` are asked only
    when that matters."""

    actor: Callable[[], Actor]
    base_url: str
    posted: Posted
    may: Callable[[str], bool]
    bounds: Callable[[], Bounds]


def is_named(submitted: Submitted) -> bool:
    """Tell whether the sender says that a write is meant: by a transaction, or by the mode."""
    return _is_transaction(submitted) or submitted.mode in ("create", "update")


def write_problems(
    db: Database, submitted: Submitted, writing: Writing, *, of_instance: bool, sound: bool
) -> Iterator[Problem]:
    """Yield what the write would be told, beside what R4 has against a resource that is not `sound`.

    Nothing when it would be taken, or when only R4's own profile was asked about. `of_instance`: the address names
    one resource.
    """
    if submitted.mode in ("profile", "delete"):
        return
    if submitted.type == "Patient":
        yield from _person_problems(db, submitted)
    way = _way(submitted, of_instance)
    attempt = _attempt(submitted, writing, way)
    if attempt is None:
        yield _no_such_write(submitted)
        return
    scope = f"system/{_REQUEST if submitted.type == 'Bundle' else submitted.type}.{(way or 'c')[0]}"
    if not writing.may(scope):
        sentence = f"It was not tried as a write: the access token lacks the scope {scope}."
        yield Problem(submitted.type or "", "security", sentence, "warning")
    elif sound:
        yield from _tried(db, attempt)


def _tried(db: Database, attempt: Callable[[Database], object]) -> Iterator[Problem]:
    try:
        with rehearsed(db) as rehearsal:
            done = attempt(rehearsal)
    except Exception as fault:
        refused = find_refusal(fault)
        if refused is None:
            raise
        yield from refused.problems
    else:
        yield from done.warnings if isinstance(done, Made) else ()


def _is_transaction(submitted: Submitted) -> bool:
    return submitted.type == "Bundle" and text(submitted.resource, "type") == "transaction"


def _way(submitted: Submitted, of_instance: bool) -> str | None:
    """Return create or update: as the mode says, else as the resource could be written at all."""
    if submitted.mode is not None or _is_transaction(submitted):
        return submitted.mode
    if submitted.type in _CREATED and not of_instance:
        return "create"
    return "update" if submitted.type in _UPDATED and text(submitted.resource, "id") else None


def _attempt(submitted: Submitted, writing: Writing, way: str | None) -> Callable[[Database], object] | None:
    """Return the use case that would do it, None when there is none."""
    sent, base_url = submitted.resource or {}, writing.base_url
    actor, posted, resource_id = writing.actor, writing.posted, text(sent, "id") or ""
    if _is_transaction(submitted):
        return lambda db: refer(
            db, actor(), read_transaction(sent, base_url).asked, posted, base_url=base_url
        )
    target = Target(resource_id, None, base_url)
    match submitted.type, way:
        case "ServiceRequest", "create":
            alone = Asked(Piece(_REQUEST, None, sent))
            return lambda db: refer(db, actor(), alone, posted, base_url=base_url)
        case "ServiceRequest", "update":
            return lambda db: change(db, actor(), sent, posted, target)
        case "Task", "update":
            return lambda db: task_changes.update(db, actor(), sent, target)
        case "Subscription", "create":
            return lambda db: subscriptions.create(db, actor(), _wish(posted), writing.bounds())
        case "Subscription", "update":
            return lambda db: subscriptions.update(
                db, actor(), resource_id, _wish(posted), bounds=writing.bounds(), versions=None
            )
    return None


def _wish(posted: Posted) -> dict[str, Any]:
    return read_subscription(posted.body, content_type=posted.content_type)


def _person_problems(db: Database, submitted: Submitted) -> Iterator[Problem]:
    """Yield what the rules have against a person, whatever they are sent with."""
    seen = glimpse_alone(submitted.resource or {}, db.clock())
    if seen is None:
        return
    found = rule_problems(seen.person, db)
    try:
        NhsNumber(seen.person.nhs_number) if seen.person.nhs_number else None
    except Invalid as fault:
        found += fault.problems
    for each in found:
        yield Problem(seen.paths.get(each.field, "Patient"), each.code, each.sentence)


def _no_such_write(submitted: Submitted) -> Problem:
    """Tell of a resource that goes nowhere alone: wrong as a write, and only worth knowing of a part of one."""
    severity = "warning" if submitted.mode is None else "error"
    if submitted.type == "Bundle":
        if text(submitted.resource, "type") in BUNDLES:
            sentence = "The entries of a batch are judged one by one when it is sent: they were not tried."
            return Problem("Bundle", "informational", sentence, "information")
        sentence = "A Bundle is taken as a message, a transaction or a batch, and as nothing else."
        return Problem("Bundle.type", "not-supported", sentence, severity)
    about = ABOUT.get(submitted.type or "", "")
    sentence = f"This type is not {_DONE[submitted.mode]} by itself. {about}".strip()
    return Problem(submitted.type or "", "not-supported", sentence, severity)
