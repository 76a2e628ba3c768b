"""The headers of NHS England's BaRS proxy: what each says in base64, and who must send them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
from flask import current_app, g, request

from app.runtime import Runtime
from app.services.incoming.destination import is_name
from fhir.problems import Problem
from fhir.systems import ODS_ORGANISATION, normalised

END_USER: Final = "NHSD-End-User-Organisation"
_TARGET: Final = "NHSD-Target-Identifier"
_SOFTWARE: Final = "NHSD-Requesting-Software"
_PRACTITIONER: Final = "NHSD-Requesting-Practitioner"
_NEEDED: Final = (_TARGET, _SOFTWARE, END_USER)  # BaRS API 1.4.0; the practitioner only where one is known


def header_problems() -> Iterator[Problem]:
    """Yield what is wrong with the proxy's headers, each named; they are needed of a client that comes through it.

    The published example of the software is no valid R4 Device, so none of them is read as more than JSON.
    """
    for name, (is_right, what) in MEANT.items():
        told = request.headers.get(name)
        if told is not None:
            if not is_right(decoded(told)):
                yield Problem("", "invalid", f"The header {name} must be the base64 of {what}.")
        elif g.machine.client.behind_proxy and name in _NEEDED:
            yield Problem("", "required", f"The header {name} is missing. Send the base64 of {what}.")
    if g.machine.client.behind_proxy and not request.headers.get("Accept", "").strip():
        yield Problem(
            "", "required", "The header Accept is missing. Send application/fhir+json; version=1.4.0."
        )
    yield from _target_problems()


def _target_problems() -> Iterator[Problem]:
    runtime: Runtime = current_app.extensions["backstitch"]
    told = decoded(request.headers.get(_TARGET, ""))
    if not runtime.db.names or not _is_identifier(told):
        return
    if not is_name(runtime.db.names, f"{normalised(told['system'])}|{told['value']}"):
        yield Problem("", "value", f"The header {_TARGET} names a receiver that is not served here.")


def decoded(told: str) -> Any:
    """Return what a header says, None when that cannot be read."""
    try:
        return orjson.loads(base64.b64decode(told))
    except ValueError:
        return None


def ods_of(found: Any) -> str | None:
    """Return the ODS code of an Organization that a header told, None when it has none."""
    if not _is_a(found, "Organization") or not isinstance(found.get("identifier"), list):
        return None
    for each in found["identifier"]:
        if _is_identifier(each) and normalised(each["system"]) == ODS_ORGANISATION:
            return str(each["value"])
    return None


def _is_identifier(told: Any) -> bool:
    parts = (told.get("system"), told.get("value")) if isinstance(told, dict) else ()
    return len(parts) == 2 and all(isinstance(each, str) and each.strip() for each in parts)


def _is_a(told: Any, kind: str) -> bool:
    return isinstance(told, dict) and bool(told) and told.get("resourceType", kind) == kind


MEANT: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    _TARGET: (_is_identifier, 'an identifier: {"system": "...", "value": "..."}'),
    _SOFTWARE: (lambda told: _is_a(told, "Device"), "a Device, as JSON"),
    END_USER: (lambda told: ods_of(told) is not None, "an Organization with an ODS code"),
    _PRACTITIONER: (lambda told: _is_a(told, "PractitionerRole"), "a PractitionerRole, as JSON"),
}
