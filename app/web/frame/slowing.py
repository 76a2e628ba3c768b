"""Slows down who tries too often: dead links, forms of strangers, exports; a page says how long to wait."""

from __future__ import annotations

from flask import current_app, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.paces import Pace, TooFast
from app.services.signing_in import sign_in_paces
from app.web.frame import guard


def address() -> str:
    """Return what the asking address is counted as; which address that is, the trusted proxies say."""
    return paces.counted_as(request.remote_addr)


def check() -> None:
    """Raise TooFast for whoever has no room left; called before every page."""
    if request.endpoint is None:
        return
    access = getattr(current_app.view_functions[request.endpoint], "_access", None)
    if access == guard.PUBLIC:
        if _is_by_code():
            _wait(paces.DEAD_LINKS_FROM_ADDRESS, address())
        if request.method == "POST":
            count(paces.FORMS_FROM_ADDRESS, address())
    elif is_file():
        signed_in = guard.find_signed_in()
        if signed_in is not None and signed_in.account.role in (access or ()):
            count(paces.EXPORTS, str(signed_in.account.id))


def note(response: AnyResponse) -> AnyResponse:
    """Count a link that opened nothing: somebody may be guessing."""
    if response.status_code == 404 and _is_by_code():
        guard.runtime().limiter.count(paces.DEAD_LINKS_FROM_ADDRESS, address())
    return response


def is_file() -> bool:
    """Tell whether this address is something to take along."""
    return request.url_rule is not None and paces.is_file(request.url_rule.rule)


def count(pace: Pace, *who: str) -> None:
    """Count one try; raises TooFast when there is no room."""
    sign_in_paces.count(guard.runtime().limiter, pace, *who)


def _wait(pace: Pace, *who: str) -> None:
    waits = guard.runtime().limiter.wait(pace, *who)
    if waits:
        raise TooFast(waits)


def _is_by_code() -> bool:
    return "code" in (request.view_args or {})
