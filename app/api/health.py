"""For machines that watch: is the process up, can it serve, how does the loop fare."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, jsonify, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from app.domain.invariants import Invariant
from app.runtime import Runtime
from app.services.watching import health, invariants
from app.store.loop import LoopHealth
from app.store.session import Database

_PREFIX = "backstitch_"


class LoopCollector(Collector):
    """The loop's numbers out of the database at the moment of asking, so that every process answers alike."""

    def __init__(self, app: Flask):
        self.app = app

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: the database is not asked before it is needed."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the loop's gauges, or only that the database is away."""
        db = _runtime(self.app).db
        loop = health.find_loop_health(db)
        yield _gauge("database_up", "1 when the database answers.", 1 if loop else 0)
        if loop is not None:
            yield from _loop_metrics(loop)
            yield from _proof(db)


def register_health(app: Flask, registry: CollectorRegistry) -> None:
    """Add /healthz, /readyz and /metrics; `registry` holds the process's own request numbers."""
    registry.register(LoopCollector(app))
    watch = Blueprint("health", __name__)

    @watch.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="up")

    @watch.get("/readyz")
    def readyz() -> tuple[Response, int]:
        runtime = _runtime(app)
        found = health.readiness(runtime.settings.database_url, runtime.queue.connection.ping)
        state = "not-ready" if not found.is_ready else "ready" if found.queue else "degraded"
        parts = {
            "database": "up" if found.database else "away",
            "migrations": "current" if found.migrated else "not-current",
            "queue": "up" if found.queue else "away",
        }
        return jsonify(status=state, parts=parts), 200 if found.is_ready else 503

    @watch.get("/metrics")
    def metrics() -> Response:
        settings = _runtime(app).settings
        if not _may_watch(settings.metrics_token, is_https=settings.cookies_are_secure):
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(watch)


def _runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["backstitch"]
    return found


def _may_watch(token: str | None, *, is_https: bool) -> bool:
    """Tell whether the caller may read the numbers; where no token is set, nobody may at an address of the open net."""
    if token is None:
        return not is_https
    told = request.authorization
    given = told.token if told is not None and told.type == "bearer" else None
    return hmac.compare_digest((given or "").encode(), token.encode())


def _loop_metrics(loop: LoopHealth) -> Iterator[Metric]:
    by_status = GaugeMetricFamily(
        f"{_PREFIX}referrals", "Referrals by the status they are in.", labels=["status"]
    )
    for status, count in sorted(loop.by_status.items()):
        by_status.add_metric([status], count)
    yield by_status
    yield from _steps(loop)
    yield _gauge(
        "ended_not_closed", "Ended referrals whose practice has not acknowledged.", loop.ended_not_closed
    )
    yield _gauge("orphaned", "Open referrals without owner or next date; must be 0.", loop.orphaned)
    yield _gauge("failed_messages", "Messages that could not be carried.", loop.failed_messages)
    yield _gauge("oldest_unsent_seconds", "Age of the oldest unsent message.", loop.oldest_unsent_seconds)


def _proof(db: Database) -> Iterator[Metric]:
    """The last proof that nobody is forgotten; nothing before the first."""
    run = invariants.find_last_run(db)
    if run is None:
        return
    found = Counter(breach.invariant for breach in run.breaches)
    what = "What must not be, as last found; each must be 0."
    breaches = GaugeMetricFamily(f"{_PREFIX}breaches", what, labels=["invariant"])
    for invariant in Invariant:
        breaches.add_metric([invariant.value], found[invariant])
    yield breaches
    ago = (db.clock() - run.ran_at).total_seconds()
    yield _gauge("proved_seconds_ago", "Age of the last proof; the worker makes one a minute.", ago)


def _steps(loop: LoopHealth) -> Iterator[Metric]:
    """Four counts and four rates, each over all live referrals: they answer four questions, never one."""
    reached = {
        "answered": loop.answered,
        "started": loop.started,
        "helped": loop.helped,
        "fed-back": loop.fed_back,
    }
    counts = GaugeMetricFamily(
        f"{_PREFIX}loop_reached", "Live referrals that reached a step.", labels=["step"]
    )
    rates = GaugeMetricFamily(f"{_PREFIX}loop_rate", "The same as a share, 0 to 1.", labels=["step"])
    for step, count in reached.items():
        counts.add_metric([step], count)
        if loop.referrals:
            rates.add_metric([step], count / loop.referrals)
    yield _gauge("live_referrals", "Referrals that the rates are shares of.", loop.referrals)
    yield counts
    yield rates


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}{name}", what, value=value)
