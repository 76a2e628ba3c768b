"""What was promised for later: kept sealed, leased by the database's clock, fenced by the number of the attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, or_, select, text, update

from app.domain.errors import NotFound
from app.store.crypto import Cell, DataKey
from app.store.session import Tx
from app.store.tables_async import AsyncJobRow, AsyncPartRow

LEASE = timedelta(minutes=2)  # renewed with every part of an export; a message takes seconds
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:what, 0))")
_OLDEST = text(
    "select min(xact_start) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Job:
    """A job in somebody's hands, opened; `attempt` is their ticket: a later attempt makes it worthless."""

    id: UUID
    kind: str
    client_id: str
    organisation_id: UUID | None
    role: str | None
    request_id: str | None
    correlation_id: str | None
    content_type: str | None
    asked: bytes
    attempt: int
    key: DataKey


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a job is; `answer` is there when it is done."""

    organisation_id: UUID | None
    progress: str
    ends_at: datetime
    answer_status: int | None
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export."""

    name: str
    lines: int
    size: int
    parts: int


class LostLease(Exception):
    """Somebody else has the job by now, or nobody wants it any more: stop."""


def add(tx: Tx, values: dict[str, Any], asked: bytes, *, digest: bytes, keep: timedelta) -> UUID:
    """Write a job under a key of its own; `keep` is how long its answer can be fetched.

    Raises AlreadyThere, at the commit, when this client has used the request id.
    """
    job_id = uuid4()
    key = tx.cipher.new_intake_key(job_id)
    row = AsyncJobRow(
        id=job_id,
        digest=digest,
        data_key=key.wrapped,
        key_id=key.key_id,
        asked=tx.cipher.seal(key, Cell("async_job", "asked", job_id), asked),
        status="waiting",
        progress="waiting",
        attempts=0,
        next_attempt_at=func.clock_timestamp(),  # as the leases go, by the database's clock
        created_at=tx.now,
        ends_at=tx.now + keep,
        **values,
    )
    tx.session.add(row)
    tx.session.flush()
    return job_id


def find_by_request(tx: Tx, client_id: str, request_id: str) -> tuple[UUID, bytes] | None:
    """Return the job and the digest that a client's request id stands for, None when it is new."""
    query = select(AsyncJobRow.id, AsyncJobRow.digest).where(
        AsyncJobRow.client_id == client_id, AsyncJobRow.request_id == request_id
    )
    found = tx.session.execute(query).first()
    return (found.id, found.digest) if found else None


def count_running(tx: Tx, organisation_id: UUID, kind: str) -> int:
    """Return how many jobs an organisation has under way; no other can be added before this transaction ends."""
    tx.session.execute(_LOCK, {"what": f"{kind}|{organisation_id}"})
    query = select(func.count()).where(
        AsyncJobRow.organisation_id == organisation_id,
        AsyncJobRow.kind == kind,
        AsyncJobRow.status == "waiting",
    )
    return tx.session.scalar(query) or 0


def get_standing(tx: Tx, job_id: UUID, *, kind: str, client_id: str) -> Standing:
    """Return how far a client's own job is; raises NotFound, also when its time is over."""
    row = _own(tx, job_id, kind, client_id)
    waits = row.answer is None  # then no key is needed, which may be out of reach
    answer = None if waits else tx.cipher.open(_key(tx, row), Cell("async_job", "answer", row.id), row.answer)
    return Standing(row.organisation_id, row.progress, row.ends_at, row.answer_status, answer)


def remove(tx: Tx, job_id: UUID, *, kind: str, client_id: str) -> None:
    """Forget a client's own job and all that it made, whether it is done or not; raises NotFound."""
    tx.session.delete(_own(tx, job_id, kind, client_id))


def remove_ended(tx: Tx) -> int:
    """Forget answers that nobody may fetch any more; return how many. What still waits for its turn stays."""
    done = tx.session.execute(
        delete(AsyncJobRow)
        .where(AsyncJobRow.status == "done", AsyncJobRow.ends_at <= tx.now)
        .returning(AsyncJobRow.id)
    )
    return len(done.all())


def list_due(tx: Tx, limit: int = 20) -> Sequence[UUID]:
    """Return what waits and is in nobody's hands: messages first, they are short."""
    query = select(AsyncJobRow.id).where(*_due())
    return tx.session.scalars(
        query.order_by(AsyncJobRow.kind.desc(), AsyncJobRow.created_at).limit(limit)
    ).all()


