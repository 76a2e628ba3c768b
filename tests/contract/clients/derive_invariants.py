"""Derives fhir/data/invariants.json from HL7's own definitions of R4; run it when they or the library change.

python -m tests.contract.clients.derive_invariants
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from fhir.resources.R4B import get_fhir_model_class

from fhir.elements import elements_of
from tests.contract.clients.node_programs import run

TABLE: Final = Path(__file__).parents[3] / "fhir" / "data" / "invariants.json"

# Found by the walk already, with a sentence of its own; or (txt) about HTML, which no FHIRPath reads.
_ELSEWHERE: Final = frozenset({"ele-1", "ext-1", "ref-1", "txt-1", "txt-2"})

# As published they refuse what R4 allows, or cannot be evaluated; R4B and R5 published mendings of some.
_MENDED: Final = {
    # R4, datatypes.html#Period: an end of 2012-02-03 includes the times of that day
    "per-1": "start.hasValue().not() or end.hasValue().not() or start <= end"
    " or start.toString().startsWith(end.toString())",
    # quantities of other units are not compared
    "rng-2": "low.value.empty() or high.value.empty() or low.value <= high.value"
    " or (low.unit & low.system & low.code) != (high.unit & high.system & high.code)",
    # a day is not before the times of that day
    "Task inv-1": "lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn"
    " or authoredOn.toString().startsWith(lastModified.toString())",
}
# They compare everything with everything: written out by sets in fhir/invariants.py.
_WRITTEN_OUT: Final = frozenset({"bdl-7", "dom-3"})


def derive() -> dict[str, list[dict[str, str]]]:
    """Return the invariants of severity error by the library's name of the type they hold of.

    Each has its `key`, the `path` of the type, `human` words, its `expression`, and `at` where it is said of an
    element of that type: then the expression holds of all of that element. What R4B renamed is passed over.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for told in run("invariants.mjs"):
        if told["key"] in _ELSEWHERE | _WRITTEN_OUT:
            continue
        rule = {"key": told["key"], "path": told["path"], "human": told["human"].strip()}
        root = told["path"].split(".")[0]
        expression = _MENDED.get(told["key"], _MENDED.get(f"{root} {told['key']}", told["expression"]))
        held = _find_holder(told["path"])
        if held is None:
            continue
        holder, at = held
        if at:
            rule["path"] = told["path"].rpartition(".")[0]
            rule["at"] = at
            expression = f"{at}.all({expression})"
        found.setdefault(holder, []).append(rule | {"expression": expression})
    return dict(sorted(found.items()))


def _find_holder(path: str) -> tuple[str, str] | None:
    """`("TimingRepeat", "")` for `Timing.repeat`, `("Organization", "telecom")` for `Organization.telecom`."""
    root, *steps = path.split(".")
    try:
        model: Any = get_fhir_model_class(root)
        for position, step in enumerate(steps):
            inner = elements_of(model)[step].model if step in elements_of(model) else None
            if inner is None or not inner.__name__.startswith(model.__name__):
                last = position == len(steps) - 1
                return (model.__name__, step.removesuffix("[x]")) if last else None
            model = inner
    except (KeyError, ValueError):
        return None
    return model.__name__, ""


if __name__ == "__main__":
    parts = [
        f' "{name}": [\n' + ",\n".join(f"  {json.dumps(rule)}" for rule in rules) + "\n ]"
        for name, rules in derive().items()
    ]
    TABLE.write_text("{\n" + ",\n".join(parts) + "\n}\n")
