"""What validators of others say of a resource that we emit, R4 and the published profiles of its type."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contract.clients.node_programs import run

_DATA = Path(__file__).parents[2] / "data"
_UK_CORE = _DATA / "uk-core" / "structuredefinitions"
_FOLDERS = [str(_UK_CORE), str(_DATA / "bars-ig" / "StructureDefinition")]
_PROFILES = {path.stem for path in _UK_CORE.glob("UKCore-*.xml")}
BARS = "https://fhir.nhs.uk/StructureDefinition/"

Json = dict[str, Any]


def judge(
    resources: Mapping[str, Json], *, profiles: Mapping[str, str] | None = None
) -> dict[str, list[str]]:
    """What is wrong with each resource, by its name here: nothing but what two validators and the profiles say.

    Every resource must meet UK Core's profile of its type where there is one, those in a Bundle too. `profiles` are
    further ones for types.
    """
    parts = [each for name, resource in resources.items() for each in _parts(name, resource)]
    asked = [{"resource": each, "profiles": _profiles(each, profiles or {})} for _, each in parts]
    found: dict[str, list[str]] = {}
    for (name, _), said in zip(parts, run("validate.mjs", [{"folders": _FOLDERS}, *asked]), strict=True):
        if problems := [*said["medplum"], *said["fhirJs"]]:
            found.setdefault(name, []).extend(problems)
    return found


def _parts(name: str, resource: Json) -> list[tuple[str, Json]]:
    inner = [each["resource"] for each in resource.get("entry", ()) if "resource" in each]
    return [(name, resource), *((f"{name} > {each['resourceType']}", each) for each in inner)]


def _profiles(resource: Json, more: Mapping[str, str]) -> list[str]:
    kind = resource["resourceType"]
    uk_core = [f"https://fhir.hl7.org.uk/StructureDefinition/UKCore-{kind}"]
    return [*(uk_core if f"UKCore-{kind}" in _PROFILES else ()), *([more[kind]] if kind in more else ())]
