"""Reads the rules of retention beside it; app.services.retaining lists records by them, and two people decide."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from app.domain.retention import Rule, read_rules
from app.domain.vocabulary import Need

_FILE: Final = Path(__file__).with_name("retention.toml")


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rules. Raises ValueError for a file that breaks one of theirs."""
    return read_rules(tomllib.loads(_FILE.read_text(encoding="utf-8")))


@cache
def mental_health_needs() -> frozenset[str]:
    """Return the needs by which a record counts as one of mental health. Raises ValueError for one we do not know."""
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))["mental-health"]["needs"]
    return frozenset(Need(each).value for each in told)
