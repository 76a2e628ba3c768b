"""Who may see a page: every view says so once, in front of it, and an architecture test reads it there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.access import Actor
from app.domain.errors import NotAllowed
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services import entering, sign_in
from app.services.sign_in import SignedIn
from app.store.session import LONDON, Database

View = Callable[..., Any]
PUBLIC = "public"


def runtime_of(app: Flask) -> Runtime:
    """Return the parts that an application was put together from."""
    return app.extensions["backstitch"]  # type: ignore[no-any-return]


def runtime() -> Runtime:
    """Return the parts of the application that serves this request."""
    return runtime_of(current_app)


def database() -> Database:
    """Return the one door to the database."""
    return runtime().db


def today() -> date:
    """Return the date in London, by the house's clock."""
    return database().clock().astimezone(LONDON).date()


def requires(*roles: Role) -> Callable[[View], View]:
    """Show a view to these roles only: a stranger is asked to sign in, another role is refused."""

    def guarded(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            signed_in = find_signed_in()
            if signed_in is None:
                return redirect(_sign_in_path())
            if signed_in.lapsed:
                return redirect("/entering/over", 303)
            if signed_in.account.role not in roles:
                raise NotAllowed("This page belongs to another role than yours.")
            if request.method not in ("GET", "HEAD"):
                entering.check_may_change(signed_in.entering)
            return view(*args, **kwargs)

        wrapper._access = frozenset(roles)  # type: ignore[attr-defined]
        return wrapper

    return guarded


def public(view: View) -> View:
    """Show a view to everybody."""
    view._access = PUBLIC  # type: ignore[attr-defined]
    return view


def find_signed_in() -> SignedIn | None:
    """Return who is asking, None for a stranger; looked up once a request."""
    if "signed_in" not in g:
        token = request.cookies.get(cookie_name())
        g.signed_in = sign_in.find_signed_in(database(), token) if token else None
    return g.signed_in  # type: ignore[no-any-return]


def actor() -> Actor:
    """Return as whom the signed-in person acts; raises NotAllowed for a stranger."""
    signed_in = find_signed_in()
    if signed_in is None:
        raise NotAllowed("Sign in first.")
    return signed_in.actor


def cookie_name() -> str:
    """Return the session cookie's name; the prefix makes browsers refuse it for other hosts and plain HTTP."""
    return "__Host-session" if runtime().settings.cookies_are_secure else "session"


def give_cookie(response: AnyResponse, token: str) -> None:
    """Hand the session's token to the browser, out of reach of scripts and of other sites' forms."""
    response.set_cookie(cookie_name(), token, **_cookie_options())


def take_cookie(response: AnyResponse) -> None:
    """Take the session's token from the browser."""
    response.delete_cookie(cookie_name(), **_cookie_options())


def _cookie_options() -> dict[str, Any]:
    # Lax: with Strict a link in an e-mail would lead a signed-in person to the sign-in page.
    return {
        "httponly": True,
        "secure": runtime().settings.cookies_are_secure,
        "samesite": "Lax",
        "path": "/",
    }


def safe_path(path: str | None) -> str | None:
    """Return a path of this site as it is, None for anything that could lead elsewhere."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if any(ord(letter) < 33 for letter in path):
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc else path


def _sign_in_path() -> str:
    # What was posted is gone after signing in, so a form's sender is brought to the form's own page.
    wanted = (
        request.full_path.rstrip("?") if request.method == "GET" else urlsplit(request.referrer or "").path
    )
    path = safe_path(wanted)
    return f"/sign-in?next={quote(path)}" if path and path != "/" else "/sign-in"
