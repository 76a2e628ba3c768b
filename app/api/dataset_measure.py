"""What a MeasureReport is a report of: one FHIR Measure for each published table, in the words of its dictionary."""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson
from flask import Blueprint, Response

from app.api.dataset_guard import address, for_projects, project, record, runtime
from app.domain.errors import NotFound
from app.domain.projects import Tier
from app.services.dataset import dataset_access, figures
from app.services.dataset.dashboards import Figure
from app.services.dataset.releases import Release, list_releases

_FHIR: Final = "application/fhir+json"
_SCORING: Final = "http://terminology.hl7.org/CodeSystem/measure-scoring"
Json = dict[str, Any]


def add_measures(part: Blueprint) -> None:
    """Add the address that reports name their measure by."""
    part.add_url_rule("/measures/<table>", "measure", _measure, provide_automatic_options=False)


@for_projects
def _measure(table: str) -> Response:
    """Read what the reports of one table count, and among whom (FHIR R4 Measure)."""
    dataset_access.check_tier(project(), Tier.TABLES)
    release, figure = _newest_with(table)
    record("read measure", f"{release.id}/{table}")
    return Response(orjson.dumps(_told(release, figure)), content_type=_FHIR)


def _newest_with(table: str) -> tuple[Release, Figure]:
    """Return the newest release that has a table: an older report's may be gone from those after it."""
    for release in list_releases(runtime().settings.releases_dir):
        if figure := figures.figures(release).get(table):
            return release, figure
    raise NotFound("No release has a table of this name.")


def _told(release: Release, figure: Figure) -> Json:
    url, said = address(f"/measures/{figure.table}"), figures.definition(release, figure)
    return {
        "resourceType": "Measure",
        "id": str(uuid5(NAMESPACE_URL, url)),
        "url": url,
        "title": figure.table,
        "status": "active",
        "date": release.made_on.isoformat(),
        "description": " ".join(
            each for each in (said.counted, said.of_whom, said.note, said.caveat) if each
        ),
        "scoring": {"coding": [{"system": _SCORING, "code": "cohort"}]},
        "group": [{"code": {"text": figure.measure}, "stratifier": [{"code": {"text": figure.by}}]}],
    }
