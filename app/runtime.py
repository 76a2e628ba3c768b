"""Puts the parts together once, the same way for web, worker, command line and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from app.clients.fhir_endpoint import HttpTransport
from app.clients.mesh import MeshTransport
from app.clients.transport import Transport
from app.config import Settings
from app.store.crypto import Cipher
from app.store.session import Clock, Database, Wake, check_role, engine_for

QUEUE = "feedback"
_JOB = "app.jobs.deliver"
_JOB_SECONDS = 45  # shorter than the lease: a job that hangs is ended before its row is free again


@dataclass(frozen=True)
class Runtime:
    """What an edge needs: settings, database, transports by name."""

    settings: Settings
    db: Database
    transports: Mapping[str, Transport]
    mesh: MeshTransport | None
    queue: Queue

    def close(self) -> None:
        """Let connections go; the next use opens new ones."""
        if self.mesh is not None:
            self.mesh.close()
        self.db.engine.dispose()


def utc_now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


def queue_for(redis_url: str) -> Queue:
    """Return the queue; short time-outs, because a lost queue must never hold up a request."""
    connection = Redis.from_url(redis_url, socket_connect_timeout=1, socket_timeout=2)
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer, default_timeout=_JOB_SECONDS)


def build_runtime(
    settings: Settings, *, clock: Clock = utc_now, wake: Wake | None = None, engine: Engine | None = None
) -> Runtime:
    """Build everything; raises UnsafeRole when the database role could step round row-level security."""
    engine = engine or engine_for(settings.database_url)
    check_role(engine)
    queue = queue_for(settings.redis_url)

    def enqueue(ids: list[UUID]) -> None:
        for outbox_id in ids:
            queue.enqueue(_JOB, str(outbox_id), result_ttl=60, failure_ttl=3600)

    mesh = MeshTransport(settings.mesh) if settings.mesh else None
    transports: dict[str, Transport] = {"fhir": HttpTransport()}
    if mesh:
        transports["mesh"] = mesh
    db = Database(engine, cipher=Cipher(settings.keys), clock=clock, wake=wake or enqueue)
    return Runtime(settings, db, transports, mesh, queue)
