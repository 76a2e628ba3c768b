"""What stewards are shown of keeping and erasing: references, days and counts; nobody's name and nobody's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.data_map import Erased
from app.domain.errors import NotFound
from app.domain.retention import Rule
from app.domain.retention_review import OPEN, ReviewStatus
from app.domain.vocabulary import Role
from app.services.retaining.erasure import certificate_lines
from app.services.retaining.retention import rules
from app.services.rights.data_map import data_map
from app.services.shown.seen import Page
from app.store import erasures, legal_holds, record_lives, retention_reviews, retention_runs
from app.store.legal_holds import Hold
from app.store.record_lives import Part
from app.store.retention_reviews import Review
from app.store.retention_runs import Run
from app.store.session import Database, Tx

SIZE: Final = 25
ENDED: Final = (ReviewStatus.ERASED, ReviewStatus.KEPT, ReviewStatus.DROPPED)
_LIST, _LOOK = "list for retention", "look at retention"


@dataclass(frozen=True, slots=True)
class Line:
    """A review or a hold with the referrals by which its record is known."""

    what: Review | Hold
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Looked:
    """One review whole. `goes` and `stays` count rows by what they are; `names` are of the stewards who decided."""

    review: Review
    words: str | None
    rule: Rule | None
    parts: Sequence[Part]
    holds: Sequence[Hold]
    is_restricted: bool
    helps: bool  # a referral is open: nothing can be erased
    goes: Sequence[tuple[str, int]]
    stays: Sequence[tuple[str, int]]
    names: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class LookedHold:
    """One hold whole."""

    hold: Hold
    words: str | None
    is_running: bool
    parts: Sequence[Part]
    names: Mapping[UUID, str]


def list_reviews(db: Database, actor: Actor, *, is_open: bool, number: int) -> Page[Line]:
    """Return a page of what is to be decided, or of what was."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        statuses = OPEN if is_open else ENDED
        found, total = retention_reviews.list_page(tx, statuses, start=(number - 1) * SIZE, size=SIZE)
        return Page(_lines(tx, found), total, number, SIZE)


def list_holds(db: Database, actor: Actor, *, number: int) -> Page[Line]:
    """Return a page of the holds that run."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found, total = legal_holds.list_running(tx, start=(number - 1) * SIZE, size=SIZE)
        return Page(_lines(tx, found), total, number, SIZE)


def find_run(db: Database, actor: Actor) -> Run | None:
    """Return the last daily look; None before the first."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return retention_runs.find_last(tx)


def look(db: Database, actor: Actor, review_id: UUID) -> Looked:
    """Return one review. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        review = retention_reviews.get(tx, review_id, audit=_LOOK)
        holds = legal_holds.list_of(tx, review.person_id)
        names = retention_reviews.names_of(tx, (review.proposed_by, review.decided_by))
        with tx.as_system("retention") as system_tx:
            person_id = review.person_id
            goes, stays = _counted(system_tx, person_id) if review.is_open else ((), ())
            return Looked(
                review,
                retention_reviews.words_of(system_tx, review),
                rules().get(review.why),
                record_lives.parts_of(system_tx, [person_id], audit=_LOOK)[person_id],
                [each for each in holds if each.is_running(tx.today)],
                record_lives.is_restricted(system_tx, person_id),
                erasures.has_open(system_tx, person_id),
                goes,
                stays,
                names,
            )


def look_hold(db: Database, actor: Actor, hold_id: UUID) -> LookedHold:
    """Return one hold. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = legal_holds.get(tx, hold_id, audit=_LOOK)
        people = (found.made_by, found.lift_asked_by, found.lifted_by)
        names = retention_reviews.names_of(tx, people)
        with tx.as_system("retention") as system_tx:
            words = legal_holds.words_of(system_tx, found)
            parts = record_lives.parts_of(system_tx, [found.person_id], audit=_LOOK)[found.person_id]
        return LookedHold(found, words, found.is_running(tx.today), parts, names)


def certificate(db: Database, actor: Actor, review_id: UUID) -> Sequence[str]:
    """Return the lines of the certificate of what was erased. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        review = retention_reviews.get(tx, review_id, audit="read certificate of erasure")
        if review.erasure_id is None:
            raise NotFound
        with tx.as_system("retention") as system_tx:
            return certificate_lines(system_tx, review.erasure_id)


def _lines(tx: Tx, found: Sequence[Review] | Sequence[Hold]) -> Sequence[Line]:
    with tx.as_system("retention") as system_tx:
        parts = record_lives.parts_of(system_tx, [each.person_id for each in found], audit=_LIST)
    return [Line(each, parts[each.person_id]) for each in found]


def _counted(tx: Tx, person_id: UUID) -> tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]:
    """Count a record's rows by what they are: those of which words are destroyed, and those that name nobody."""
    found = data_map()
    goes: list[tuple[str, int]] = []
    stays: list[tuple[str, int]] = []
    for name, count in erasures.count_rows(tx, found, person_id).items():
        table = found.tables[name]
        is_touched = any(each.erased in (Erased.KEY, Erased.BLANK) for each in table.columns.values())
        (goes if is_touched else stays).append((table.what, count))
    return sorted(goes), sorted(stays)
