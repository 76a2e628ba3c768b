"""The append-only audit: one hash-chained line for every change and every read of a person's record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from app.domain.access import Actor
from app.store.tables_messages import AuditRow

GENESIS = bytes(32)
_CHAIN_LOCK = 7_243_001  # one writer of the chain at a time, held only from here to the commit
_AS_SYSTEM = text("select set_config('app.role', 'system', true), pg_advisory_xact_lock(:lock)")


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


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first line at which the chain does not hold."""

    seq: int
    sentence: str


def append(session: Session, lines: Iterable[Line]) -> None:
    """Write the transaction's lines at the end of the chain; last thing before the commit, so the lock is short."""
    waiting = list(lines)
    if not waiting:
        return
    session.execute(_AS_SYSTEM, {"lock": _CHAIN_LOCK})
    last = session.execute(select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)).first()
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    rows = []
    for line in waiting:
        seq += 1
        row = _row(line, seq)
        row["previous_hash"] = previous
        row["hash"] = previous = _hash(previous, row)
        rows.append(row)
    session.execute(insert(AuditRow), rows)


def verify(engine: Engine, *, head: str | None = None) -> tuple[int, bytes, ChainFault | None]:
    """Walk the whole chain; return the lines read, the last hash, and the first fault or None.

    `head` is "SEQ:HASH" as an earlier walk gave it: a chain that has lost its end since is found by it, which the
    chain alone cannot tell.
    """
    lines, last, fault = _walk(engine, *_head(head))
    if fault is None and head is not None and lines < _head(head)[0]:
        fault = ChainFault(lines + 1, "the end of the chain was cut off")
    return lines, last, fault


def _head(head: str | None) -> tuple[int, bytes]:
    seq, _, digest = (head or "0:").partition(":")
    return int(seq), bytes.fromhex(digest)


def _walk(engine: Engine, known_seq: int, known_hash: bytes) -> tuple[int, bytes, ChainFault | None]:
    expected_seq, previous = 0, GENESIS
    with engine.connect().execution_options(stream_results=True, yield_per=1000) as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        for row in connection.execute(select(AuditRow.__table__).order_by(AuditRow.seq)).mappings():
            expected_seq += 1
            if row["seq"] != expected_seq:
                return expected_seq, previous, ChainFault(expected_seq, "a line is missing")
            if row["previous_hash"] != previous:
                return (
                    expected_seq,
                    previous,
                    ChainFault(expected_seq, "the line does not follow the one before it"),
                )
            if _hash(previous, dict(row)) != row["hash"]:
                return (
                    expected_seq,
                    previous,
                    ChainFault(expected_seq, "the line was changed after it was written"),
                )
            previous = row["hash"]
            if expected_seq == known_seq and previous != known_hash:
                return expected_seq, previous, ChainFault(expected_seq, "the chain was written anew")
    return expected_seq, previous, None


def _row(line: Line, seq: int) -> dict[str, Any]:
    entry, actor = line.entry, line.actor
    return {
        "seq": seq,
        "at": line.at.astimezone(UTC),
        "role": actor.role.value,
        "actor": actor.label,
        "organisation_id": actor.organisation_id,
        "act": entry.act,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "person_id": entry.person_id,
        "detail": dict(entry.detail) | _entered_by(actor) | _named(actor),
    }


def _entered_by(actor: Actor) -> dict[str, str]:
    """The organisation whose person did it for the one that the line names."""
    return {"entered_by": str(actor.entered_by)} if actor.entered_by else {}


def _named(actor: Actor) -> dict[str, str]:
    """Who of an organisation told it or typed it, without an account: the only trace of who it was."""
    return {"named": actor.named} if actor.named else {}


_SEALED = (
    "seq",
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


def _hash(previous: bytes, row: Mapping[str, Any]) -> bytes:
    told = {name: _plain(row[name]) for name in _SEALED}
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
