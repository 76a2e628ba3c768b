"""Derives fhir/data/required_codes.json from HL7's own definitions of R4; run it when the library changes.

python -m tests.contract.clients.derive_required_codes
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from fhir.elements import elements_of
from tests.contract.clients.node_programs import run

TABLE = Path(__file__).parents[3] / "fhir" / "data" / "required_codes.json"


def derive() -> dict[str, dict[str, Any]]:
    """The lists of codes that R4 requires, and which list each element has, by the library's names of types.

    `concepts` are those of elements that are CodeableConcepts, by system. Passed over: what R4B renamed, so that
    the library does not know it, and lists without end (media types, units).
    """
    lists: dict[str, list[str]] = {}
    elements: dict[str, str] = {}
    concepts: dict[str, dict[str, list[str]]] = {}
    for told in run("required_codes.mjs"):
        holder = _find_holder(told["path"])
        if holder and "systems" in told:
            concepts[holder] = {system: sorted(codes) for system, codes in told["systems"].items()}
        elif holder:
            lists[told["list"]] = sorted(told["codes"])
            elements[holder] = told["list"]
    parts = {"lists": lists, "elements": elements, "concepts": concepts}
    return {name: dict(sorted(part.items())) for name, part in parts.items()}


def _find_holder(path: str) -> str | None:
    """`OperationOutcomeIssue.code` for `OperationOutcome.issue.code`."""
    root, *between, name = path.split(".")
    try:
        model = get_fhir_model_class(root)
        for step in between:
            model = elements_of(model)[step].model
        return f"{model.__name__}.{name}" if name in elements_of(model) else None
    except (KeyError, ValueError):
        return None


if __name__ == "__main__":
    told = derive()
    parts = [
        f' "{part}": {{\n'
        + ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in told[part].items())
        + "\n }"
        for part in told
    ]
    TABLE.write_text("{\n" + ",\n".join(parts) + "\n}\n")
