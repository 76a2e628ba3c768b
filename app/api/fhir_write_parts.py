"""What every address that takes a resource shares: the body as it came, its names, and how the answer is wished."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request

from app.api.errors import FHIR_JSON, FHIR_XML, XML_TYPES, refusal
from app.api.fhir_rest_caller import answer, base_url, may_read
from app.api.media import check_body_version
from app.api.prefer import preferences
from app.api.request_log import UUID, current_request_id
from app.services.incoming.answering import Posted
from fhir.problems import Problem, operation_outcome
from fhir.resource_in import read_body, read_resource

Json = dict[str, Any]
_MEDIA: Final = (FHIR_JSON, "application/json", *XML_TYPES)


def posted() -> Posted:
    """Return the body and its names; raises FhirRejected (415) for what is no FHIR, (400) for names that are no UUIDs.

    X-Request-Id and X-Correlation-Id may be left out: without the first a repeat is known by what it says.
    """
    if request.mimetype not in _MEDIA:
        raise refusal(415, f"Send the resource as {FHIR_JSON} or {FHIR_XML}.")
    check_body_version()
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise refusal(
            415, "Send the resource as it is, without Content-Encoding: packed bodies are not read."
        )
    for name in ("X-Request-Id", "X-Correlation-Id"):
        if not UUID.match(request.headers.get(name) or current_request_id()):
            raise refusal(400, f"The header {name} is not a UUID. Send a UUID, or leave it out.")
    correlation = request.headers.get("X-Correlation-Id", "").lower() or None
    return Posted(request.get_data(cache=False), request.mimetype, current_request_id(), correlation)


def resource_of(told: Posted, types: Collection[str]) -> Json:
    """Return the resource in a body, of one of these types and sound by itself; raises FhirRejected."""
    return read_resource(told.body, content_type=told.content_type, types=types)


def bundle_of(told: Posted) -> Json:
    """Return the Bundle in a body, its entries not yet judged; raises FhirRejected."""
    return read_body(told.body, content_type=told.content_type, types=("Bundle",))


def versions() -> frozenset[str] | None:
    """Return the versions of If-Match, None when it was not sent or any will do."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return frozenset(request.if_match.as_set(include_weak=True))


def wished_return() -> str:
    """Return what the caller would have in the body: Prefer: return=minimal, representation or OperationOutcome."""
    return preferences().get("return") or ""


def written(resource: Json, status: int, notes: Sequence[Problem] = ()) -> Response:
    """Return the answer to a write: the resource as it is now unless less is wished, its address and its version.

    `notes` are told where an outcome is wished. A token that covers no reading of the type gets no resource back.
    """
    wished = wished_return()
    if wished == "minimal" or (wished != "OperationOutcome" and not may_read(resource["resourceType"])):
        told = Response(status=status)
    elif wished == "OperationOutcome":
        done = Problem("", "informational", "It was taken.", "information")
        told = answer(operation_outcome([done, *notes]), status)
    else:
        told = answer(resource, status)
    meta = resource["meta"]
    told.set_etag(meta["versionId"], weak=True)
    told.last_modified = datetime.fromisoformat(meta["lastUpdated"])
    told.headers["Location"] = address(resource)
    return told


def address(resource: Json) -> str:
    """Return where this very version of a resource is."""
    return (
        f"{base_url()}/{resource['resourceType']}/{resource['id']}/_history/{resource['meta']['versionId']}"
    )


def status_of(code: int) -> str:
    """Return a status as Bundle.entry.response has it."""
    return f"{code} {HTTPStatus(code).phrase}"
