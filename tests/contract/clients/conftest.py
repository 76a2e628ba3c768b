"""The served application, a place, and the systems that clients of others play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey

from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Organisation
from app.runtime import Runtime
from app.store.crypto import KeyRing
from tests.conftest import TestDatabase
from tests.contract.clients.world import System
from tests.factories import MadePlace, MadeReferral, Patient, make_place, make_referral
from tests.integration.api_fhir.gp_system import register
from tests.serving import free_address, serve

READ_AND_WRITE = ("referral.read", "referral.write")


@pytest.fixture(scope="session")
def key() -> ECKey:
    """The key of every system."""
    return ECKey.generate_key("P-384", parameters={"kid": "key-1", "use": "sig"})


@pytest.fixture(scope="session")
def address(
    test_database: TestDatabase, redis_url: str, keys: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the application is served."""
    here = free_address()
    log = tmp_path_factory.mktemp("served") / "log"
    with serve(here, log, keys, DATABASE_URL=test_database.app_url, REDIS_URL=redis_url):
        yield here


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def system_of(address: str, runtime: Runtime, place: MadePlace, key: ECKey) -> Callable[..., System]:
    """Register a system of an organisation, which speaks for it when it is a practice."""

    def make(organisation: Organisation) -> System:
        practices = (organisation.ods,) if organisation.ods else ()
        found = register(runtime.db, organisation.id, key, practices=practices, scopes=READ_AND_WRITE)
        return System(address, found, key)

    return make


@pytest.fixture
def practice(system_of: Callable[..., System], place: MadePlace) -> System:
    """The first practice's system."""
    return system_of(place.practices[0])


@pytest.fixture
def provider(system_of: Callable[..., System], place: MadePlace) -> System:
    """The first provider's system."""
    return system_of(place.providers[0])


@pytest.fixture
def refer(runtime: Runtime, place: MadePlace) -> Callable[..., MadeReferral]:
    """Take a referral of the first practice to a status."""

    def make(at: ReferralStatus = ReferralStatus.ACTIVE, **values: Any) -> MadeReferral:
        return make_referral(runtime.db, place, at, **values)

    return make


@pytest.fixture
def five(refer: Callable[..., MadeReferral]) -> list[MadeReferral]:
    """Five people of the first practice, the first of whom has been all the way round."""
    closed = refer(ReferralStatus.CLOSED)
    return [closed, *(refer(ReferralStatus.RECEIVED, patient=Patient(family=f"N{n}")) for n in range(4))]
