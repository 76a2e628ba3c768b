"""Derives fhir/data/taken_definitions.json: the published definitions of the messages that are taken or sent here.

python tests/contract/fhir/derive_taken_definitions.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir.systems import CANCEL_DEFINITION, REQUEST_DEFINITION, RESPONSE_DEFINITION, RESPONSE_SHORT_DEFINITION
from fhir.xml_reading import load_xml

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "tests" / "data" / "bars-ig" / "MessageDefinition"
TABLE = ROOT / "fhir" / "data" / "taken_definitions.json"
TAKEN = (REQUEST_DEFINITION, CANCEL_DEFINITION, RESPONSE_DEFINITION, RESPONSE_SHORT_DEFINITION)


def derive() -> list[dict[str, Any]]:
    """The definitions as published, by their place in TAKEN; the guide's narrative is left out."""
    found = {}
    for path in PUBLISHED.glob("*.xml"):
        definition = dict(load_xml(path.read_bytes()))
        definition.pop("text", None)
        found[definition["url"]] = definition
    return [found[url] for url in TAKEN]


if __name__ == "__main__":
    TABLE.write_text(json.dumps(derive(), indent=1) + "\n")