def lease(tx: Tx, job_id: UUID) -> Job | None:
    """Take a job in hand; None when it is not due, done, or in somebody else's hands."""
    free = select(AsyncJobRow.id).where(AsyncJobRow.id == job_id, *_due()).with_for_update(skip_locked=True)
    row = tx.session.scalars(
        update(AsyncJobRow)
        .where(AsyncJobRow.id == free.scalar_subquery())
        .values(leased_until=func.clock_timestamp() + LEASE, attempts=AsyncJobRow.attempts + 1)
        .returning(AsyncJobRow)
    ).first()
    if row is None:
        return None
    key = _key(tx, row)
    return Job(
        id=row.id,
        kind=row.kind,
        client_id=row.client_id,
        organisation_id=row.organisation_id,
        role=row.role,
        request_id=row.request_id,
        correlation_id=row.correlation_id,
        content_type=row.content_type,
        asked=tx.cipher.open(key, Cell("async_job", "asked", row.id), row.asked) or b"",
        attempt=row.attempts,
        key=key,
    )


def record_progress(tx: Tx, job: Job, progress: str) -> None:
    """Say how far it is, and hold it for longer; raises LostLease."""
    _change(tx, job, progress=progress, leased_until=func.clock_timestamp() + LEASE)


def record_answer(tx: Tx, job: Job, status: int, answer: bytes) -> None:
    """Write the answer, which ends the job and can be fetched as long from now on; raises LostLease."""
    sealed = tx.cipher.seal(job.key, Cell("async_job", "answer", job.id), answer)
    ended = {"status": "done", "asked": None, "leased_until": None, "progress": "done"}
    ends_at = tx.now + (AsyncJobRow.ends_at - AsyncJobRow.created_at)
    _change(tx, job, answer_status=status, answer=sealed, ends_at=ends_at, **ended)


def record_retry(tx: Tx, job: Job) -> None:
    """Put it back for later, each time twice as late; raises LostLease."""
    delay = timedelta(seconds=5) * 2 ** min(job.attempt - 1, 8)
    _change(tx, job, leased_until=None, next_attempt_at=func.clock_timestamp() + delay)


def add_part(tx: Tx, job: Job, *, file: str, number: int, lines: Sequence[bytes]) -> None:
    """Write a stretch of lines of a file of an export."""
    part_id, body = uuid4(), b"".join(line + b"\n" for line in lines)
    sealed = tx.cipher.seal(job.key, Cell("async_part", "body", part_id), body)
    values = {"number": number, "lines": len(lines), "size": len(body), "body": sealed}
    tx.session.execute(insert(AsyncPartRow), [{"id": part_id, "job_id": job.id, "file": file, **values}])


def remove_parts(tx: Tx, job: Job) -> None:
    """Forget what an earlier attempt wrote."""
    tx.session.execute(delete(AsyncPartRow).where(AsyncPartRow.job_id == job.id))


def list_files(tx: Tx, job_id: UUID) -> Sequence[File]:
    """Return the files of an export, by name."""
    row = AsyncPartRow
    totals = (
        func.sum(row.lines).label("lines"),
        func.sum(row.size).label("size"),
        func.count().label("parts"),
    )
    query = select(row.file, *totals).where(row.job_id == job_id).group_by(row.file).order_by(row.file)
    return [File(each.file, each.lines, each.size, each.parts) for each in tx.session.execute(query)]


def get_part(tx: Tx, job_id: UUID, file: str, number: int) -> bytes:
    """Return a stretch of a file, opened; raises NotFound."""
    row = AsyncPartRow
    asked = (row.job_id == job_id, row.file == file, row.number == number)
    part, job = tx.session.scalar(select(row).where(*asked)), tx.session.get(AsyncJobRow, job_id)
    if part is None or job is None:
        raise NotFound
    return tx.cipher.open(_key(tx, job), Cell("async_part", "body", part.id), part.body) or b""


def oldest_writer(tx: Tx) -> datetime | None:
    """Return when the oldest transaction began that may still be writing, None when there is no other."""
    found: datetime | None = tx.session.scalar(_OLDEST)
    return found


def _due() -> tuple[Any, ...]:
    now = func.clock_timestamp()
    return (
        AsyncJobRow.status == text("'waiting'"),
        AsyncJobRow.next_attempt_at <= now,
        or_(AsyncJobRow.leased_until.is_(None), AsyncJobRow.leased_until < now),
    )


def _change(tx: Tx, job: Job, **values: Any) -> None:
    row = AsyncJobRow
    mine = (row.id == job.id, row.attempts == job.attempt, row.status == "waiting")
    if tx.session.execute(update(row).where(*mine).values(**values).returning(row.id)).first() is None:
        raise LostLease


def _is_over(tx: Tx, row: AsyncJobRow) -> bool:
    return row.status == "done" and row.ends_at <= tx.now


def _own(tx: Tx, job_id: UUID, kind: str, client_id: str) -> AsyncJobRow:
    row = tx.session.get(AsyncJobRow, job_id)
    if row is None or (row.kind, row.client_id) != (kind, client_id) or _is_over(tx, row):
        raise NotFound(
            "There is nothing at this address: it was removed, its time is over, or it was never yours."
        )
    return row


def _key(tx: Tx, row: AsyncJobRow) -> DataKey:
    return tx.cipher.unwrap(row.id, row.data_key, row.key_id)
