"""Practices on every side of the sandboxes' fence, each with its own system at the same door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import KeySet, RSAKey

from app.domain.access import system
from app.domain.referral import Organisation
from app.runtime import Runtime
from app.services.systems import sandbox
from app.store import directory
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import register
from tests.integration.api_fhir_operations.asking import Asking
from tests.integration.whose_person.referrer import Referrer

ReferrerOf = Callable[[str], Referrer]


@pytest.fixture
def referrer_of(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> ReferrerOf:
    """A practice by what it is: live, tested (under test, its team is live), second (likewise), or a sandbox's code."""
    known = {
        "live": place.live_practice,
        "tested": place.practices[0],
        "second": place.practices[1],
    }

    def make(name: str) -> Referrer:
        practice = known.get(name) or _sandbox(runtime, name, key)
        scopes = ("referral.read", "referral.write")
        spoken_for = (practice.ods or "",)
        client = register(runtime.db, place.place.id, key, practices=spoken_for, scopes=scopes)
        return Referrer(practice, Asking(http, client, key), runtime.db.clock)

    return make


def _sandbox(runtime: Runtime, code: str, key: RSAKey) -> Organisation:
    sandbox.open_sandbox(runtime.db, code, KeySet([key]).as_dict(private=False))
    with runtime.db.transaction(system("test")) as tx:
        found = directory.find_organisation_by_ods(tx, code)
    assert found is not None
    return found
