"""What can be written and which old versions are kept, once: routes and CapabilityStatement are made of this table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# type -> the scope that its address asks for
CREATE: Final[Mapping[str, str]] = MappingProxyType({"ServiceRequest": "system/ServiceRequest.c"})
UPDATE: Final[Mapping[str, str]] = MappingProxyType(
    {"ServiceRequest": "system/ServiceRequest.u", "Task": "system/Task.u"}
)
KEPT: Final = (
    "ServiceRequest",
    "Task",
)  # of these every version is kept; of others the one that is there now
BUNDLES: Final = ("transaction", "batch")
ABOUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ServiceRequest": "Created with its Patient contained, or for a Patient/{id} of this practice; its requester"
        " changes status (revoked, entered-in-error), note and reasonCode, whatever is left out stays.",
        "Patient": "Made with a ServiceRequest only, in a transaction or contained.",
        "Task": "Made with a ServiceRequest, or by the link workers; a provider updates its own.",
    }
)


def interactions_of(resource_type: str) -> list[dict[str, str]]:
    """Return the interactions of a type beside read and search, as the CapabilityStatement lists them."""
    codes = ["vread"]
    codes += ["create"] if resource_type in CREATE else []
    codes += ["update"] if resource_type in UPDATE else []
    codes += ["history-instance"] if resource_type in KEPT else []
    return [{"code": code} for code in codes]
