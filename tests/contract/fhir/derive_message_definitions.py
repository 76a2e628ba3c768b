"""Derives fhir/data/message_definitions.json from the published definitions; run it when they change.

python tests/contract/fhir/derive_message_definitions.py
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "tests" / "data" / "bars-ig" / "MessageDefinition"
TABLE = ROOT / "fhir" / "data" / "message_definitions.json"
_R4 = {"": "http://hl7.org/fhir"}


def derive() -> dict[str, dict]:
    """Event, version, and lowest and highest count (None: no limit) of each resource type, by the URL's last part."""
    found = {}
    for path in sorted(PUBLISHED.glob("*.xml")):
        root = ElementTree.parse(path).getroot()  # noqa: S314 - a file of our own tree
        found[_value(root, "url").rsplit("/", 1)[-1]] = {
            "event": _value(root, "eventCoding/code"),
            "version": _value(root, "version"),
            "resources": _resources(root),
        }
    return dict(sorted(found.items()))


def _resources(root: ElementTree.Element) -> dict[str, list]:
    """A type that is listed twice (Location: the incident's, and others) has the sum of both."""
    counts: dict[str, list] = {}
    for focus in root.findall("focus", _R4):
        name, low, high = (_value(focus, each) for each in ("code", "min", "max"))
        before = counts.get(name, [0, 0])
        highest = None if high == "*" or before[1] is None else before[1] + int(high)
        counts[name] = [before[0] + int(low), highest]
    counts.pop("Bundle", None)
    return dict(sorted(counts.items()))


def _value(node: ElementTree.Element, path: str) -> str:
    found = node.find(path, _R4)
    assert found is not None, path
    return found.attrib["value"]


if __name__ == "__main__":
    TABLE.parent.mkdir(exist_ok=True)
    lines = [f" {json.dumps(name)}: {json.dumps(told)}" for name, told in derive().items()]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
