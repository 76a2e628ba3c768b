"""Real keys, sealed extracts of invented rows, and a finished release that each test asks in a copy of its own."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonymiser.desk import opening
from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from app.store.sealing import seal
from tests.unit.anonymiser.sample import Fields, lines, outcome_records
from tests.unit.anonymiser_desk.desk_door import Door

ROWS = 700
Sealing = Callable[..., Path]


@pytest.fixture(scope="session")
def desk_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "keys"
    make_keys(folder)
    return folder


@pytest.fixture(scope="session")
def sealed_extract(desk_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Sealing:
    def write(records: Sequence[Fields], **changes: Any) -> Path:
        path = tmp_path_factory.mktemp("extract") / "extract.sealed"
        with path.open("wb") as out:
            seal(lines(records, **changes), (desk_keys / PUBLIC_KEY).read_bytes(), out)
        return path

    return write


@pytest.fixture(scope="session")
def desk_records() -> list[Fields]:
    return outcome_records(ROWS)


@pytest.fixture(scope="session")
def first_release(
    desk_keys: Path,
    sealed_extract: Sealing,
    desk_records: list[Fields],
    tmp_path_factory: pytest.TempPathFactory,
) -> Order:
    out = tmp_path_factory.mktemp("released") / "out"
    order = Order(extracts=[sealed_extract(desk_records)], keys=load_keys(desk_keys), out=out)
    make_release(order)
    return order


@pytest.fixture
def order(first_release: Order, tmp_path: Path) -> Order:
    """The first release in a folder of the test's own."""
    shutil.copytree(first_release.out, tmp_path / "out")
    return replace(first_release, extracts=[], out=tmp_path / "out")


class EverySet(dict[str, frozenset[str]]):
    """Groups without a name, among which any set of values is."""

    def values(self) -> Any:
        return self

    def __contains__(self, values: object) -> bool:
        return isinstance(values, frozenset)


@pytest.fixture
def any_values_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a filter name any values together, so that the audit alone stands in the way."""
    monkeypatch.setattr(opening, "_groups", lambda *_: EverySet())


@pytest.fixture
def door(order: Order, tmp_path: Path) -> Door:
    return Door(order, tmp_path)


@pytest.fixture(scope="module")
def refusing_door(first_release: Order, tmp_path_factory: pytest.TempPathFactory) -> Door:
    """One desk for many letters, where what it has answered before does not matter."""
    folder = tmp_path_factory.mktemp("refusing")
    shutil.copytree(first_release.out, folder / "out")
    return Door(replace(first_release, extracts=[], out=folder / "out"), folder)
