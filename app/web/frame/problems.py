"""What a person reads when something went wrong: what happened, what is safe, what to do next."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, DomainError
from app.domain.paces import TooFast
from app.domain.wording import worded_all
from app.store.crypto import KeysAway
from app.store.session import is_away
from app.web.frame import overtaken, typed
from app.web.frame.page import render

log = logging.getLogger(__name__)

_TITLES = worded_all(
    {
        400: "That did not work",
        403: "You cannot open this page",
        404: "Page not found",
        405: "Page not found",
        409: "Somebody was faster",
        412: "This is another file",
        413: "That was too much to send",
        422: "That did not work",
        429: "Too many tries",
        500: "Something went wrong on our side",
        503: "Backstitch is away for a moment",
    }
)
_TYPED_STAYS = (400, 404, 409, 429, 500, 503)  # what was written is shown, so that it can be copied
_SENTENCES = {
    400: "The form could not be read. Nothing was changed.",
    403: "Your role does not open this page. If you think it should, ask the steward of your area.",
    404: "There is nothing here, or it is not shared with your organisation. Check the address for a slip.",
    413: "Nothing was changed. Shorten what you wrote and send it again.",
    429: "Wait a few minutes and try again.",
    500: "It was noted and we will look at it. Nothing you sent was half saved. Try again in a few minutes.",
    503: "Nothing you sent was half saved. Try again in a few minutes.",
}
_FORM_SENTENCE = (
    "The page you sent was too old or came from somewhere else, so nothing was changed. "
    "Open the page again and send it once more."
)


def handle_on(blueprint: Blueprint) -> None:
    """Show the house's own error pages for everything that goes wrong in a page."""
    blueprint.register_error_handler(DomainError, _refused)
    blueprint.register_error_handler(CSRFError, _old_form)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _broken)


def handle_unknown_addresses(app: Flask, machine_paths: tuple[str, ...]) -> None:
    """Show the same pages for addresses that no view has; what machines ask for is left to their own handlers."""
    for status in (404, 405):
        _handle(app, status, machine_paths)


def _handle(app: Flask, status: int, machine_paths: tuple[str, ...]) -> None:
    earlier = next(iter(app.error_handler_spec[None][status].values()), None)

    def unknown(fault: HTTPException) -> Any:
        if request.path.startswith(machine_paths):
            return earlier(fault) if earlier else fault
        return _http(fault)

    app.register_error_handler(status, unknown)


def _refused(fault: DomainError) -> Response:
    if isinstance(fault, Conflict):
        told = overtaken.sentence_of(fault), overtaken.title_of(fault)
        return overtaken.shown_again(fault) or problem_page(fault.status, told[0], title=told[1])
    sentence = _SENTENCES.get(fault.status) if fault.status in (403, 404) else fault.sentence
    response = problem_page(fault.status, sentence)
    if isinstance(fault, TooFast):
        response.headers["Retry-After"] = str(fault.seconds)
    return response


def _old_form(_: CSRFError) -> Response:
    return problem_page(400, _FORM_SENTENCE)


def _http(fault: HTTPException) -> AnyResponse:
    if fault.response is not None or (fault.code or 500) < 400:
        return fault.get_response()
    return problem_page(fault.code or 500)


def _broken(fault: Exception) -> Response:
    away = (isinstance(fault, KeysAway) or hasattr(fault, "connection_invalidated")) and is_away(fault)
    status = 503 if away else 500
    extra = {"fault": type(fault).__name__, "route": request.endpoint, "status": status}
    log.error("page failed", extra=extra)
    return problem_page(status)


def problem_page(status: int, sentence: str | None = None, *, title: str = "") -> Response:
    """Return the page for a status; after a fault of ours nothing is looked up that may be broken too."""
    if status >= 500:
        g.setdefault("signed_in", None)
    title = title or _TITLES.get(status, _TITLES[400 if status < 500 else 500])
    back = overtaken.page_of_thing() if status == 409 else None
    response = render(
        "problem.html",
        status=404 if status == 405 else status,
        title=title,
        sentence=sentence or _SENTENCES.get(status, _SENTENCES[400 if status < 500 else 500]),
        back=back,
        written=typed.words() if status in _TYPED_STAYS else (),
    )
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response
