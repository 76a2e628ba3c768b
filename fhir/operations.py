"""The operations of this server, once: the routes and the CapabilityStatement are made of this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fhir.cardinalities import types_of_messages
from fhir.systems import OURS
from fhir.views_table import KINDS

_FHIR: Final = "http://hl7.org/fhir/OperationDefinition/"
_BULK: Final = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
# What can be validated: all that can be read, all that a published message may carry, and the message itself.
VALIDATED: Final = tuple(sorted({*KINDS, *types_of_messages(), "Bundle", "Subscription"}))


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: `types` are those that it can be asked of, `on_system` whether of none in particular."""

    name: str
    definition: str
    about: str
    on_system: bool = True
    types: tuple[str, ...] = ()

    def told(self) -> dict[str, str]:
        """Return it as the CapabilityStatement has it."""
        return {"name": self.name, "definition": self.definition, "documentation": self.about}


PROCESS_MESSAGE: Final = Operation(
    "process-message",
    f"{_FHIR}MessageHeader-process-message",
    "Up to 1 MiB at once; up to 32 MiB unless told otherwise with Prefer: respond-async, answered later.",
)
VALIDATE: Final = Operation(
    "validate",
    f"{_FHIR}Resource-validate",
    "Everything that would be refused and why; nothing is kept. A message is judged as $process-message would"
    " for this very client. Of profiles only those of R4 itself can be named.",
    types=VALIDATED,
)
EXPORT: Final = Operation(
    "export",
    f"{_BULK}export",
    "All that the caller's organisation may read, as NDJSON; _type, _since, _elements. Files are kept for a day.",
)
EXPORT_PATIENTS: Final = Operation(
    "export",
    f"{_BULK}patient-export",
    "As the export of the whole, of what belongs to patients.",
    on_system=False,
    types=("Patient",),
)
SANDBOX_RESET: Final = Operation(
    "sandbox-reset",
    f"{OURS}OperationDefinition/sandbox-reset",
    "Empties the caller's sandbox: no referral, message or person is left. Refused outside a sandbox.",
)
SANDBOX_STEP: Final = Operation(
    "sandbox-step",
    f"{OURS}OperationDefinition/sandbox-step",
    "POST ServiceRequest/{id}/$sandbox-step?steps=1: the sandbox's link worker or provider takes the next step.",
    on_system=False,
    types=("ServiceRequest",),
)
REFERRAL_PAGE: Final = Operation(
    "referral-page",
    f"{OURS}OperationDefinition/referral-page",
    "POST a Patient: the address of a web page on which this person can be referred, for half an hour, by somebody of"
    " the practice who is signed in. For a system that cannot send the referral itself.",
    on_system=False,
    types=("Patient",),
)
OPERATIONS: Final = (
    PROCESS_MESSAGE,
    VALIDATE,
    EXPORT,
    EXPORT_PATIENTS,
    REFERRAL_PAGE,
    SANDBOX_RESET,
    SANDBOX_STEP,
)


def operations_of(resource_type: str | None) -> list[dict[str, str]]:
    """Return the operations of a type, None for the system's own, as the CapabilityStatement lists them."""
    return [
        each.told()
        for each in OPERATIONS
        if (resource_type in each.types if resource_type else each.on_system)
    ]
