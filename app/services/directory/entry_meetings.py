"""Editing a service's lists one line at a time: when and where it meets, and the rules of who may come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from app.domain.access import Actor
from app.domain.directory import ServiceSession, Venue
from app.domain.eligibility import Rule, read_rules
from app.domain.entries import session_problems, texts_problems
from app.domain.entry_sections import ABOUT
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.referral import Service
from app.services.directory.directory_entries import on_behalf
from app.services.directory.entry_editing import check_may_change, check_seen, note_checked
from app.store import directory, entry_editing, listings, places
from app.store.audit import Entry
from app.store.session import Database, Tx

_STANDS = "A session at this time and place stands here already: change that one."
MOST_LINES = 50  # sessions of one service, rules of one service
_Sessions = tuple[ServiceSession, ...]
Line = TypeVar("Line")


def put_session(
    db: Database,
    actor: Actor,
    session: ServiceSession,
    *,
    place: int | None,
    seen: str,
    checked: bool = False,
) -> None:
    """Write a session in the place (from 0) of another, or beside the others when that is None.

    Raises Invalid, NotAllowed, NotFound, Conflict when the sessions are not those that were seen.
    """
    _refuse([*session_problems([session]), *texts_problems({"note": session.note})])

    def changed(before: _Sessions) -> _Sessions:
        others = before if place is None else _without(before, place)
        if any(replace(session, note=each.note) == each for each in others):
            _refuse([FieldProblem("weekday", _STANDS, "duplicate")])
        return _not_too_many((*others, session))

    with db.transaction(actor) as tx:
        _write_sessions(tx, session.service_id, changed, seen=seen)
        if checked:
            note_checked(tx, session.service_id)


def remove_session(db: Database, actor: Actor, service_id: UUID, *, place: int, seen: str) -> None:
    """Take a session away. Raises NotAllowed, NotFound, Conflict."""
    with db.transaction(actor) as tx:
        _write_sessions(tx, service_id, lambda before: _without(before, place), seen=seen)


def list_venues(db: Database, actor: Actor, *, whose: UUID | None = None) -> list[Venue]:
    """Return every venue, or those of one host, by name."""
    with db.transaction(actor) as tx:
        return [each for each in places.list_venues(tx) if whose in (None, each.host_id)]


def add_rule(db: Database, actor: Actor, service_id: UUID, told: Mapping[str, Any], *, seen: str) -> None:
    """Write a rule of who may come, given as `eligibility.read_rules` has it. Raises Invalid, NotAllowed, Conflict."""
    (rule,) = _read_rule(told)
    with db.transaction(actor) as tx:
        _write_rules(
            tx, service_id, lambda before: _not_too_many((*_without_double(before, rule), rule)), seen=seen
        )


def _without_double(before: tuple[Rule, ...], rule: Rule) -> tuple[Rule, ...]:
    if rule in before:
        _refuse([FieldProblem("about", "This rule stands here already.", "duplicate")])
    return before


def record_rules(db: Database, actor: Actor, service_id: UUID, rules: tuple[Rule, ...]) -> None:
    """Write the rules of who may come, in place of what stood there. Raises Invalid, NotAllowed, NotFound."""
    with db.transaction(actor) as tx:
        _write_rules(tx, service_id, lambda _: _not_too_many(rules), seen=None)


def remove_rule(db: Database, actor: Actor, service_id: UUID, *, place: int, seen: str) -> None:
    """Take a rule away. Raises NotAllowed, NotFound, Conflict."""
    with db.transaction(actor) as tx:
        _write_rules(tx, service_id, lambda before: _without(before, place), seen=seen)


def _write_sessions(
    tx: Tx, service_id: UUID, changed: Callable[[_Sessions], _Sessions], *, seen: str
) -> None:
    entry_editing.hold_service(tx, service_id)
    check_may_change(tx, directory.get_service(tx, service_id).provider_id, ABOUT)
    before = tuple(places.list_sessions(tx, [service_id]).get(service_id, ()))
    check_seen(before, seen)
    places.record_sessions(tx, service_id, changed(before))
    _audit(tx, "record sessions", service_id)


def _write_rules(
    tx: Tx, service_id: UUID, changed: Callable[[tuple[Rule, ...]], tuple[Rule, ...]], *, seen: str | None
) -> None:
    entry_editing.hold_service(tx, service_id)
    before: Service = directory.get_service(tx, service_id)
    check_may_change(tx, before.provider_id, None)
    check_seen(before.rules, seen)
    listings.record_rules(tx, service_id, changed(before.rules))
    _audit(tx, "record rules", service_id)


def _read_rule(told: Mapping[str, Any]) -> tuple[Rule, ...]:
    try:
        return read_rules([told])
    except Invalid as fault:
        raise Invalid(
            [
                FieldProblem(each.field.removeprefix("rules[0]."), each.sentence, each.code)
                for each in fault.problems
            ]
        ) from None


def _without(lines: tuple[Line, ...], place: int) -> tuple[Line, ...]:
    if not 0 <= place < len(lines):
        raise NotFound
    return (*lines[:place], *lines[place + 1 :])


def _not_too_many(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    if len(lines) > MOST_LINES:
        _refuse([FieldProblem("maincontent", f"There are {MOST_LINES} already: take one away first.")])
    return lines


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise Invalid(problems)


def _audit(tx: Tx, act: str, service_id: UUID) -> None:
    tx.audit(Entry(act, "service", str(service_id), None, {"by": on_behalf(tx)}))
