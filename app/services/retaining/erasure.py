"""Erasing a person for good, by the word of two stewards and by nothing else; and the certificate of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from app.domain.errors import Conflict, NotFound
from app.domain.retention_review import Verdict, check_second
from app.services.incoming.prefilled import forget_person
from app.services.rights.data_map import data_map
from app.store import (
    cohort_people,
    departures,
    erasures,
    legal_holds,
    people,
    record_lives,
    retention_reviews,
)
from app.store.erasures import Erasure
from app.store.retention_reviews import Review
from app.store.session import LONDON, Tx

_ACT: Final = "erase person"


def erase_within(tx: Tx, review: Review, *, by: UUID) -> UUID:
    """Erase all that is kept of a person, in the transaction of the second steward and as the platform.

    Return the certificate's number. Their key is destroyed, so that no copy opens their words any more; what is not
    sealed is emptied; codes and days that name nobody stay. Raises NotFound for nobody, Conflict for whoever proposed
    it, while help goes on or is about to begin, while the record is on hold or an answer to the person is due, and
    when it was done before.
    """
    check_second(review.proposed_by, by)
    if review.verdict is not Verdict.ERASE:
        raise Conflict("Nobody has proposed that this record is erased.")
    _check_may_go(tx, review.person_id)
    rows = erasures.erase(tx, data_map(), review.person_id, audit=_ACT)
    if rows is None:
        raise Conflict("This person was erased before.")
    erasure_id = erasures.add(tx, review.person_id, why=review.why, rows=rows, audit=_ACT)
    retention_reviews.record_erased(tx, review.person_id, erasure_id, by=by, audit=_ACT)
    return erasure_id


def _check_may_go(tx: Tx, person_id: UUID) -> None:
    if erasures.has_open(tx, person_id):
        raise Conflict("Help goes on for this person, or is still to begin: end it first.")
    departures.shut(tx, person_id)  # a hold is put under the same gate: never both
    if legal_holds.is_held(tx, person_id):
        raise Conflict("This record is on legal hold. It is not erased as long as that lasts.")
    if record_lives.waits_for_own_data(tx, person_id):
        raise Conflict("The person asked for all that is kept of them. Answer that first.")
    details = people.get(tx, person_id, audit=_ACT).details
    if cohort_people.waits_for(tx, details):
        raise Conflict(
            "They stand in a file of referrals that waits to be sent: send it, or take it back first."
        )
    forget_person(tx, details)


def certificate_lines(tx: Tx, erasure_id: UUID) -> list[str]:
    """Return the lines of a certificate, as the platform; nobody's name stands in it. Raises NotFound."""
    found = [each for each in erasures.list_all(tx) if each.id == erasure_id]
    if not found:
        raise NotFound
    return list(_certificate(found[0]))


def _certificate(line: Erasure) -> Iterator[str]:
    tables = data_map().tables
    yield f"Certificate of erasure {line.id}"
    yield f"On {line.erased_at.astimezone(LONDON):%-d %B %Y}, record {line.person_id} was erased. Why: {line.why}."
    yield "The key under which the person's words were sealed was destroyed. In every copy made before, they are"
    yield "unreadable once its keys are those of today (deploy/README.md, Backup). What was not sealed was emptied."
    yield "Codes, days and counts stay: they name nobody. Rows that were the person's:"
    yield from (f"- {tables[name].what}: {count}" for name, count in sorted(line.rows.items()))
