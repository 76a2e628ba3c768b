"""One table from statuses to the BaRS catalogue, one way from what the rules refuse to how FHIR tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.errors import DomainError, Invalid
from fhir.problems import FhirRejected, Problem

# HTTP status -> (code, FHIR issue type): BaRS error catalogue, receiver's prefix. It has no code of its own for
# 413, 415 and 429: the nearest is given.
CATALOGUE: Final = {
    400: ("REC_BAD_REQUEST", "invalid"),
    401: ("REC_UNAUTHORIZED", "security"),
    403: ("REC_FORBIDDEN", "security"),
    404: ("REC_NOT_FOUND", "not-found"),
    405: ("REC_METHOD_NOT_ALLOWED", "not-supported"),
    406: ("REC_NOT_ACCEPTABLE", "processing"),
    408: ("REC_TIMEOUT", "timeout"),
    409: ("REC_CONFLICT", "conflict"),
    413: ("REC_UNPROCESSABLE_ENTITY", "too-costly"),
    415: ("REC_BAD_REQUEST", "not-supported"),
    422: ("REC_UNPROCESSABLE_ENTITY", "processing"),
    429: ("REC_BAD_REQUEST", "throttled"),
    500: ("REC_SERVER_ERROR", "exception"),
    501: ("REC_NOT_IMPLEMENTED", "not-supported"),
    503: ("REC_SERVICE_UNAVAILABLE", "transient"),
}


def refusal(
    status: int, sentence: str, *, issue: str | None = None, path: str = "", rec_code: str | None = None
) -> FhirRejected:
    """Return one problem with the code and the issue type that the catalogue has for `status`."""
    listed_code, listed_issue = CATALOGUE[status]
    problem = Problem(path, issue or listed_issue, sentence)
    return FhirRejected([problem], status=status, rec_code=rec_code or listed_code)


def invalid_message(fault: Invalid, paths: Mapping[str, str]) -> FhirRejected:
    """Return what the rules refuse of a message, each problem at its place in it."""
    problems = [
        Problem(paths.get(problem.field, "Bundle"), problem.code, problem.sentence)
        for problem in fault.problems
    ]
    return FhirRejected(problems, status=422, rec_code=CATALOGUE[422][0])


def find_refusal(fault: Exception) -> FhirRejected | None:
    """Return what was refused on purpose, told in FHIR; None for a fault that nobody foresaw."""
    if isinstance(fault, FhirRejected):
        return fault
    if isinstance(fault, Invalid):
        return invalid_message(fault, {})
    if isinstance(fault, DomainError) and fault.status in CATALOGUE and fault.status < 500:
        return refusal(fault.status, fault.sentence)
    return None
