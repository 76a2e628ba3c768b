"""Reads the data map beside it, against the tables that there are."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from app.domain.data_map import DataMap, read
from app.store.every_table import METADATA

_FILE = Path(__file__).with_name("data_map.toml")


@cache
def data_map() -> DataMap:
    """Return the map; raises KeyError, ValueError where it and the tables do not say the same."""
    columns = {name: tuple(each.name for each in table.columns) for name, table in METADATA.tables.items()}
    return read(tomllib.loads(_FILE.read_text(encoding="utf-8")), columns)
