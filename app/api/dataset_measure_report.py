"""A release's tables as FHIR MeasureReports: one for each table, a stratum for each value, a count for each answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from app.services.dataset.releases import Cell, Release, cells

MEASURE_REPORT: Final = "MeasureReport"
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_WITHHELD: Final = {"extension": [{"url": _ABSENT, "valueCode": "masked"}]}
Json = dict[str, Any]


def count_reports(release: Release) -> int:
    """Return how many reports a release has: one for each table."""
    return len({cell.table for cell in cells(release)})


def reports(release: Release, base: str) -> Iterator[Json]:
    """Yield the reports (FHIR R4) of a release's tables; `base` is the address that measures are named under.

    A withheld number is absent as "masked", which is not nought. Raises NotFound or Damaged.
    """
    for table, lines in groupby(cells(release), key=lambda cell: cell.table):
        yield _report(release, f"{base}/measures/{table}", tuple(lines))


def _report(release: Release, measure: str, lines: Sequence[Cell]) -> Json:
    first = lines[0]
    strata = groupby(lines, key=lambda cell: cell.value)
    return {
        "resourceType": MEASURE_REPORT,
        "id": str(uuid5(NAMESPACE_URL, f"{release.id}/{first.table}")),
        "status": "complete",
        "type": "summary",
        "measure": measure,
        "date": release.made_on.isoformat(),
        "period": {"end": release.made_on.isoformat()},
        "group": [
            {
                "code": {"text": first.measure},
                "stratifier": [
                    {
                        "code": [{"text": first.by}],
                        "stratum": [_stratum(value, tuple(cells)) for value, cells in strata],
                    }
                ],
            }
        ],
    }


def _stratum(value: str, lines: Sequence[Cell]) -> Json:
    return {"value": {"text": value}, "population": [_population(cell) for cell in lines]}


def _population(cell: Cell) -> Json:
    count: Json = {"_count": _WITHHELD} if cell.people is None else {"count": cell.people}
    return {"code": {"text": cell.answer}, **count}
