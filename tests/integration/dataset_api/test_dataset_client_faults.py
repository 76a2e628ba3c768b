"""The Python client says what is wrong in its own error, whatever lies under it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.dataset_api.test_dataset_clients import Dataset, DatasetError
from tests.serving import free_address


@pytest.mark.parametrize(
    "asked",
    [lambda data: data.referrals(), lambda data: data.queryable(), lambda data: data.ask(["need"])],
)
def test_nobody_at_the_address_is_a_dataset_error(asked: Callable[[Any], Any]) -> None:
    with pytest.raises(DatasetError, match="does not answer"):
        asked(Dataset(f"http://{free_address().rpartition('/')[2]}", "bsd_x"))


@pytest.mark.parametrize("address", ["nonsense", "ftp//x"])
def test_no_address_is_a_dataset_error(address: str) -> None:
    with pytest.raises(DatasetError, match="not the address of a dataset"):
        Dataset(address, "bsd_x").releases()


def test_a_library_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(name: str) -> Any:
        raise ModuleNotFoundError(name)

    data = Dataset("http://localhost", "bsd_x", frames="pandas")
    monkeypatch.setattr(importlib, "import_module", away)
    with pytest.raises(DatasetError, match="Install pandas"):
        data._framed(["need"], [["a"]])
    with pytest.raises(DatasetError, match="polars, pandas"):
        Dataset("http://localhost", "bsd_x", frames="numpy")
