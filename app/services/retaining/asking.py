"""A person asks that their record is erased: written down by their team or by the steward, decided by two stewards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.person_search import read
from app.domain.retention_review import ASKED
from app.domain.subject_access import ASKED_HOW, due_day
from app.domain.vocabulary import Role
from app.services.retaining.listing import tell_steward
from app.services.watching.calendar import limits_of
from app.store import legal_holds, record_lives, referrals, retention_reviews
from app.store.audit import Entry
from app.store.retention_reviews import NewReview, Review
from app.store.session import Database, Tx

HELD: Final = (
    "This record is on legal hold and cannot be erased as long as that lasts. Tell the person so, and that "
    "they may ask again."
)
_ACT: Final = "ask for erasure"
_FIND: Final = "find record to keep or erase"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a team is shown of a request: until when it is answered, and how it was decided."""

    due_on: date | None
    is_open: bool
    is_erased: bool
    is_held: bool
    kept_reason: str | None
    keep_until: date | None


def ask_for(db: Database, actor: Actor, referral_id: UUID, *, how: str) -> None:
    """Write that a person asked their team; asking twice is asking once.

    Raises NotFound for another team's, Invalid (field "how"), Conflict for a record on hold or erased.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    _check_how(how)
    with db.transaction(actor) as tx:
        person_id = referrals.get(tx, referral_id, audit=_ACT).person_id
        with tx.as_system("retention") as system_tx:
            if record_lives.person_of(system_tx, referral_id) is None:
                raise Conflict("This record was erased before.")
            _add(system_tx, person_id, referral_id, how, by=actor.user_id)


def ask(db: Database, actor: Actor, typed: str, *, how: str) -> UUID:
    """Write that a person asked the steward, by NHS number or reference; return the review's number.

    Raises Invalid (fields "record", "how"), Conflict for a record on hold.
    """
    check_acts_as(actor, Role.STEWARD)
    _check_how(how)
    with db.transaction(actor) as tx, tx.as_system("retention") as system_tx:
        person_id = find_record(system_tx, typed)
        parts = record_lives.parts_of(system_tx, [person_id], audit=_FIND)[person_id]
        return _add(system_tx, person_id, parts[-1].id, how, by=actor.user_id)


def find_asked(db: Database, actor: Actor, referral_id: UUID) -> Asked | None:
    """Return how it stands with a person's newest request, for their team; None when they never asked."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        person_id = referrals.get(tx, referral_id, audit="read request for erasure").person_id
        with tx.as_system("retention") as system_tx:
            found = retention_reviews.find_newest_asked(system_tx, person_id)
            return _asked(found, is_held=legal_holds.is_held(system_tx, person_id)) if found else None


def find_record(tx: Tx, typed: str) -> UUID:
    """Return whose record an NHS number or a reference names, as the platform; raises Invalid (field "record")."""
    sought = read(typed)
    found = None
    if sought.reference:
        found = record_lives.find_by_reference(tx, sought.reference)
    elif sought.nhs_number:
        found = record_lives.find_by_number(tx, sought.nhs_number)
    else:
        sentence = "Enter an NHS number (10 digits) or a reference that begins with BK-."
        raise Invalid([FieldProblem("record", sentence, "required")])
    if found is None:
        sentence = "No record is kept under this. Look at the number again."
        raise Invalid([FieldProblem("record", sentence, "not-found")])
    tx.audit(Entry(_FIND, "person", str(found), found))
    return found


def _add(tx: Tx, person_id: UUID, referral_id: UUID, how: str, *, by: UUID | None) -> UUID:
    if legal_holds.is_held(tx, person_id):
        raise Conflict(HELD)
    due_on = limits_of(tx).days.on_or_after(due_day(tx.today))
    new = NewReview(person_id, ASKED, asked_how=how, due_on=due_on, referral_id=referral_id)
    review_id = retention_reviews.add(tx, new, by=by, audit=_ACT)
    tell_steward(tx)
    return review_id


def _check_how(how: str) -> None:
    if how not in ASKED_HOW:
        raise Invalid([FieldProblem("how", "Choose how they asked.", "required")])


def _asked(found: Review, *, is_held: bool) -> Asked:
    was_kept = found.status == "kept"
    return Asked(
        due_on=found.due_on,
        is_open=found.is_open,
        is_erased=found.erasure_id is not None,
        is_held=is_held,
        kept_reason=found.reason if was_kept else None,
        keep_until=found.keep_until if was_kept else None,
    )
