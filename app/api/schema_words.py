"""Reads JSON schemas of the OpenAPI document for people: rows of a table, and an example value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_SAMPLES = {
    "uuid": "0b9f1c2e-5a37-4c81-9d20-6a4f0e7b1c55",
    "date": "2026-11-22",
    "date-time": "2026-11-22T09:30:00+00:00",
}
_PLAIN = {"string": "words", "integer": 1, "number": 1, "boolean": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One field: `name` with dots for what lies inside, `kind` in words."""

    name: str
    kind: str
    needed: bool
    meaning: str
    choices: tuple[str, ...]


def rows_of(schema: Schema, components: dict[str, Schema], prefix: str = "") -> Iterator[Row]:
    """Yield a row for each field of an object schema, those inside it after it."""
    found = resolved(schema, components)
    for name, inner in found.get("properties", {}).items():
        full = f"{prefix}{name}"
        item = resolved(inner, components)
        of = resolved(item.get("items", {}), components)
        yield Row(
            name=full,
            kind=_kind(item, of),
            needed=name in found.get("required", ()),
            meaning=inner.get("description") or item.get("description", ""),
            choices=tuple(
                str(word) for word in (item.get("enum") or of.get("enum") or ()) if word is not None
            ),
        )
        if "properties" in item:
            yield from rows_of(item, components, f"{full}.")
        elif "properties" in of:
            yield from rows_of(of, components, f"{full}[].")


def example_of(schema: Schema, components: dict[str, Schema]) -> Any:
    """Return a value that fits a schema: the author's own example where there is one."""
    found = resolved(schema, components)
    if found.get("examples"):
        return found["examples"][0]
    if found.get("enum"):
        return found["enum"][0]
    if "properties" in found:
        return {name: example_of(inner, components) for name, inner in found["properties"].items()}
    kind = _type(found)
    if kind == "array":
        return [example_of(found.get("items", {}), components)]
    if kind == "object":
        return (
            {"code": example_of(found["additionalProperties"], components)}
            if found.get("additionalProperties")
            else {}
        )
    return _SAMPLES.get(found.get("format", ""), _PLAIN.get(kind))


def resolved(schema: Schema, components: dict[str, Schema]) -> Schema:
    """Return a schema with its reference followed; words beside the reference win."""
    parts = [schema, *schema.get("allOf", ()), *(each for each in schema.get("anyOf", ()) if "$ref" in each)]
    merged: Schema = {}
    for part in reversed(parts):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        merged |= components.get(name, {}) | {key: value for key, value in part.items() if key != "$ref"}
    return merged


def _type(schema: Schema) -> str:
    told = schema.get("type", "")
    return next((kind for kind in told if kind != "null"), "") if isinstance(told, list) else str(told)


def _kind(schema: Schema, of: Schema) -> str:
    kind = schema.get("format") or _type(schema) or "object"
    if kind == "array":
        return f"list of {of.get('format') or _type(of) or 'object'}"
    nullable = isinstance(schema.get("type"), list) and "null" in schema["type"]
    return f"{kind} or null" if nullable else str(kind)
