"""Fills forms as somebody would who answers everything: from the pages, and from the API's own description."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

Fields = list[tuple[str, str]]
_TYPED = {
    "email": "somebody@example.org",
    "number": "3",
    "tel": "07700 900123",
    "date": "2026-03-04",
    "password": "a-password",
}
_DAYS = {"day": "4", "month": "3", "year": "2026"}
_FORMATS = {"date": "2026-03-04", "date-time": "2026-03-04T10:00:00Z", "email": "somebody@example.org"}
_NO_UUID = "00000000-0000-4000-8000-000000000000"


@dataclass
class WebForm:
    """A form that is sent: where to, and one answer to each of its questions."""

    action: str
    fields: Fields = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.found: list[WebForm] = []
        self._form: WebForm | None = None
        self._select: str | None = None
        self._radios: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = WebForm((given.get("action") or self.here).partition("#")[0])
            self._radios = set()
            if given.get("method", "").lower() == "post":
                self.found.append(self._form)
        elif self._form is None:
            return
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and given.get("value"):
            self._form.fields.append((self._select, given["value"]))
            self._select = None
        elif tag == "textarea":
            self._form.fields.append((given.get("name", ""), "Some words that somebody wrote."))
        elif tag in ("input", "button"):
            self._input(self._form, given, tag)

    def _input(self, form: WebForm, given: dict[str, str], tag: str) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if not name or name == "csrf_token" or kind == "file":
            return
        if kind == "radio":
            if name not in self._radios:
                form.fields.append((name, given.get("value", "")))
            self._radios.add(name)
        elif kind in ("hidden", "checkbox") or tag == "button":
            form.fields.append((name, given.get("value", "")))
        elif kind != "submit":
            form.fields.append((name, given.get("value") or _typed(name, kind, given)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def _typed(name: str, kind: str, given: dict[str, str]) -> str:
    for part, value in _DAYS.items():
        if name.endswith(part):
            return value
    if given.get("inputmode") == "numeric":
        return "3"
    return _TYPED.get(kind, "Words")


def forms_of(html: str, here: str) -> list[WebForm]:
    """Every form of a page that is sent by POST, filled in; `here` is the page's own path."""
    reader = _Forms(here)
    reader.feed(html)
    return reader.found


def body_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """A body that an OpenAPI schema takes, with every property there is."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return body_of(document["components"]["schemas"][name], document)
    for several in ("allOf", "anyOf", "oneOf"):
        if several in schema:
            return body_of(schema[several][0], document)
    for said in ("example", "default"):
        if schema.get(said) is not None:
            return schema[said]
    if schema.get("enum"):
        return schema["enum"][0]
    return _of_type(schema, document)


def _of_type(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")
    if kind == "object":
        return {name: body_of(each, document) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [body_of(schema.get("items", {}), document)]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if schema.get("format") == "uuid":
        return _NO_UUID
    return _FORMATS.get(schema.get("format", ""), "Some words.")


def bodies_of(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """(method, path in OpenAPI's spelling) -> a body that is taken there."""
    found = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {}) if isinstance(told, dict) else {}
            if "application/json" in content:
                found[method.upper(), path] = body_of(content["application/json"]["schema"], document)
    return found
