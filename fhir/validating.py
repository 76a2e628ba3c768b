"""Reads what is to be validated: a resource or a message by itself, or wrapped in Parameters with what is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from fhir.checks import resource_problems
from fhir.inbound_parties import requester_of
from fhir.message_rules import header_id_of, reason_of, use_case_of
from fhir.problems import FhirRejected, Problem
from fhir.reading import objects, text
from fhir.references import EntryIndex
from fhir.resource_in import read_body
from fhir.strict_json import refused
from fhir.xml_reading import is_xml

# http://hl7.org/fhir/R4/valueset-resource-validation-mode.html; update and delete speak of an instance
MODES: Final = ("create", "update", "delete", "profile")
_OF_R4: Final = "http://hl7.org/fhir/StructureDefinition/"
_TAKEN: Final = ("resource", "mode", "profile")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What is to be validated: `body` its bytes as they came, or written anew when `wrapped` in Parameters.

    `resource` is None when the body cannot be read; `problems` then say why.
    """

    body: bytes
    content_type: str
    resource: dict[str, Any] | None
    problems: tuple[Problem, ...] = ()
    wrapped: bool = False
    mode: str | None = None
    profiles: tuple[str, ...] = ()

    @property
    def type(self) -> str | None:
        """The resource's type as it says itself."""
        return text(self.resource, "resourceType") if self.resource else None

    @property
    def is_message(self) -> bool:
        """Whether it is a Bundle that wants to be a message, or says nothing else."""
        return self.type == "Bundle" and text(self.resource, "type") in (None, "message")


def read_submitted(raw: bytes, *, content_type: str, asked: Iterable[tuple[str, str]]) -> Submitted:
    """Return what is to be validated; `asked` are the parameters of the address: mode, profile.

    A body that cannot be read is an answer, not a fault. Raises FhirRejected (400) when nothing could be validated:
    no body, Parameters without a resource, a parameter that is not known, a mode or profile that is not checked here.
    """
    if not raw.strip():
        raise refused("The body is empty. Send what is to be validated.")
    pairs = list(asked)
    try:
        body = read_body(raw, content_type=content_type, types=None)
    except FhirRejected as fault:
        if fault.status == 413:
            raise
        found = Submitted(raw, content_type, None, fault.problems)
        return _meant(found, pairs)
    if body.get("resourceType") == "Parameters":
        resource, inside = _unwrapped(body)
        found = Submitted(orjson.dumps(resource), "application/fhir+json", resource, wrapped=True)
        return _meant(found, [*pairs, *inside])
    return _meant(
        Submitted(raw, "application/fhir+xml" if is_xml(content_type) else content_type, body), pairs
    )


def problems_of(submitted: Submitted) -> tuple[Problem, ...]:
    """Return what R4 alone has against it."""
    return submitted.problems if submitted.resource is None else resource_problems(submitted.resource)


def _unwrapped(body: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    resources: list[dict[str, Any]] = []
    pairs: list[tuple[str, str]] = []
    for parameter in objects(body, "parameter"):
        name = text(parameter, "name") or ""
        if name == "resource" and isinstance(parameter.get("resource"), dict):
            resources.append(parameter["resource"])
        else:
            told = next((value for key, value in parameter.items() if key.startswith("value")), "")
            pairs.append((name, told if isinstance(told, str) else ""))
    if len(resources) != 1:
        sentence = (
            "Send what is to be validated as the one parameter named resource, in its element resource."
        )
        raise FhirRejected([Problem("Parameters.parameter", "required", sentence)])
    return resources[0], pairs


def _meant(found: Submitted, pairs: list[tuple[str, str]]) -> Submitted:
    told = [(name, value) for name, value in pairs if name != "_format"]
    problems = []
    if any(name not in _TAKEN for name, _ in told):
        sentence = f"A parameter is not known. Taken are: {', '.join(_TAKEN)}."
        problems.append(Problem("Parameters.parameter", "not-supported", sentence))
    modes = [value for name, value in told if name == "mode"]
    if len(modes) > 1 or any(mode not in MODES for mode in modes):
        problems.append(Problem("Parameters.parameter", "value", f"The mode is one of: {', '.join(MODES)}."))
    profiles = tuple(value for name, value in told if name == "profile")
    if any(not _is_checked(profile, found.type) for profile in profiles):
        # OperationDefinition/Resource-validate: what cannot be validated against SHALL be an error
        remedy = f"Leave it out, or name R4's own: {_OF_R4} and the resource's type."
        sentence = f"This profile cannot be checked here. {remedy}"
        problems.append(Problem("Parameters.parameter", "not-supported", sentence))
    if problems:
        raise FhirRejected(problems)
    return replace(found, mode=modes[0] if modes else None, profiles=profiles)


def _is_checked(profile: str, resource_type: str | None) -> bool:
    return resource_type is not None and profile.split("|")[0] == _OF_R4 + resource_type


@dataclass(frozen=True, slots=True)
class Named:
    """What a message that is refused for its form says of itself, as far as it can be read; nothing was checked."""

    bundle_id: str
    header_id: str
    reason: str
    requester: str | None  # ODS code
    requester_path: str
    use_case: str | None
    use_case_path: str


def named_in(body: dict[str, Any]) -> Named | None:
    """Return what a message says of itself, None when too little of it can be read."""
    listed = body.get("entry")
    entries = EntryIndex.of(listed if isinstance(listed, list) else [])
    headers, requests = entries.of_type("MessageHeader"), entries.of_type("ServiceRequest")
    if not headers or len(requests) != 1:
        return None
    header, request = headers[0], requests[0]
    try:
        requester, path = requester_of(request, header, entries)
        use_case = use_case_of(request.resource)
        return Named(
            bundle_id=text(body, "id") or "",
            header_id=header_id_of(header, body) or "",
            reason=reason_of(header.resource),
            requester=requester.ods,
            requester_path=path,
            use_case=use_case[1] if use_case else None,
            use_case_path=f"{request.path}.category",
        )
    except (TypeError, AttributeError, ValueError, KeyError):  # misshapen beyond what careful reading bears
        return None
