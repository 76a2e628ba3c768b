"""Keys, approvers with real signing keys, an audit trail on disk, and invented people for the tests of tokens."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from anonymiser.tokens.approvals import Approvals, Approver, Role
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.trail import Trail
from tests.unit.anonymiser_tokens.token_people import PEOPLE, Desk

TODAY = date(2026, 11, 22)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def root() -> SplitKey:
    return SplitKey(bytes(range(32)))


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(tmp_path / "trail.jsonl")


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk({name: Ed25519PrivateKey.generate() for name in PEOPLE})


@pytest.fixture
def approvals(desk: Desk, trail: Trail) -> Approvals:
    approvers = [
        Approver(name=name, role=Role(role), public=desk.keys[name].public_key().public_bytes_raw())
        for name, role in PEOPLE.items()
    ]
    return Approvals(approvers, trail)
