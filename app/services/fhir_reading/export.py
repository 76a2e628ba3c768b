"""Writes all that an organisation may see into files of lines, as of one moment, for it to fetch within a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from app.domain.access import Actor, system
from app.domain.errors import NotFound
from app.domain.vocabulary import Role
from app.services.fhir_reading.export_asked import Wanted
from app.services.fhir_reading.fhir_reads import search
from app.services.fhir_reading.fhir_reads_query import PAGE, Query, read_query
from app.services.incoming.refusals import refusal
from app.store import async_jobs, directory
from app.store.async_jobs import File, Job, Standing
from app.store.audit import Entry
from app.store.fhir_reads import Span, Within
from app.store.machines import ApiClient
from app.store.session import Database, Tx
from app.store.snapshot import Snapshot
from fhir.views_kinds import Kind
from fhir.views_shape import Summary, shaped
from fhir.views_table import KINDS

EXPORT: Final = "export"
KEEP: Final = timedelta(days=1)
MOST_RUNNING: Final = 2  # of one organisation
_ACT: Final = "fhir export"
_PROCESS: Final = system("export")
_PAGE_OF: Final = 500  # resources held in memory at a time
_LINES: Final = 500  # of the audit in one commit: the chain has one writer at a time
_INSTANT: Final = timedelta(microseconds=1)
Json = dict[str, Any]
Subject = tuple[str, str]


def start(db: Database, actor: Actor, wanted: Wanted, *, client: ApiClient, request: str) -> UUID:
    """Promise an export of all that the actor's organisation may see; return its id.

    `request` is the address that was asked, for the manifest. Raises FhirRejected (429) when the organisation has
    MOST_RUNNING under way.
    """
    if actor.organisation_id is None:
        raise NotFound
    asked = orjson.dumps({"request": request, "wanted": wanted.told()})
    values = {
        "kind": EXPORT,
        "client_id": client.id,
        "organisation_id": actor.organisation_id,
        "role": actor.role.value,
    }
    with db.transaction(actor) as tx:
        with tx.as_system(EXPORT) as inner:
            if async_jobs.count_running(inner, actor.organisation_id, EXPORT) >= MOST_RUNNING:
                sentence = (
                    f"Your organisation has {MOST_RUNNING} exports under way. Wait for one, or DELETE it."
                )
                raise refusal(429, sentence)
            job_id = async_jobs.add(inner, values, asked, digest=b"", keep=KEEP)
        tx.audit(Entry("start export", EXPORT, str(job_id), None, {"types": list(wanted.types)}))
    return job_id


def standing(db: Database, client: ApiClient, job_id: UUID) -> tuple[Standing, list[File]]:
    """Return how far a client's own export is, and its files once it is done; raises NotFound."""
    with db.transaction(_PROCESS) as tx:
        found = _own(tx, client, job_id)
        return found, list(async_jobs.list_files(tx, job_id)) if found.answer is not None else []


def remove(db: Database, client: ApiClient, job_id: UUID) -> None:
    """Forget an export and its files, or stop it; raises NotFound."""
    with db.transaction(_PROCESS) as tx:
        async_jobs.remove(tx, job_id, kind=EXPORT, client_id=client.id)
        tx.audit(Entry("remove export", EXPORT, str(job_id), None, {"client": client.id}))


def open_file(db: Database, client: ApiClient, job_id: UUID, name: str) -> tuple[File, Iterator[bytes]]:
    """Return a file and its content, part by part; raises NotFound."""
    _, files = standing(db, client, job_id)
    found = next((each for each in files if each.name == name), None)
    if found is None:
        raise NotFound
    with db.transaction(_PROCESS) as tx:
        tx.audit(Entry("fetch export", EXPORT, str(job_id), None, {"client": client.id, "file": name}))
    return found, _parts(db, job_id, found)


def _parts(db: Database, job_id: UUID, file: File) -> Iterator[bytes]:
    for number in range(file.parts):
        with db.transaction(_PROCESS) as tx:
            part = async_jobs.get_part(tx, job_id, file.name, number)
        yield part


