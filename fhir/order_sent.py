"""The request as its requester sent it: what is kept of it, what is read back, and what of it a PUT sends again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fhir.reading import dig, objects, text
from fhir.systems import OURS, normalised

Json = dict[str, Any]
_NOT_KEPT: Final = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "language"})
# What says something by itself, without a resource beside it that has no address here.
_READ_BACK: Final = (
    "orderDetail",
    "quantityQuantity",
    "quantityRatio",
    "quantityRange",
    "occurrenceDateTime",
    "occurrencePeriod",
    "occurrenceTiming",
    "asNeededBoolean",
    "asNeededCodeableConcept",
    "performerType",
    "locationCode",
    "bodySite",
    "patientInstruction",
)


def as_sent(request: Json) -> Json:
    """Return what is kept of a ServiceRequest as it came: all but its head and its narrative."""
    return {name: value for name, value in request.items() if name not in _NOT_KEPT}


def read_back(order: Mapping[str, Any]) -> Json:
    """Return the elements that its requester reads as it wrote them."""
    return {name: order[name] for name in _READ_BACK if name in order}


def identifiers_of(request: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """Return all that the requester knows a request by, each once: {"system", "value"}, "" where it has no system."""
    named = [*objects(request, "identifier"), dig(request, "requisition")]
    found = [
        {"system": normalised(text(each, "system")) or "", "value": value}
        for each in named
        if (value := text(each, "value")) and not is_ours(each)
    ]
    return tuple(each for at, each in enumerate(found) if each not in found[:at])


def is_ours(identifier: Mapping[str, Any]) -> bool:
    """Tell whether it was this platform that gave an identifier."""
    return (normalised(text(identifier, "system")) or "").startswith(OURS)
