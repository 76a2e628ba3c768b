"""For whom a system asks, and how it wants its answer: told in the headers and parameters of the request."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Response, current_app, g, request
from werkzeug.http import parse_options_header

from app.api.errors import FHIR_JSON, FHIR_XML, XML_TYPES, refusal
from app.api.media import is_spoken
from app.api.prefer import preferences
from app.api.proxy_headers import END_USER, decoded, header_problems, ods_of
from app.domain.access import Actor
from app.domain.scopes import allows
from app.runtime import Runtime
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads_query import format_of
from fhir.problems import FhirRejected
from fhir.xml_writing import to_xml

BASE: Final = "/FHIR/R4"
_OFFERED: Final = (FHIR_JSON, "application/json", *XML_TYPES, "application/*", "*/*")
Json = dict[str, Any]


def caller() -> Actor:
    """Return as whom the signed-in system asks; raises FhirRejected (400) for the proxy's headers, and FhirRejected
    or NotAllowed as `actor_of` does."""
    problems = list(header_problems())
    if problems:
        raise FhirRejected(problems)
    return fhir_reads.actor_of(_runtime().db, g.machine.client, named_practice())


def base_url() -> str:
    """Return the address that all of FHIR stands under, as the outside knows it."""
    return _runtime().settings.public_url.rstrip("/") + BASE


def named_practice() -> str | None:
    """Return the ODS code of the practice that the request names, None when it names none.

    The header is BaRS's: base64 of an Organization. Raises FhirRejected (400) when it cannot be read.
    """
    told = request.headers.get(END_USER)
    if told is None:
        return None
    ods = ods_of(decoded(told))
    if ods is None:
        raise refusal(400, f"The header {END_USER} must be the base64 of an Organization with an ODS code.")
    return ods


def is_strict() -> bool:
    """Tell whether unknown parameters are to be refused: Prefer: handling=strict."""
    return (preferences().get("handling") or "").lower() == "strict"


def may_read(kind: str) -> bool:
    """Tell whether the signed-in system's token covers reading or searching a type of resource."""
    return any(allows(g.machine.scopes, f"system/{kind}.{letter}") for letter in "rs")


def check_accept() -> None:
    """Refuse an Accept header that shuts both media types out; _format goes before it (FHIR R4, http.html)."""
    if _format() is not None or not request.headers.get("Accept", "").strip():
        return
    if not set(_accepted()) & set(_OFFERED):
        raise refusal(
            406, f"Answers are given as {FHIR_JSON} or {FHIR_XML} (FHIR 4.0, version 1). Accept one of them."
        )


def answer(resource: Json, status: int = 200) -> Response:
    """Return a resource in the one of FHIR's two media types that was asked for: by _format, else by Accept."""
    told = _format()
    offered = [each for each in _accepted() if each in _OFFERED]
    is_xml = format_of(told) == "xml" if told is not None else bool(offered) and offered[0] in XML_TYPES
    lines = orjson.OPT_INDENT_2 if request.args.get("_pretty") == "true" else None
    body, media = (
        (to_xml(resource), FHIR_XML) if is_xml else (orjson.dumps(resource, option=lines), FHIR_JSON)
    )
    found = Response(body, status=status, content_type=f"{media}; fhirVersion=4.0")
    found.vary.add("Accept")
    return found


def _format() -> str | None:
    return request.args.get("_format") or request.form.get("_format")


def _accepted() -> list[str]:
    """The media types that are accepted in a version that is spoken here, the best liked first."""
    asked = [parse_options_header(value) for value, quality in request.accept_mimetypes if quality > 0]
    return [name for name, options in asked if is_spoken(options)]


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
