"""Erasing a person for good: a certificate of it, and a ledger that is gone through again after any restore."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, NotFound
from app.domain.vocabulary import Role
from app.services.rights.data_map import data_map
from app.store import departures, erasures, legal_holds, record_lives, retention_reviews
from app.store.erasures import Erasure
from app.store.session import LONDON, Database, Tx

_ACT: Final = "erase person"
_REPLAY: Final = "erase person again"


def erase(db: Database, actor: Actor, person_id: UUID, *, why: str) -> UUID:
    """Erase all that is kept of a person; return the certificate's number.

    Their key is destroyed, so that no copy opens their words any more; what is not sealed is emptied; codes and days
    that name nobody stay. Raises NotFound for nobody, Conflict while help goes on, while the record is on hold or an
    answer to the person is due, and when it was done before.
    """
    check_acts_as(actor, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return erase_within(tx, person_id, why=why)


def erase_within(tx: Tx, person_id: UUID, *, why: str, by: UUID | None = None) -> UUID:
    """Do the same in the transaction of another use case, as the platform; `by` is the second of two who decided."""
    if erasures.has_open(tx, person_id):
        raise Conflict("Help goes on for this person, or is still to begin: end it first.")
    departures.shut(tx, person_id)  # a hold is put under the same gate: never both
    if legal_holds.is_held(tx, person_id):
        raise Conflict("This record is on legal hold. It is not erased as long as that lasts.")
    if record_lives.waits_for_own_data(tx, person_id):
        raise Conflict("The person asked for all that is kept of them. Answer that first.")
    rows = erasures.erase(tx, data_map(), person_id, audit=_ACT)
    if rows is None:
        raise Conflict("This person was erased before.")
    erasure_id = erasures.add(tx, person_id, why=why, rows=rows, audit=_ACT)
    retention_reviews.record_erased(tx, person_id, erasure_id, by=by, audit=_ACT)
    return erasure_id


def certificate(db: Database, actor: Actor, erasure_id: UUID) -> str:
    """Return the certificate of an erasure as text; nobody's name stands in it. Raises NotFound."""
    check_acts_as(actor, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return "\n".join(certificate_lines(tx, erasure_id)) + "\n"


def certificate_lines(tx: Tx, erasure_id: UUID) -> list[str]:
    """Return the lines of a certificate, as the platform. Raises NotFound."""
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


def ledger(db: Database, actor: Actor) -> Iterator[str]:
    """Yield the ledger, a line of JSON for each erasure: to be kept away from the database and its backups."""
    check_acts_as(actor, Role.SYSTEM)
    with db.transaction(actor) as tx:
        lines = erasures.list_all(tx)
    for each in lines:
        told = {
            "id": str(each.id),
            "person_id": str(each.person_id),
            "why": each.why,
            "rows": dict(each.rows),
        }
        yield json.dumps(told | {"erased_at": each.erased_at.isoformat()})


def replay(db: Database, actor: Actor, lines: Iterable[str]) -> int:
    """Erase again whom a restore brought back; return how many. Raises ValueError for a line that is none.

    Whoever is not in this database at all was in no copy of it either, and is passed over.
    """
    check_acts_as(actor, Role.SYSTEM)
    return sum(_replay(db, actor, _read(line)) for line in lines if line.strip())


def _replay(db: Database, actor: Actor, line: Erasure) -> bool:
    with db.transaction(actor) as tx:
        try:
            rows = erasures.erase(tx, data_map(), line.person_id, audit=_REPLAY)
        except NotFound:
            return False
        if not erasures.is_known(tx, line.id):
            erasures.add_again(tx, line if rows is None else replace(line, rows=rows))
        retention_reviews.record_erased(tx, line.person_id, line.id, audit=_REPLAY)
        return rows is not None


def _read(line: str) -> Erasure:
    try:
        told = json.loads(line)
        at = datetime.fromisoformat(told["erased_at"])
        return Erasure(UUID(told["id"]), UUID(told["person_id"]), str(told["why"]), at, dict(told["rows"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise ValueError("A line of the ledger cannot be read.") from fault
