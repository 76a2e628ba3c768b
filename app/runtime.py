"""Puts the parts together once, the same way for web, worker, command line and tests."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from app.clients.checkpoints import CheckpointFolder
from app.clients.fhir_endpoint import HttpTransport
from app.clients.jwks import fetch_key_set
from app.clients.limiter import Limiter
from app.clients.mesh import MeshTransport
from app.clients.notify import Notify
from app.clients.openid import OpenIdProvider
from app.clients.rest_hook import RestHook
from app.clients.scanner import Scanner
from app.clients.smtp import Mailer
from app.clients.transport import Transport
from app.config import Settings, SettingsProblem
from app.domain.errors import Invalid
from app.domain.measures import Library
from app.domain.message_templates import Channel, Templates
from app.services.measures import measure_library
from app.services.measures.measure_shelf import Shelf
from app.services.messages import message_library
from app.store.crypto import Cipher
from app.store.measure_files import UsedFiles
from app.store.session import Clock, Database, Wake, check_role, engine_for

log = logging.getLogger(__name__)
SignInProvider = OpenIdProvider  # as the doors name it
QUEUE = "feedback"
_JOB = "app.jobs.deliver"
_LATER = "app.jobs.answer_later"
_LATER_SECONDS = 1800  # an export of a large practice; its lease is renewed while it goes on
_JOB_SECONDS = 45  # shorter than the lease: a job that hangs is ended before its row is free again


@dataclass(frozen=True)
class Runtime:
    """What an edge needs: settings, database, transports by name."""

    settings: Settings
    db: Database
    transports: Mapping[str, Transport]
    mesh: MeshTransport | None
    queue: Queue
    hooks: RestHook
    mailer: Mailer | None = None
    notify: Notify | None = None

    @cached_property
    def limiter(self) -> Limiter:
        """What counts how often something is tried, for all web processes together."""
        return Limiter(self.settings.redis_url, self.settings.secret_key)

    @cached_property
    def openid(self) -> Mapping[str, OpenIdProvider]:
        """Who signs staff in for us, by the name in our addresses."""
        return {each.name: OpenIdProvider(each) for each in self.settings.openid if not each.for_residents}

    @cached_property
    def residents_openid(self) -> Mapping[str, OpenIdProvider]:
        """Who signs people in to their own page (NHS login), likewise."""
        return {each.name: OpenIdProvider(each) for each in self.settings.openid if each.for_residents}

    @cached_property
    def scanner(self) -> Scanner | None:
        """What looks for viruses in files that people upload; None where nothing does."""
        return Scanner(self.settings.scanner) if self.settings.scanner else None

    @cached_property
    def checkpoints(self) -> CheckpointFolder | None:
        """Where the audit's checkpoints are kept; None where none are."""
        folder, pem = self.settings.audit_checkpoints, self.settings.audit_signing_key
        return CheckpointFolder.with_key(folder, pem) if folder and pem else None

    @property
    def ways_out(self) -> frozenset[Channel]:
        """By which ways this installation sends messages itself; shown ones count, so that all of it can be tried."""
        if self.settings.shows_messages:
            return frozenset(Channel)
        mailed = {Channel.EMAIL} if self.mailer is not None else set()
        notified = self.notify.channels if self.notify is not None else ()
        return frozenset({*mailed, *map(Channel, notified)})

    @property
    def ways_promised(self) -> frozenset[Channel]:
        """By which ways a page may promise a message: those that go out; where nothing goes out at all, every one.

        A house without any mail promises nothing to anybody outside: no link leaves it either.
        """
        return self.ways_out or frozenset(Channel)

    def fetch_keys(self, uri: str) -> dict[str, Any] | None:
        """Return the public keys that stand at a client's own address, None when there are none just now."""
        return fetch_key_set(uri, allow_private=self.settings.allow_private_addresses)

    def wake_later(self, job_id: UUID) -> None:
        """Call a worker to what was promised for later; the sweep finds what a lost call missed."""
        try:
            self.queue.enqueue(
                _LATER, str(job_id), job_timeout=_LATER_SECONDS, result_ttl=60, failure_ttl=3600
            )
        except RedisError as fault:
            log.warning("wake-up call failed", extra={"fault": type(fault).__name__, "count": 1})

    def count_visit(self, name: str, seconds: int) -> int:
        """Count one more of something and return how many there were in these seconds; 0 when nobody can count."""
        try:
            calls = self.queue.connection.pipeline()
            calls.incr(name)
            calls.expire(name, seconds, nx=True)
            return int(calls.execute()[0])
        except RedisError as fault:
            log.warning("visits are not counted", extra={"fault": type(fault).__name__, "count": 1})
            return 0

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
    """Build everything; raises UnsafeRole when the database role could step round row-level security.

    An `engine` that is given has had its role checked by whoever made it (`check_role`).
    Raises SettingsProblem when the installation's own questionnaires cannot be read.
    """
    if engine is None:
        engine = engine_for(settings.database_url)
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
    db.public_url = settings.public_url.rstrip("/")
    db.shelf = Shelf(UsedFiles(engine), _measures(settings), clock=clock)
    db.templates = _templates(settings)
    if settings.receiver_ids:
        db.names = frozenset((*settings.receiver_ids, settings.public_url.rstrip("/")))
    hooks = RestHook(allow_private=settings.allow_private_addresses)
    mailer = Mailer(settings.mail) if settings.mail else None
    notify = Notify(settings.notify) if settings.notify else None
    return Runtime(settings, db, transports, mesh, queue, hooks, mailer, notify)


def _measures(settings: Settings) -> Library:
    try:
        folder = settings.measures_dir
        return measure_library.load(folder) if folder else measure_library.shipped()
    except Invalid as fault:
        told = [f"MEASURES_DIR: {each.field}: {each.sentence}" for each in fault.problems]
        raise SettingsProblem(told) from None


def _templates(settings: Settings) -> Templates:
    """Return what goes out in fixed words; a template that breaks a rule keeps the process from starting."""
    try:
        folder = settings.messages_dir
        return message_library.load(folder) if folder else message_library.shipped()
    except Invalid as fault:
        told = [f"MESSAGES_DIR: {each.field}: {each.sentence}" for each in fault.problems]
        raise SettingsProblem(told) from None