def _own(tx: Tx, client: ApiClient, job_id: UUID) -> Standing:
    """A client that may no longer speak for the organisation has lost its export with it."""
    found = async_jobs.get_standing(tx, job_id, kind=EXPORT, client_id=client.id)
    organisation = directory.get_organisation(tx, found.organisation_id) if found.organisation_id else None
    if organisation is None or (
        organisation.ods not in client.practices and organisation.id != client.organisation_id
    ):
        raise NotFound
    return found


def gather(db: Database, job: Job) -> None:
    """Write the files, then who was in them into the audit, then the answer; raises LostLease.

    Everything is read in one transaction, so that the files agree with each other. What happens before the answer
    is done anew by the next attempt.
    """
    asked = orjson.loads(job.asked)
    wanted = Wanted.of(asked["wanted"])
    actor = Actor(Role(job.role or ""), job.organisation_id, process=job.client_id)
    with db.transaction(_PROCESS) as tx:
        async_jobs.record_progress(tx, job, "started")
        async_jobs.remove_parts(tx, job)
        # What a transaction of now is still writing shows in the next export, if that asks from here on.
        moment = min(tx.now, async_jobs.oldest_writer(tx) or tx.now)
    view, seen, count = Snapshot(db), dict[Subject, UUID | None](), 0
    with view.hold(actor) as held:
        for kind in (KINDS[each] for each in wanted.types):
            for number, page in enumerate(_pages(view, actor, kind, wanted)):
                count += len(page)
                _write(
                    db, job, kind, number=number, page=page, progress=f"{kind.type}: {count} resources so far"
                )
                seen |= {
                    (line.entry.subject, line.entry.subject_id): line.entry.person_id for line in held.audited
                }
                held.audited.clear()
    _audit(db, actor, job, seen)
    answer = {"transactionTime": _instant(moment), "request": asked["request"]}
    with db.transaction(_PROCESS) as tx:
        async_jobs.record_answer(tx, job, 200, orjson.dumps(answer))


def _pages(view: Snapshot, actor: Actor, kind: Kind, wanted: Wanted) -> Iterator[list[Json]]:
    page: str | None = ""
    while page is not None:
        pairs = [("_total", "none"), *([(PAGE, page)] if page else [])]
        query = read_query(kind, pairs, base_url="", strict=True)
        found = search(view, actor, _wide(query, wanted.since if kind.dated else None))
        if found.matches:
            yield [shaped(each, Summary.NONE, wanted.elements.get(kind.type, ())) for each in found.matches]
        page = found.following


def _wide(query: Query, since: datetime | None) -> Query:
    """A search with larger pages, of what changed after a time; of what has no such time, all (as the guide allows)."""
    changed = (Within("updated", (Span(since + _INSTANT, None),)),) if since else ()
    return replace(query, window=replace(query.window, count=_PAGE_OF), conditions=changed)


def _write(db: Database, job: Job, kind: Kind, *, number: int, page: list[Json], progress: str) -> None:
    with db.transaction(_PROCESS) as tx:
        async_jobs.record_progress(tx, job, progress)
        lines = [orjson.dumps(each) for each in page]
        async_jobs.add_part(tx, job, file=kind.type, number=number, lines=lines)


def _audit(db: Database, actor: Actor, job: Job, seen: dict[Subject, UUID | None]) -> None:
    """One line for each record that is in the files, whatever the number of types: before anybody can fetch them."""
    waiting = list(seen.items())
    for first in range(0, len(waiting), _LINES):
        with db.transaction(actor) as tx:
            for (subject, subject_id), person_id in waiting[first : first + _LINES]:
                tx.audit(Entry(_ACT, subject, subject_id, person_id, {"export": str(job.id)}))
        with db.transaction(_PROCESS) as tx:
            async_jobs.record_progress(tx, job, "writing the audit")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
