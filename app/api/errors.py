"""Tells in FHIR what went wrong at this door, whatever it was, in the media type that the caller asked for."""

from __future__ import annotations

import logging
from typing import Final
from uuid import uuid4

import orjson
from flask import Response, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.api.request_log import current_request_id, route_template
from app.domain.paces import TooFast
from app.services.fhir_reading.fhir_reads_query import format_of
from app.services.incoming.refusals import CATALOGUE as CATALOGUE
from app.services.incoming.refusals import find_refusal
from app.services.incoming.refusals import refusal as refusal
from app.store.session import is_away
from fhir.problems import FhirRejected, operation_outcome
from fhir.xml_writing import to_xml

log = logging.getLogger(__name__)
FHIR_JSON: Final = "application/fhir+json"
FHIR_XML: Final = "application/fhir+xml"
XML_TYPES: Final = (FHIR_XML, "application/xml", "text/xml")
RETRY_SECONDS: Final = 5

_SENTENCES: Final = {
    404: "There is nothing at this address.",
    405: "This method is not for this address.",
    408: "The body did not arrive in time, and nothing was kept. Send it again, unchanged.",
    413: "The body is larger than 1 MiB, or its length is not told. Send one referral in a message; a larger one "
    "is taken by $process-message with the header Prefer: respond-async, and answered later.",
}


def refusal_of(fault: Exception) -> FhirRejected:
    """Return any fault as a refusal; what nobody foresaw becomes an incident, and its text stays unsaid."""
    known = find_refusal(fault)
    if known is not None:
        return known
    if isinstance(fault, HTTPException):
        return _http_refusal(fault)
    if is_away(fault):
        sentence = (
            f"No messages can be taken just now. Send it again after {RETRY_SECONDS} seconds, unchanged."
        )
        return refusal(503, sentence)
    return _incident(fault)


def answer_of(fault: Exception) -> Response:
    """Return the OperationOutcome that tells a fault."""
    refused = refusal_of(fault)
    body = operation_outcome(refused.problems, refused.rec_code)
    answer = fhir_response(orjson.dumps(body), refused.status)
    if refused.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if refused.status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(fault, TooFast):
        answer.headers["Retry-After"] = str(fault.seconds)
    methods = getattr(fault, "valid_methods", None)
    if methods:
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def fhir_response(body: bytes, status: int) -> Response:
    """Return an answer in the one of FHIR's two media types that the caller asked for; `body` is JSON."""
    if _wants_xml():
        return Response(
            to_xml(orjson.loads(body)), status=status, content_type=f"{FHIR_XML}; fhirVersion=4.0"
        )
    return Response(body, status=status, content_type=f"{FHIR_JSON}; fhirVersion=4.0")


def _wants_xml() -> bool:
    """Tell whether XML is asked for, by _format before Accept; who asks for nothing gets what they sent."""
    told = format_of(request.args.get("_format", ""))
    if told is not None:
        return told == "xml"
    asked = [value.split(";")[0].strip() for value, quality in request.accept_mimetypes if quality > 0]
    named = [value for value in asked if "*" not in value]
    return named[0] in XML_TYPES if named else request.mimetype in XML_TYPES


def _http_refusal(fault: HTTPException) -> FhirRejected:
    # A body that stops coming: whoever hung up reads no answer, whoever is on a slow line must know to send again.
    status = 408 if isinstance(fault, ClientDisconnected) else fault.code or 500
    if 300 <= status < 400:  # a message is never sent on to another address
        status = 404
    if status not in CATALOGUE:
        status = 400 if status < 500 else 500
    return refusal(status, _SENTENCES.get(status, "The request cannot be understood."))


def _incident(fault: Exception) -> FhirRejected:
    incident = uuid4().hex[:12]
    told = {"incident": incident, "fault": type(fault).__name__, "route": route_template()}
    log.error(
        "unforeseen fault", extra={**told, "method": request.method, "request_id": current_request_id()}
    )
    return refusal(500, f"Something went wrong here, and nothing was kept. Tell us the incident {incident}.")
