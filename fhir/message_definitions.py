"""Which messages are taken and sent here, as the published definitions say, for the use cases that are set up.

BaRS: a sender asks its receiver by MessageDefinition?context= before it sends (API specification 1.4.0). The guide
lets each receiver say its own contexts; ours are the use cases, the rest is as published.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import orjson

from fhir.systems import (
    BARS_USE_CASES,
    OUR_USE_CASES,
    USE_CASE_DISPLAY,
    USE_CASE_SOCIAL_PRESCRIBING,
)
from fhir.writing import Json, coding, concept

TYPE: Final = "MessageDefinition"
# Derived from the published definitions by tests/contract/fhir/derive_taken_definitions.py.
_PUBLISHED: Final[list[Json]] = orjson.loads(
    (Path(__file__).parent / "data" / "taken_definitions.json").read_bytes()
)
_USAGE: Final = "http://terminology.hl7.org/CodeSystem/usage-context-type"
# Name -> type and meaning of each search parameter.
PARAMETERS: Final = {
    "_id": ("token", "Its id."),
    "context": ("token", "A use case, as code or system|code."),
    "status": ("token", "active: what is here is in use."),
    "url": ("uri", "Its canonical address, with or without its version."),
}


def definitions(use_cases: Iterable[str]) -> list[Json]:
    """Return the definitions of what is taken and sent, for these use cases beside our own."""
    codes = dict.fromkeys((USE_CASE_SOCIAL_PRESCRIBING, *sorted(use_cases)))
    contexts = [_context(code) for code in codes]
    return [_definition(each, contexts) for each in _PUBLISHED]


def _definition(published: Json, contexts: list[Json]) -> Json:
    """The guide gives two definitions one id: the last part of the address is each one's own."""
    own = {"id": published["url"].rpartition("/")[2], "useContext": contexts}
    head = {"resourceType": TYPE, "id": own["id"]}
    return head | published | own


def _context(code: str) -> Json:
    ours = code == USE_CASE_SOCIAL_PRESCRIBING
    use_case = coding(OUR_USE_CASES, code, USE_CASE_DISPLAY) if ours else coding(BARS_USE_CASES, code)
    return {"code": coding(_USAGE, "workflow"), "valueCodeableConcept": concept(use_case)}


def capability() -> Json:
    """Return the CapabilityStatement's part."""
    return {
        "type": TYPE,
        "documentation": "The messages that are taken and sent here, for the use cases that are set up. Open to any"
        " signed-in system.",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "searchParam": [
            {"name": name, "type": kind, "documentation": about} for name, (kind, about) in PARAMETERS.items()
        ],
    }
