"""Tells a system which messages are taken here: the definitions for the use cases of those it speaks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, Final

from app.domain.access import system
from app.domain.errors import NotFound
from app.services.fhir_reading.fhir_reads_made import versioned
from app.services.fhir_reading.fhir_reads_values import Wrong, split
from app.store import directory
from app.store.machines import ApiClient
from app.store.session import Database
from fhir.elements import elements_of, find_resource_class
from fhir.message_definitions import TYPE, definitions
from fhir.systems import normalised

Json = dict[str, Any]


def list_definitions(db: Database, client: ApiClient) -> list[Json]:
    """Return the definitions for a client: our own use case, and those that its practices were set up with."""
    with db.transaction(system("fhir read")) as tx:
        known = directory.list_organisations(tx, ods=client.practices)
    use_cases = {code for practice in known for code in practice.use_cases}
    return [versioned(each) for each in definitions(use_cases)]


def get_definition(db: Database, client: ApiClient, id: str) -> Json:
    """Return one definition; raises NotFound."""
    found = next((each for each in list_definitions(db, client) if each["id"] == id), None)
    if found is None:
        raise NotFound
    return found


def matching(found: Iterable[Json], name: str, value: str) -> list[Json] | None:
    """Return those that a search parameter finds, None when there is none of the name; raises Wrong for a value."""
    test = _TESTS.get(name)
    if test is None:
        return None
    if not value:
        raise Wrong("give a value")
    asked = split(value)
    known = elements_of(find_resource_class(TYPE))["status"].codes
    if name == "status" and not {each.rpartition("|")[2] for each in asked} <= known:
        raise Wrong(f"use one of: {', '.join(sorted(known))}")
    return [each for each in found if any(test(each, one) for one in asked)]


def _has_context(definition: Json, asked: str) -> bool:
    """Codes of use cases are told apart without their case, as the messages' are."""
    system_asked, bar, code = asked.rpartition("|")
    codings = [
        each for context in definition["useContext"] for each in context["valueCodeableConcept"]["coding"]
    ]
    return any(
        code.lower() in ("", each["code"].lower()) and (not bar or normalised(system_asked) == each["system"])
        for each in codings
    )


_TESTS: Final = MappingProxyType[str, Callable[[Json, str], bool]](
    {
        "_id": lambda each, asked: each["id"] == asked,
        "context": _has_context,
        "status": lambda each, asked: each["status"] == asked.rpartition("|")[2],
        "url": lambda each, asked: asked in (each["url"], f"{each['url']}|{each['version']}"),
    }
)
