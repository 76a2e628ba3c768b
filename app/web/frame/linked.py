"""Pages that a link in an e-mail opens: for whoever holds it, without a trace of its code on the way out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from app.services.messages.links import LinkGone, TooOften
from app.web.frame.guard import runtime
from app.web.frame.page import render

View = Callable[..., Any]


def by_link(view: View) -> View:
    """Show the same page for every link that does not work, and let no other site learn the address."""

    @wraps(view)
    def wrapper(code: str) -> AnyResponse:
        try:
            response: AnyResponse = view(code)
        except (LinkGone, TooOften) as fault:
            response = gone(fault)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapper


def gone(fault: LinkGone | TooOften) -> Response:
    """Return the page of a link that does not work, with a way to ring."""
    return render("link_gone.html", status=fault.status, sentence=fault.sentence, help_phone=help_phone())


def help_phone() -> str | None:
    """Return whom people without a sign-in ring."""
    return runtime().settings.help_phone
