"""What a caller prefers, as the header Prefer tells it (RFC 7240)."""

from __future__ import annotations

from flask import request
from werkzeug.http import parse_dict_header


def wants_answer_later() -> bool:
    """Tell whether the caller would rather come back for the answer than wait for it."""
    return "respond-async" in preferences()


def is_lenient() -> bool:
    """Tell whether the caller would have what is not understood left aside."""
    return (preferences().get("handling") or "").lower() == "lenient"


def preferences() -> dict[str, str | None]:
    """Return what is preferred, by names in small letters."""
    told = request.headers.get("Prefer", "").replace(";", ",")
    return {name.lower(): value for name, value in parse_dict_header(told).items()}
