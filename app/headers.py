"""The headers that every answer carries, whatever served it: a view, a static file or a fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Only where nothing else was said: static files and pages set their own.
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
}
_TWO_YEARS: Final = "max-age=63072000; includeSubDomains"


def carry_headers(served: WSGIApplication, *, is_https: bool) -> WSGIApplication:
    """Return an application that adds the headers to all that another serves; a header that was set there stands."""
    always = _ALWAYS | ({"Strict-Transport-Security": _TWO_YEARS} if is_https else {})

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            found = Headers(headers)
            for name, value in always.items():
                found.setdefault(name, value)
            return start_response(status, found.to_wsgi_list(), exc_info)

        return served(environ, start)

    return answer
