"""Looks at records in an emergency, reviewed by somebody else: listed, read with their reasons, decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, own_account_id
from app.domain.emergency import ALERT_VERDICTS, REASONS, VERDICTS, check_review
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed
from app.domain.sheet import write_csv
from app.domain.vocabulary import Role
from app.services.rights.emergency_told import REVIEW
from app.services.shown.seen import Page
from app.store import emergency, look_alerts, referrals
from app.store.audit import Entry
from app.store.emergency import Looked, Wanted
from app.store.look_alerts import Alert
from app.store.session import LONDON, Database
from app.store.steward_tasks import record_list_task

_LIST, _READ, _DECIDE = "list emergency looks", "read emergency look", "review emergency look"
_OWN: Final = "Somebody else must decide on what you did yourself."
_AS_PLATFORM: Final = "emergency review"


@dataclass(frozen=True, slots=True)
class Review:
    """A look with the reasons in words; the person is known by references of referrals and teams alone."""

    look: Looked
    words: str
    note: str
    referrals: Sequence[tuple[str, str]]  # reference, and who asked


@dataclass(frozen=True, slots=True)
class Counts:
    """What the steward's overview tells."""

    to_review: int
    last_month: int
    alerts: int


def find_counts(db: Database, actor: Actor) -> Counts:
    """Return how many looks and alerts wait, and how many records were opened in the last 30 days."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        since = tx.now - timedelta(days=30)
        return Counts(
            emergency.count_to_review(tx), emergency.count_since(tx, since), look_alerts.count_open(tx)
        )


def list_looks(db: Database, actor: Actor, wanted: Wanted, *, page: int) -> Page[Looked]:
    """Return a page of looks, those to review first."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        lines, total = emergency.list_page(tx, wanted, page=page, audit=_LIST)
    return Page(lines, total, page, emergency.PAGE)


def list_alerts(db: Database, actor: Actor, *, only_open: bool, page: int) -> Page[Alert]:
    """Return a page of what the audit shows."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        lines, total = look_alerts.list_page(tx, only_open=only_open, page=page, audit="list look alerts")
    return Page(lines, total, page, look_alerts.PAGE)


def as_csv(db: Database, actor: Actor, wanted: Wanted) -> bytes:
    """Return the looks as a file that a spreadsheet opens safely: who of the staff, never whose record."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = emergency.list_for_file(tx, wanted, audit="export emergency looks")
    head = ("opened_at", "ended_at", "who", "for", "reason", "reviewed_on", "reviewed_by", "decision")
    return write_csv([head, *map(_row, found)])


def _row(look: Looked) -> Sequence[object]:
    opened, ended, reviewed = (
        each.astimezone(LONDON).strftime("%Y-%m-%d %H:%M") if each else ""
        for each in (look.opened_at, look.ends_at, look.reviewed_at)
    )
    decided = (reviewed, look.reviewed_by_name or "", VERDICTS.get(look.verdict or "", ""))
    return (opened, ended, look.full_name, look.organisation_name, REASONS[look.reason], *decided)


def get(db: Database, actor: Actor, look_id: UUID) -> Review:
    """Return a look with why it was taken. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        look = emergency.get(tx, look_id)
        with tx.as_system(_AS_PLATFORM) as system_tx:
            words, note = emergency.words_of(system_tx, look)
            theirs = referrals.list_of_person(system_tx, look.person_id, audit=_READ)
        tx.audit(Entry(_READ, emergency.SUBJECT, str(look_id), look.person_id))
    return Review(look, words, note, [(each.reference, each.requester_name) for each in theirs])


def decide(db: Database, actor: Actor, look_id: UUID, *, verdict: str, note: str) -> None:
    """Decide on a look, once. Raises NotFound, Conflict, NotAllowed for one's own, Invalid ("verdict", "note")."""
    check_acts_as(actor, Role.STEWARD)
    check_review(verdict, note)
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        emergency.get(tx, look_id)
        with tx.as_system(_AS_PLATFORM) as system_tx:
            look = emergency.get(system_tx, look_id, hold=True)
            if look.reviewed_at is not None:
                raise Conflict("Somebody has decided on this already.")
            if look.user_id == by:
                raise NotAllowed(_OWN)
            emergency.record_review(system_tx, look, verdict, note, by=by)
            still = emergency.count_to_review(system_tx) > 0
            record_list_task(system_tx, REVIEW, is_waiting=still)
        detail = {"verdict": verdict, "by": str(look.user_id)}
        tx.audit(Entry(_DECIDE, emergency.SUBJECT, str(look_id), look.person_id, detail))


def decide_alert(db: Database, actor: Actor, alert_id: UUID, *, verdict: str) -> None:
    """Decide on what was noticed, once. Raises NotFound, Conflict, NotAllowed for one's own, Invalid ("verdict")."""
    check_acts_as(actor, Role.STEWARD)
    if verdict not in ALERT_VERDICTS:
        raise Invalid([FieldProblem("verdict", "Choose what you found.", "required")])
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        alert = look_alerts.get(tx, alert_id)
        if alert.user_id == by:
            raise NotAllowed(_OWN)
        with tx.as_system(_AS_PLATFORM) as system_tx:
            look_alerts.record_review(system_tx, alert_id, verdict, by=by)
        detail = {"verdict": verdict, "kind": alert.kind}
        tx.audit(Entry("review look alert", "look alert", str(alert_id), None, detail))
