"""Real keys, a real sealed extract of invented rows, and the release made from it for the tests that only read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from anonymiser.keys import PUBLIC_KEY, Keys, load_keys, make_keys
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from app.store.sealing import seal
from tests.unit.anonymiser.sample import Fields, lines, outcome_records
from tests.unit.anonymiser_releasing.release_orders import ROWS, Sealing


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releasing") / "keys"
    make_keys(folder)
    return folder


@pytest.fixture(scope="session")
def keys(keys_folder: Path) -> Keys:
    return load_keys(keys_folder)


@pytest.fixture(scope="session")
def sealed(keys_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Sealing:
    """Seals records as an extract of its own; what a test wants otherwise in the header goes in by name."""

    def write(records: Sequence[Fields], **changes: Any) -> Path:
        path = tmp_path_factory.mktemp("extract") / "extract.sealed"
        with path.open("wb") as out:
            seal(lines(records, **changes), (keys_folder / PUBLIC_KEY).read_bytes(), out)
        return path

    return write


@pytest.fixture(scope="session")
def records() -> list[Fields]:
    return outcome_records(ROWS)


@pytest.fixture(scope="session")
def extract(sealed: Sealing, records: list[Fields]) -> Path:
    return sealed(records)


@pytest.fixture(scope="session")
def order(extract: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Order:
    return Order(extracts=[extract], keys=keys, out=tmp_path_factory.mktemp("out") / "releases")


@pytest.fixture(scope="session")
def release(order: Order) -> Path:
    """A finished release. Tests that change one work on a copy."""
    return make_release(order)
