"""What integrators are told that the code already knows: types and their searches, scopes, algorithms, errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.services.incoming.refusals import CATALOGUE
from app.services.systems.key_sets import ALGORITHMS, SHORTEST_RSA
from fhir.views_capability import parameters_of
from fhir.views_table import KINDS

__all__ = ["ALGORITHMS", "SHORTEST_RSA", "ErrorLine", "TypeLine", "errors", "served_types"]

_MEANING: Final = {
    400: "The request cannot be read. Mend what the issue names; the same again is refused again.",
    401: "No access token, or it has ended. Ask for a new one and repeat the request.",
    403: "The token lacks the scope, or you may not speak for this organisation.",
    404: "Nothing is there, or it is not shared with you: the two are answered alike.",
    405: "Not with this method; the header Allow lists those that there are.",
    406: "Accept one of the media types that are offered.",
    408: "The body did not arrive in time. Send it again.",
    409: "With issue code duplicate: it was taken before, do not send it again. With conflict: it has moved on.",
    413: "Too large for an answer at once. Use Prefer: respond-async.",
    415: "Send FHIR as JSON or XML, not packed.",
    422: "Understood and refused: every problem is an issue of its own, at its place.",
    429: "Too much at once. Wait as long as Retry-After says.",
    500: "Our fault. Nothing was kept; tell us the incident's number that stands in the answer.",
    501: "Not done by this server.",
    503: "Not just now. Send the same again, unchanged, after Retry-After.",
}


@dataclass(frozen=True, slots=True)
class TypeLine:
    """A resource type, what it holds and what it is searched by."""

    type: str
    about: str
    parameters: str


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """A status of the error catalogue, its code, the usual FHIR issue type, and what to do."""

    status: int
    code: str
    issue: str
    meaning: str


def served_types() -> Sequence[TypeLine]:
    """Return every type that can be read and searched."""
    return [
        TypeLine(kind.type, kind.about, ", ".join(each.name for each in parameters_of(kind)))
        for kind in KINDS.values()
    ]


def errors() -> Sequence[ErrorLine]:
    """Return the error catalogue, each with its sentence."""
    return [ErrorLine(status, code, issue, _MEANING[status]) for status, (code, issue) in CATALOGUE.items()]
