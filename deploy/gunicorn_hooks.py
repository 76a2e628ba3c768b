"""gunicorn's settings: the application is loaded once, then forked; no connection may be shared across the fork."""

from __future__ import annotations

from typing import Any

from fhir.warm import warm

preload_app = True
worker_class = "gthread"
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat file, so that a slow disk does not look like a hung worker
graceful_timeout = 30
timeout = 60
keepalive = 15
max_requests = 10_000
max_requests_jitter = 1_000


def when_ready(_: Any) -> None:
    """Build the FHIR models once, before the workers are forked: the first message costs no more than the rest."""
    warm()


def post_fork(server: Any, _: Any) -> None:
    """Give each worker database connections of its own."""
    application = server.app.callable
    application.extensions["backstitch"].db.engine.dispose(close=False)
