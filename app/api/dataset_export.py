"""A release as lines of JSON, asked for as HL7's Bulk Data Access asks: begun, looked after, fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from flask import Blueprint, Response, jsonify, request

from app.api.dataset_guard import address, for_projects, project, record, release, take_no_parameters
from app.api.dataset_measure_report import MEASURE_REPORT, count_reports, reports
from app.domain.errors import FieldProblem, Invalid
from app.domain.projects import Tier
from app.services.dataset import dataset_access
from app.services.dataset.releases import Release

NDJSON: Final = "application/ndjson"
FHIR_NDJSON: Final = "application/fhir+ndjson"
_FORMATS: Final = ("", NDJSON, FHIR_NDJSON, "application/x-ndjson", "ndjson")
_KNOWN: Final = ("_type", "_outputFormat")
_ALIASES: Final = {"outcomes": "referrals"}  # the file's own name
Json = dict[str, Any]


def add_export(part: Blueprint) -> None:
    """Add the addresses of an export."""
    views = (
        ("/releases/<release_id>/$export", "export", _start, "GET"),
        ("/releases/<release_id>/$export/status", "export_status", _status, "GET"),
        ("/releases/<release_id>/$export/status", "export_end", _end, "DELETE"),
        ("/releases/<release_id>/rows/<kind>.ndjson", "ndjson", _lines, "GET"),
    )
    for path, name, view, method in views:
        part.add_url_rule(path, name, view, methods=[method], provide_automatic_options=False)


@for_projects
def _start(release_id: str) -> Response:
    """Begin an export; the answer's Content-Location says where it stands."""
    found = release(release_id)
    wanted = _wanted(found)
    record("begin export", found.id, tables=list(wanted))
    answer = jsonify({"sentence": "The export has begun. Ask for its files at Content-Location."})
    answer.status_code = 202
    answer.headers["Content-Location"] = address(
        f"/releases/{found.id}/$export/status?_type={','.join(wanted)}"
    )
    return answer


@for_projects
def _status(release_id: str) -> Response:
    """Read where an export stands: a release is complete, so its files are ready at once."""
    found = release(release_id)
    wanted = _wanted(found)
    record("export", found.id, tables=list(wanted))
    began = address(f"/releases/{found.id}/$export?_type={','.join(wanted)}")
    manifest = {
        "transactionTime": f"{found.made_on.isoformat()}T00:00:00Z",
        "request": began,
        "requiresAccessToken": True,
        "output": [_output(found, kind) for kind in wanted],
        "deleted": [],
        "error": [],
    }
    return jsonify(manifest)


@for_projects
def _end(release_id: str) -> Response:
    """End an export: nothing was kept for it."""
    release(release_id)
    return Response(status=202)


@for_projects
def _lines(release_id: str, kind: str) -> Response:
    """Download a table as a JSON object a line, cut to the columns agreed; MeasureReport is its tables in FHIR."""
    take_no_parameters()
    found = release(release_id)
    if kind == MEASURE_REPORT:
        dataset_access.check_tier(project(), Tier.TABLES)
        lines: Iterator[Any] = (orjson.dumps(each) + b"\n" for each in reports(found, address("")))
    else:
        lines = dataset_access.rows_of(project(), found, kind).as_ndjson()
    record("download", f"{found.id}/rows/{kind}.ndjson")
    return Response(lines, content_type=FHIR_NDJSON if kind == MEASURE_REPORT else NDJSON)


def _wanted(found: Release) -> Sequence[str]:
    """Return the tables asked for, in the order asked; all that the project may have where none is named.

    Raises Invalid with every parameter that cannot be taken, NotAllowed for a table that the project may not have.
    """
    problems = [
        FieldProblem(name, f"{name} is not taken here: {', '.join(_KNOWN)} are.", "not-supported")
        for name in request.args
        if name not in _KNOWN
    ]
    if request.args.get("_outputFormat", "") not in _FORMATS:
        problems.append(FieldProblem("_outputFormat", f"Exports are {NDJSON}.", "not-supported"))
    told = ",".join(request.args.getlist("_type"))
    asked = [_ALIASES.get(each, each) for each in dict.fromkeys(told.split(",")) if each]
    there = _there(found)
    problems += [
        FieldProblem("_type", f"There is no {each!r} here: choose from {', '.join(there)}.", "not-supported")
        for each in asked
        if each not in there
    ]
    if problems:
        raise Invalid(problems)
    for kind in asked:
        _check(found, kind)
    may = dataset_access.kinds_for(project(), found)
    return asked or [each for each in there if each in may or (each == MEASURE_REPORT and "tables" in may)]


def _there(found: Release) -> Sequence[str]:
    kinds = dataset_access.kinds_in(found)
    return (*kinds, MEASURE_REPORT) if "tables" in kinds else kinds


def _check(found: Release, kind: str) -> None:
    dataset_access.rows_of(project(), found, "tables" if kind == MEASURE_REPORT else kind)


def _output(found: Release, kind: str) -> Json:
    count = count_reports(found) if kind == MEASURE_REPORT else dataset_access.count_of(found, kind)
    return {"type": kind, "url": address(f"/releases/{found.id}/rows/{kind}.ndjson"), "count": count}
