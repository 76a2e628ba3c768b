"""What was asked of a resource's history: since when, how many at a time, from which version on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.services.fhir_reading.fhir_reads_query import MOST, PAGE
from fhir.problems import FhirRejected, Problem

Json = dict[str, Any]
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """`after` is the version that the page before ended with; `echo` says it all again but for that."""

    since: datetime | None
    count: int
    after: str | None
    echo: tuple[tuple[str, str], ...]

    def page_of(self, versions: Sequence[Json]) -> tuple[list[Json], int, str | None]:
        """Return a page of the versions (newest first), how many there are in all, and what the next one is after."""
        wanted = [each for each in versions if self.since is None or _updated(each) >= self.since]
        numbers = [each["meta"]["versionId"] for each in wanted]
        start = numbers.index(self.after) + 1 if self.after in numbers else 0
        page = wanted[start : start + self.count]
        is_last = start + self.count >= len(wanted) or not page
        return page, len(wanted), None if is_last else page[-1]["meta"]["versionId"]


def read_asked(pairs: Pairs, *, strict: bool) -> Asked:
    """Return what is asked; raises FhirRejected (400) with all that is wrong, unknown names too if `strict`."""
    since, count, after, problems, echo = None, MOST, None, [], []
    for name, value in pairs:
        if name == "_since":
            since = _instant(value)
            if since is None:
                problems.append("_since: give an instant with its zone, as 2026-11-22T09:30:00Z.")
        elif name == "_count" and re.fullmatch(r"[0-9]{1,9}", value):
            count = min(int(value), MOST)
        elif name == "_count":
            problems.append("_count: give a whole number from 0 on.")
        elif name == PAGE:
            after = value
        elif name not in ("_format", "_pretty"):
            problems += (
                ["A history takes _since, _count and _format only; leave the rest out."] if strict else []
            )
            continue
        echo += [(name, value)] if name != PAGE else []
    if problems:
        raise FhirRejected([Problem("", "value", sentence) for sentence in dict.fromkeys(problems)])
    return Asked(since, count, after, tuple(echo))


def _instant(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(
            value.replace(" ", "+")
        )  # a plus sign in an address that nobody escaped
    except ValueError:
        return None
    return found if found.tzinfo else None


def _updated(version: Json) -> datetime:
    return datetime.fromisoformat(version["meta"]["lastUpdated"])
