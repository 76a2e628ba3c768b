"""Larger letters on the pages of residents and visitors: asked for in the address, kept in a cookie of one word."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, has_request_context, request

from app.web.frame import guard

COOKIE: Final = "print"
LARGE, USUAL = "large", "usual"
CLASS: Final = "bs-large"
_CHOICES: Final = (LARGE, USUAL)
_YEAR: Final = 365 * 24 * 60 * 60
_VISITORS: Final = frozenset(("plain", "self_referral", "directory"))
_THEIR_OWN: Final = "my_"


def set_up(app: Flask) -> None:
    """Let pages be read in larger letters, and remember the choice; the cookie tells nothing of who chose."""
    app.jinja_env.globals.update(is_large=is_large, other_print=other_print)
    app.after_request(_remember)


def is_large() -> bool:
    """Tell whether this page is shown in larger letters."""
    if not has_request_context() or not _is_offered():
        return False
    asked = request.args.get("print")
    return (asked if asked in _CHOICES else request.cookies.get(_cookie())) == LARGE


def classes() -> str:
    """Return the classes of the page's root element."""
    return CLASS if is_large() else ""


def other_print() -> str:
    """Return where the same page is in the other size; what was asked in the address stays."""
    asked = [(name, told) for name, told in request.args.items(multi=True) if name != "print"]
    return f"?{urlencode([*asked, ('print', USUAL if is_large() else LARGE)])}"


def _is_offered() -> bool:
    part = (request.blueprint or "").rpartition(".")[2]
    return part in _VISITORS or part.startswith(_THEIR_OWN)


def _remember(response: Response) -> Response:
    asked = request.args.get("print")
    if asked in _CHOICES and _is_offered():
        options = {"max_age": _YEAR, "secure": _is_secure(), "httponly": True}
        response.set_cookie(_cookie(), asked, **options, samesite="Lax")  # type: ignore[arg-type]
    return response


def _cookie() -> str:
    return f"__Host-{COOKIE}" if _is_secure() else COOKIE


def _is_secure() -> bool:
    return guard.runtime().settings.cookies_are_secure
