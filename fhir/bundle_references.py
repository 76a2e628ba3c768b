"""Resolves references between the entries of a Bundle as R4 does (bundle.html#references), before they are read."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from fhir.problems import Problem
from fhir.reading import text

Json = dict[str, Any]
_RESTFUL: Final = re.compile(r"(https?://.+/)[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}\Z")
_RELATIVE: Final = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?\Z")
_TWICE: Final = "Another entry has the same fullUrl. Give each entry one of its own (bdl-7)."


def twice_named(entries: list[Any]) -> list[Problem]:
    """Return each entry whose fullUrl an earlier one has, in a version that is told apart by nothing (bdl-7)."""
    seen: set[tuple[str, str | None]] = set()
    found = []
    for at, entry in enumerate(entries):
        full_url = text(entry, "fullUrl")
        name = ((full_url or "").lower(), text(entry, "resource", "meta", "versionId"))
        if full_url and name in seen:
            found.append(Problem(f"Bundle.entry[{at}].fullUrl", "invariant", _TWICE))
        seen.add(name)
    return found


def resolved(entries: list[Any]) -> list[Any]:
    """Return the entries with each relative reference to another entry as that entry's fullUrl.

    A relative reference is of the server that the fullUrl of its own entry names; one that meets no entry stays.
    """
    known = {url for entry in entries if (url := text(entry, "fullUrl"))}
    return [_entry(entry, known) for entry in entries]


def _entry(entry: Any, known: Collection[str]) -> Any:
    base = _RESTFUL.match(text(entry, "fullUrl") or "")
    if base is None or "resource" not in entry:
        return entry
    return entry | {"resource": _absolute(entry["resource"], base[1], known)}


def _absolute(node: Any, base: str, known: Collection[str]) -> Any:
    if isinstance(node, list):
        return [_absolute(each, base, known) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: _absolute(value, base, known) for name, value in node.items()}
    to = node.get("reference")
    relative = _RELATIVE.match(to) if isinstance(to, str) else None
    if relative is not None and base + relative[1] in known:
        made["reference"] = base + relative[1]
    return made
