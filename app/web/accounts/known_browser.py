"""A mark in a browser that somebody has signed in on: strangers' wrong passwords do not slow down its owner."""

from __future__ import annotations

import secrets
from typing import Final

from flask import request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

from app.web.frame.guard import runtime

_DAYS: Final = 90
_MOST: Final = 5  # people who share a browser


def mark_of(username: str) -> str:
    """Return the mark that this browser has for a user name, "" when nobody signed in on it by that name."""
    return _read().get(username.strip().casefold(), "")


def remember(response: AnyResponse, username: str) -> None:
    """Mark the browser for who has just signed in; the mark alone opens nothing."""
    known = _read()
    mark = known.pop(username, "") or secrets.token_urlsafe(12)
    newest = dict([*known.items(), (username, mark)][-_MOST:])
    response.set_cookie(
        _name(),
        _serializer().dumps(newest),
        max_age=_DAYS * 86400,
        httponly=True,
        secure=runtime().settings.cookies_are_secure,
        samesite="Lax",
        path="/",
    )


def _read() -> dict[str, str]:
    try:
        told = _serializer().loads(request.cookies.get(_name(), ""), max_age=_DAYS * 86400)
    except BadSignature:
        return {}
    return {str(name): str(mark) for name, mark in told.items()} if isinstance(told, dict) else {}


def _name() -> str:
    return "__Host-known" if runtime().settings.cookies_are_secure else "known"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(runtime().settings.secret_key, salt="known-browser")
