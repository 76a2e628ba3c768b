"""gunicorn's settings: the application is loaded once, then forked; no connection may be shared across the fork."""

from __future__ import annotations

import logging
import socket
import struct
from typing import Any, Final

import orjson
from gunicorn import util

from fhir.problems import Problem, operation_outcome
from fhir.warm import warm

preload_app = True
worker_class = "gthread"
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat file, so that a slow disk does not look like a hung worker
graceful_timeout = 30
timeout = 60
keepalive = 15
limit_request_line = 8190  # a link to a next page says a search with a hundred ids again
max_requests = 10_000
max_requests_jitter = 1_000
control_socket_disable = True  # a door in the home folder of the account, shared by all that run there

# between two pieces of a request: a thread that waits for ever serves nobody else
_SILENCE_SECONDS: Final = 10
_MALFORMED: Final = "Invalid request from ip="


def on_starting(server: Any) -> None:
    """Keep what cannot be read as HTTP out of the log and the answer: a broken request line may hold a name."""
    util.write_error = _write_outcome  # gunicorn has no setting for it, and answers in HTML
    server.log.error_log.addFilter(_without_quotes)


def _write_outcome(sock: socket.socket, status: int, reason: str, _: str) -> None:
    """Answer what never became a request in FHIR, as everything else is."""
    if status < 500:
        sentence = f"This could not be read as HTTP: {reason}. Is the address longer than {limit_request_line} bytes?"
        problem, code = Problem("", "invalid", sentence), "REC_BAD_REQUEST"
    else:
        problem, code = Problem("", "exception", "Something went wrong here."), "REC_SERVER_ERROR"
    body = orjson.dumps(operation_outcome([problem], code))
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/fhir+json\r\n"
    util.write_nonblock(sock, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def _without_quotes(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith(_MALFORMED):
        record.msg = "Not an HTTP request: refused"
    return True


def when_ready(server: Any) -> None:
    """Build the FHIR models once, before the workers are forked; and wait for no silent sender.

    gunicorn has no time limit for a request's own bytes; the kernel's, on the listening socket, is inherited by
    every connection.
    """
    warm()
    for listener in server.LISTENERS:
        limit = struct.pack("ll", _SILENCE_SECONDS, 0)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def post_fork(server: Any, _: Any) -> None:
    """Give each worker database connections of its own."""
    application = server.app.callable
    application.extensions["backstitch"].db.engine.dispose(close=False)
