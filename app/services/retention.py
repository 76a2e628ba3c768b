"""Reads the rules of retention beside it; nothing is proposed or erased by them yet."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from app.domain.retention import Rule, read_rules

_FILE: Final = Path(__file__).with_name("retention.toml")


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rules. Raises ValueError for a file that breaks one of theirs."""
    return read_rules(tomllib.loads(_FILE.read_text(encoding="utf-8")))
