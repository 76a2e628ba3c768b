"""Real keys, a real sealed extract of 400 invented rows, and a way to seal any other."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from anonymiser.keys import PUBLIC_KEY, Keys, load_keys, make_keys
from app.store.sealing import seal
from tests.unit.anonymiser.sample import SealTo, lines, outcome_records


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
def extract_file(tmp_path_factory: pytest.TempPathFactory, seal_to: SealTo) -> Path:
    return seal_to(tmp_path_factory.mktemp("extracts") / "extract.sealed", lines(outcome_records(400)))
