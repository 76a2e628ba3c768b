"""Every page goes out through here: the same frame, the same headers, nothing kept by anybody on the way."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, g, make_response, render_template, request

from app.web.frame import from_the_left, guard, kept, large_print, translated
from app.web.frame.forms import Form

_NO_FORM = Form()
_LAST_PAGE = 100_000


def render(template: str, *, status: int = 200, form: Form = _NO_FORM, **values: Any) -> Response:
    """Return a page; a form that was refused brings its problems and what was typed."""
    if form.changes and status == 200:
        status = 409
    if "overtaken_form" in g:
        form, status = g.overtaken_form, 409
    if request.method == "GET" and not form.typed and not form.problems:
        form = kept.restored() or form
    if form.problems and status == 200:
        status = 400
    frame = {"cspNonce": nonce(), "htmlClasses": large_print.classes()}
    html = render_template(template, form=form, signed_in=guard.find_signed_in(), **frame, **values)
    told = from_the_left.set_apart(translated.mark_english(html))
    return protect(make_response(told, status))


def page_number() -> int:
    """Return which page of a list is asked for; nonsense is the first, and no list is longer than the last."""
    return min(max(1, request.args.get("page", 1, type=int)), _LAST_PAGE)


def nonce() -> str:
    """Return this response's own mark, without which no inline script runs."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce  # type: ignore[no-any-return]


def protect(response: Response) -> Response:
    """Set the headers that keep a page out of frames, caches and other sites' hands."""
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"style-src 'self'; img-src 'self'; script-src 'self' 'nonce-{nonce()}'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Robots-Tag", "noindex")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    return response
