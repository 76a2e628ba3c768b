"""Keeps messages whose sender comes back for the answer, and gives the answer when a worker had its turn."""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import orjson

from app.domain.access import system
from app.services.fhir_reading import export
from app.services.incoming.answering import CHANGED, Posted, answer
from app.services.incoming.refusals import find_refusal, refusal
from app.store import async_jobs, machines
from app.store.async_jobs import Job, LostLease, Standing
from app.store.audit import Entry
from app.store.inbox import Answer
from app.store.machines import ApiClient
from app.store.session import AlreadyThere, Database
from fhir.problems import FhirRejected, operation_outcome

log = logging.getLogger(__name__)
MESSAGE: Final = "message"
KEEP: Final = timedelta(days=7)  # how long an answer can be fetched
MOST_ATTEMPTS: Final = 8
_PROCESS: Final = system("answer later")


def keep_message(db: Database, client: ApiClient, posted: Posted) -> UUID:
    """Keep a message and return under which id its answer will be; the same request again has the same id.

    Raises FhirRejected (422) when the request id was used before with another body. The message itself is judged
    by the worker, as the synchronous door judges it.
    """
    try:
        return _keep(db, client, posted)
    except AlreadyThere:  # the same request came at the same moment: theirs is there now
        return _keep(db, client, posted)


def _keep(db: Database, client: ApiClient, posted: Posted) -> UUID:
    digest = hashlib.sha256(posted.body).digest()
    with db.transaction(_PROCESS) as tx:
        async_jobs.remove_ended(tx)
        known = async_jobs.find_by_request(tx, client.id, posted.request_id)
        if known is not None:
            job_id, first_digest = known
            if first_digest != digest:
                raise refusal(422, CHANGED, issue="business-rule")
            return job_id
        values = {
            "kind": MESSAGE,
            "client_id": client.id,
            "request_id": posted.request_id,
            "correlation_id": posted.correlation_id,
            "content_type": posted.content_type,
        }
        job_id = async_jobs.add(tx, values, posted.body, digest=digest, keep=KEEP)
        tx.audit(Entry("keep message for later", "async job", str(job_id), None, {"sender": client.id}))
        return job_id


def standing(db: Database, client: ApiClient, job_id: UUID) -> Standing:
    """Return how far a client's own message is; raises NotFound."""
    with db.transaction(_PROCESS) as tx:
        return async_jobs.get_standing(tx, job_id, kind=MESSAGE, client_id=client.id)


def remove(db: Database, client: ApiClient, job_id: UUID) -> None:
    """Forget a message's answer, or a message that still waits; one that was taken stays taken. Raises NotFound."""
    with db.transaction(_PROCESS) as tx:
        async_jobs.remove(tx, job_id, kind=MESSAGE, client_id=client.id)
        tx.audit(Entry("remove answer", "async job", str(job_id), None, {"sender": client.id}))


def due(db: Database) -> list[UUID]:
    """Return what waits for a worker, and forget what nobody may fetch any more."""
    with db.transaction(_PROCESS) as tx:
        async_jobs.remove_ended(tx)
        return list(async_jobs.list_due(tx))


def run(db: Database, job_id: UUID) -> None:
    """Do what was promised, once: by whoever has the lease. What fails is tried again, and answered 500 at last."""
    with db.transaction(_PROCESS) as tx:
        job = async_jobs.lease(tx, job_id)
    if job is None:
        return
    try:
        if job.attempt > MOST_ATTEMPTS:  # whoever had it before did not live to say so
            raise RuntimeError("too many attempts")
        do = _answer_message if job.kind == MESSAGE else export.gather
        do(db, job)
    except LostLease:
        log.info("a promise was taken over or taken back", extra={"job_id": str(job.id)})
    except Exception as fault:  # every promise is kept, if only by saying that it cannot be
        _failed(db, job, fault)


def _answer_message(db: Database, job: Job) -> None:
    given = _given(db, job)
    with db.transaction(_PROCESS) as tx:
        async_jobs.record_answer(tx, job, given.status, given.body)


def _given(db: Database, job: Job) -> Answer:
    """The very answer that the synchronous door would give."""
    with db.transaction(_PROCESS) as tx:
        client = machines.find_client(tx, job.client_id)
    try:
        if client is None:
            raise refusal(403, "The client was switched off before its message had its turn.")
        posted = Posted(job.asked, job.content_type or "", job.request_id or "", job.correlation_id)
        return answer(db, client, posted, again=job.attempt > 1)
    except Exception as fault:
        refused = find_refusal(fault)
        if refused is None:
            raise
        return _as_answer(refused)


def _failed(db: Database, job: Job, fault: Exception) -> None:
    incident = uuid4().hex[:12]
    told = {"job_id": str(job.id), "fault": type(fault).__name__, "incident": incident}
    log.warning("a promise could not be kept", extra=told)
    with suppress(LostLease), db.transaction(_PROCESS) as tx:
        if job.attempt < MOST_ATTEMPTS:
            async_jobs.record_retry(tx, job)
        else:
            given = _as_answer(refusal(500, f"Something went wrong here. Tell us the incident {incident}."))
            async_jobs.record_answer(tx, job, given.status, given.body)


def _as_answer(refused: FhirRejected) -> Answer:
    return Answer(refused.status, orjson.dumps(operation_outcome(refused.problems, refused.rec_code)))
