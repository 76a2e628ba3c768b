"""Real keys, a real sealed extract of 1,200 invented rows, and the release made from it."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from anonymiser.keys import PUBLIC_KEY, Keys, load_keys, make_keys
from anonymiser.release import make_release
from app.store.sealing import seal
from tests.unit.anonymiser.sample import Fields, SealTo, lines, outcome_records


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("anonymiser") / "keys"
    make_keys(folder)
    return folder


@pytest.fixture(scope="session")
def keys(keys_folder: Path) -> Keys:
    return load_keys(keys_folder)


@pytest.fixture(scope="session")
def seal_to(keys_folder: Path) -> SealTo:
    def write(path: Path, extract_lines: Sequence[bytes]) -> Path:
        with path.open("wb") as out:
            seal(extract_lines, (keys_folder / PUBLIC_KEY).read_bytes(), out)
        return path

    return write


@pytest.fixture(scope="session")
def records() -> list[Fields]:
    return outcome_records(1200)


@pytest.fixture(scope="session")
def extract_file(tmp_path_factory: pytest.TempPathFactory, records: list[Fields], seal_to: SealTo) -> Path:
    return seal_to(tmp_path_factory.mktemp("extracts") / "extract.sealed", lines(records))


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory, extract_file: Path, keys: Keys) -> Path:
    """A finished release. Tests that change one work on a copy."""
    return make_release(extract_file, keys, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="session")
def released_rows(release: Path) -> list[dict[str, str]]:
    with (release / "data" / "outcomes.csv").open(newline="") as file:
        return list(csv.DictReader(file))
