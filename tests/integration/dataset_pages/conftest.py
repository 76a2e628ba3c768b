"""The pages on a real series of two releases, with somebody signed in for each role."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.services.dataset import project_deciding
from tests.integration.dataset_api.conftest import EVERY_COLUMN, Series
from tests.integration.dataset_api.conftest import box as box
from tests.integration.dataset_api.conftest import desk as desk
from tests.integration.dataset_api.conftest import series as series
from tests.integration.projects.conftest import Bench
from tests.integration.projects.conftest import bench as bench
from tests.integration.web.conftest import Visitor
from tests.integration.web.conftest import visitor as visitor

Cells = list[dict[str, str]]
SignIn = Callable[[str], Visitor]


@pytest.fixture
def settings(settings: Settings, series: Series, box: Path) -> Settings:
    return replace(settings, releases_dir=series.out, desk_dir=box)


@pytest.fixture
def sign_in(app: Any, bench: Bench) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def analyst(bench: Bench, sign_in: SignIn) -> Visitor:
    """An analyst whose project was given everything."""
    bench.approved(fields=EVERY_COLUMN)
    return sign_in("analyst")


@pytest.fixture
def analyst_with(bench: Bench, sign_in: SignIn) -> Callable[..., Visitor]:
    """An analyst whose project was given so much."""

    def make(*tiers: str, fields: tuple[str, ...] = EVERY_COLUMN) -> Visitor:
        bench.approved(tiers=tiers, fields=fields)
        return sign_in("analyst")

    return make


@pytest.fixture
def open_view(bench: Bench) -> None:
    """The steward lets everybody see the figures."""
    project_deciding.switch_open_view(bench.db, bench.steward, on=True)


@pytest.fixture(scope="session")
def newest(series: Series) -> Path:
    """The folder of the newest release."""
    return max(series.out.glob("release-*"))


@pytest.fixture(scope="session")
def cells(newest: Path) -> Cells:
    """Every number of the newest release's tables, read without the platform's code."""
    with (newest / "data" / "tables.csv").open(newline="") as file:
        return list(csv.DictReader(file))
