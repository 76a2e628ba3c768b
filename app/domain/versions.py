"""The order of versions as people read them: 2 comes after 1.1, and 10 after 2."""

from __future__ import annotations

import re

Place = tuple[tuple[tuple[int, int, str], ...], str]
_PARTS = re.compile(r"\d+|[A-Za-z]+")


def natural(version: str) -> Place:
    """Return the place of a version among others: numbers by their value, words by their letters and behind numbers."""
    parts = _PARTS.findall(version)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in parts), version
