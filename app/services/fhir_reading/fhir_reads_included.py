"""What comes along with the matches of a search: the resources that they point at, and those that point at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from app.services.fhir_reading.fhir_reads_query import Query
from app.store import fhir_reads as store
from app.store.fhir_reads import Row
from app.store.session import Tx
from fhir.problems import FhirRejected, Problem
from fhir.views_kinds import Include, Kind
from fhir.views_table import KINDS

MOST_INCLUDED: Final = 1000
_ROUNDS: Final = 3  # as far as _include:iterate goes on: no reference of ours leads further
_ACT: Final = "fhir search"
Json = dict[str, Any]
Make = Callable[[Kind, Sequence[Row]], list[Json]]
_Rows = defaultdict[str, dict[Any, Row]]


def brought_along(tx: Tx, query: Query, matches: Sequence[Row], make: Make) -> list[Json]:
    """Return the resources beside the matches, nothing twice; `make` writes the rows of a kind.

    One query for each reference that is followed, however many rows follow it. Raises FhirRejected (422) when more
    would be brought along than is sensible.
    """
    rows: _Rows = defaultdict(dict)
    rows[query.kind.type] = {row["id"]: row for row in matches}
    for include in query.includes:
        _follow(tx, rows, include, list(matches))
    for include in query.revincludes:
        _gather(tx, rows, include.source, include.column, {row["id"] for row in matches})
    for _ in range(_ROUNDS if query.iterated else 0):
        known = sum(map(len, rows.values()))
        for include in query.iterated:
            _follow(tx, rows, include, list(rows[include.source].values()))
        if sum(map(len, rows.values())) == known:
            break
    matched = {row["id"] for row in matches}
    found: list[Json] = []
    for kind, each in rows.items():
        beside = [row for key, row in each.items() if kind != query.kind.type or key not in matched]
        found += make(KINDS[kind], beside) if beside else []
    return found


def _follow(tx: Tx, rows: _Rows, include: Include, sources: Sequence[Row]) -> None:
    wanted = {row[include.column] for row in sources} - {None} - set(rows[include.target])
    _gather(tx, rows, include.target, "id", wanted)


def _gather(tx: Tx, rows: _Rows, kind: str, column: str, values: set[Any]) -> None:
    if not values:
        return
    found = store.list_by(tx, kind, column, values, audit=_ACT, limit=MOST_INCLUDED)
    if len(found) > MOST_INCLUDED:
        sentence = f"More than {MOST_INCLUDED} of {kind} would be brought along: ask for a smaller _count."
        raise FhirRejected(
            [Problem("", "too-costly", sentence)], status=422, rec_code="REC_UNPROCESSABLE_ENTITY"
        )
    for row in found:
        rows[kind].setdefault(row["id"], row)
