"""The append-only audit: one hash-chained line for every change and every read of a person's record.

There are several chains (shards), so that no two transactions wait for each other at their ends: all lines of one
transaction join one chain, whichever is free. `seq` orders the lines of all of them; `number` counts in one and has no
gap there. app.store.audit_chain walks them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.domain.access import Actor
from app.store import audit_names
from app.store.audit_names import Named
from app.store.crypto import Cipher
from app.store.tables_messages import AuditRow

GENESIS = bytes(32)
SHARDS = 16  # chains beside each other: as many transactions end at once without waiting for one another
# Whichever chain is free, held from here to the commit; all taken is rare, and one of them is waited for then.
_TAKE_SHARD = text(f"""select set_config('app.role', 'system', true), (
    select s.shard from (
        select (pg_backend_pid() + i) % {SHARDS} as shard from generate_series(0, {SHARDS - 1}) i) s
    where pg_try_advisory_xact_lock(7243, s.shard) limit 1)""")  # noqa: S608 - a number of ours
_WAIT_FOR_SHARD = text(
    f"select pg_backend_pid() % {SHARDS}, pg_advisory_xact_lock(7243, pg_backend_pid() % {SHARDS})"
)
_END = text("""select e.number, e.hash, array(select nextval('audit_event_seq') from generate_series(1, :count))
    from (values (1)) one left join lateral
        (select number, hash from audit_event where shard = :shard order by number desc limit 1) e on true""")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done to what; `detail` holds ids and codes only, never a value of a person's record."""

    act: str  # "read person", "accept placement", ...
    subject: str
    subject_id: str
    person_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with who and when."""

    entry: Entry
    actor: Actor
    at: datetime


def append(session: Session, cipher: Cipher, lines: Iterable[Line]) -> None:
    """Write the transaction's lines at the end of one chain; last thing before the commit, so that is held shortly."""
    waiting = list(lines)
    if not waiting:
        return
    shard = session.execute(_TAKE_SHARD).one()[1]
    if shard is None:
        shard = session.execute(_WAIT_FOR_SHARD).one()[0]
    number, previous, seqs = session.execute(_END, {"shard": shard, "count": len(waiting)}).one()
    number, previous = number or 0, previous or GENESIS
    names = audit_names.add(session, cipher, (line.actor for line in waiting))
    rows = []
    for seq, line in zip(seqs, waiting, strict=True):
        number += 1
        row = _row(line, names) | {"seq": seq, "shard": shard, "number": number, "previous_hash": previous}
        row["hash"] = previous = line_hash(previous, row)
        rows.append(row)
    session.execute(insert(AuditRow), rows)


def _row(line: Line, names: Mapping[Named, UUID]) -> dict[str, Any]:
    entry, actor = line.entry, line.actor
    return {
        "at": line.at.astimezone(UTC),
        "role": actor.role.value,
        "actor": actor.label,
        "organisation_id": actor.organisation_id,
        "act": entry.act,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "person_id": entry.person_id,
        "detail": dict(entry.detail) | _entered_by(actor) | _named(actor, names),
    }


def _entered_by(actor: Actor) -> dict[str, str]:
    """The organisation whose person did it for the one that the line names."""
    return {"entered_by": str(actor.entered_by)} if actor.entered_by else {}


def _named(actor: Actor, names: Mapping[Named, UUID]) -> dict[str, str]:
    """Who told or typed it for an organisation, without an account: where the name lies, for it must be able to go."""
    found = names.get(Named.of(actor))
    return {"named": str(found)} if found else {}


_SEALED = (
    "seq",
    "shard",
    "number",
    "at",
    "role",
    "actor",
    "organisation_id",
    "act",
    "subject",
    "subject_id",
    "person_id",
    "detail",
)


def line_hash(previous: bytes, row: Mapping[str, Any]) -> bytes:
    """Return the hash of a line that follows another: of all that it tells, and so of all that went before."""
    told = {name: _plain(row[name]) for name in _SEALED}
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
