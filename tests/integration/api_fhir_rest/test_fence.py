"""The directory over FHIR stops at the sandbox's fence, from both sides."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import KeySet, RSAKey

from app.runtime import Runtime
from app.services.systems import sandbox
from tests.factories import MadePlace
from tests.integration.api_fhir_rest.reader import Reader, matches, refusals

DIRECTORY = ("Organization", "HealthcareService")
ReaderOf = Callable[..., Reader]


@pytest.fixture
def inside(runtime: Runtime, http: FlaskClient, key: RSAKey) -> Reader:
    """The system of a practice that lives in a sandbox."""
    client_id = sandbox.open_sandbox(runtime.db, "SANDBOX", KeySet([key]).as_dict(private=False))
    return Reader(http, sandbox.give_token(runtime.db, client_id))


def names(reader: Reader, kind: str) -> set[str]:
    return {each["name"] for each in matches(reader.search(kind))}


@pytest.mark.parametrize("kind", DIRECTORY)
def test_nothing_is_found_or_read_across_the_fence(
    kind: str, inside: Reader, reader: Reader, provider: Reader, place: MadePlace
) -> None:
    within, without = matches(inside.search(kind)), matches(reader.search(kind))
    assert {each["name"] for each in within} == (
        {"Sandbox practice", "Sandbox link workers", "Sandbox provider"}
        if kind == "Organization"
        else {sandbox.SERVICE}
    )
    assert names(reader, kind) == names(provider, kind)
    assert not any("Sandbox" in each["name"] for each in without)
    assert inside.search(kind)["total"] == len(within)
    for one, other in ((inside, without), (reader, within)):
        for resource in other:
            assert refusals(one.get(f"{kind}/{resource['id']}"), 404)
            assert one.ids(kind, {"_id": resource["id"]}) == []


def test_a_practice_that_is_still_tested_stands_outside(reader: Reader, place: MadePlace) -> None:
    assert place.practices[0].is_sandbox
    assert place.practices[0].name in names(reader, "Organization")
    assert place.live_practice.name in names(reader, "Organization")


def test_one_sandbox_does_not_see_another(
    inside: Reader, runtime: Runtime, http: FlaskClient, key: RSAKey
) -> None:
    keys = KeySet([key]).as_dict(private=False)
    second = Reader(http, sandbox.give_token(runtime.db, sandbox.open_sandbox(runtime.db, "SECOND", keys)))
    for kind in DIRECTORY:
        assert not set(inside.ids(kind)) & set(second.ids(kind))
        assert inside.ids(kind)
