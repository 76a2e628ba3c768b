"""`python -m app.worker`: keeps one queue worker alive and sweeps; either alone would still empty the outbox."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from threading import Event

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app import jobs, logs
from app.process import runtime_of_process
from app.runtime import Runtime

log = logging.getLogger(__name__)
_RESTART_SECONDS = 2.0
_CHILD = "--queue"


def work_queue() -> None:
    """Be the queue worker: one queue, jobs in this very process, each a few short transactions.

    The worker ends when the queue goes away; the supervisor starts another.
    """
    runtime = runtime_of_process()
    worker = SimpleWorker(
        [runtime.queue],
        connection=runtime.queue.connection,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=15,
        job_monitoring_interval=5,
    )
    try:
        worker.work(logging_level="WARNING")
    finally:
        runtime.close()


def supervise(stop: Event) -> None:
    """Run the queue worker as a child, restart it when it ends, and sweep every few seconds until told to stop."""
    runtime = runtime_of_process()
    child: subprocess.Popen[bytes] | None = None
    started = 0.0
    try:
        while not stop.is_set():
            if (child is None or child.poll() is not None) and time.monotonic() - started > _RESTART_SECONDS:
                child, started = _start_child(), time.monotonic()
            _sweep(runtime)
            stop.wait(runtime.settings.sweep_seconds)
    finally:
        if child is not None:
            child.terminate()
            child.wait(timeout=15)
        runtime.close()


def _start_child() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app.worker", _CHILD])


def _sweep(runtime: Runtime) -> None:
    try:
        jobs.sweep(runtime)
    except Exception as fault:  # database or mailbox away for a while: the next sweep tries again
        log.warning("sweep failed", extra={"fault": type(fault).__name__})


def main() -> None:
    """Start as supervisor, or as its child."""
    logs.configure()
    if _CHILD in sys.argv[1:]:
        try:
            work_queue()
        except RedisError as fault:
            log.warning("queue is away", extra={"fault": type(fault).__name__})
            sys.exit(1)
        return
    stop = Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    log.info("worker started", extra={"pid": os.getpid()})
    supervise(stop)


if __name__ == "__main__":
    main()
