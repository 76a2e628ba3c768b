"""What most integration tests begin with: a place, the whole application, and a client that asks at its door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from joserfc.jwk import RSAKey

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.application import application_of
from tests.factories import MadePlace, MadeReferral, make_place, make_referral


class CompiledOnce(BytecodeCache):
    """The templates' code: every test has an application of its own, and compiling costs more than most tests."""

    def __init__(self) -> None:
        self._code: dict[tuple[object, ...], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if _compiled_as(bucket) in self._code:
            bucket.bytecode_from_string(self._code[_compiled_as(bucket)])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[_compiled_as(bucket)] = bucket.bytecode_to_string()


def _compiled_as(bucket: Bucket) -> tuple[object, ...]:
    """Name the template, and what goes into its code: an application without the pages is set up otherwise."""
    made_by = bucket.environment
    return bucket.key, made_by.finalize, made_by.autoescape, made_by.undefined, made_by.trim_blocks


Flask.jinja_options = {"bytecode_cache": CompiledOnce()}


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """Two teams, three providers, four practices and somebody who signs in for each."""
    return make_place(runtime.db)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The whole application, as it is served."""
    return application_of(runtime)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A client without a browser's cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """The key of the systems that ask with a token."""
    return RSAKey.generate_key(2048, parameters={"kid": "key-1", "use": "sig"})


@pytest.fixture
def refer(runtime: Runtime, place: MadePlace) -> Callable[..., MadeReferral]:
    """Take a referral of the first practice, asked for at the very moment, to a status."""

    def make(at: ReferralStatus = ReferralStatus.RECEIVED, **values: Any) -> MadeReferral:
        return make_referral(runtime.db, place, at, **({"authored": runtime.db.clock()} | values))

    return make
