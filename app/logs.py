"""Structured logs: one JSON line an event, ids and codes only; whatever else comes in `extra` is dropped."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# What may be said about an event. A name, a number or an address has no key here, so it cannot be written.
ALLOWED = frozenset(
    {
        "action",
        "count",
        "duration_ms",
        "fault",
        "incident",
        "issue",
        "method",
        "outbox_id",
        "pid",
        "post",
        "reception",
        "referral_id",
        "request_id",
        "result",
        "route",
        "sender",
        "status",
        "subscription_id",
    }
)
_CHATTY = ("rq", "rq.worker", "rq.scheduler", "urllib3", "werkzeug", "alembic")


def _only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    own = {"event", "level", "timestamp", "logger"}
    return {key: value for key, value in event.items() if key in ALLOWED or key in own}


def _without_traceback(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep an exception's type and drop its text: messages of libraries quote values."""
    info = event.pop("exc_info", None)
    if info and info is not True and info[0] is not None:
        event["fault"] = info[0].__name__
    return event


def configure(level: int = logging.INFO) -> None:
    """Send the standard library's logging through the filter to standard error."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_traceback,
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.raiseExceptions = (
        False  # a handler that cannot write must not print the event's traceback instead
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
