"""The dataset for machines: releases listed, their files with ranges, and rows as far as a project may have them."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify, redirect, request, send_file, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from app.api.dataset_export import add_export
from app.api.dataset_guard import (
    PREFIX,
    address,
    for_projects,
    project,
    record,
    release,
    runtime,
    take_no_parameters,
)
from app.api.dataset_measure import add_measures
from app.api.dataset_openapi import add_openapi
from app.api.dataset_queries import add_queries
from app.api.rest_errors import answer_faults_of, answer_unknown_addresses, error_body
from app.domain.errors import NotFound
from app.services.dataset import dataset_access
from app.services.dataset.dataset_access import Rows
from app.services.dataset.releases import Release, file_of, get_release, list_releases, names_of, sum_of

_TYPES: Final = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".sha256": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
_PLAIN: Final = "text/plain; charset=utf-8"
_LATEST: Final = "latest"
_ANOTHER: Final = (
    "The file is not the one that If-Match names. Leave the header out, or ask for the release anew."
)
Json = dict[str, Any]


def register_dataset(app: Flask) -> None:
    """Add the dataset under /dataset/v1."""
    part = Blueprint("dataset_api", __name__, url_prefix=PREFIX)
    views = {
        "/releases": _list,
        "/releases/<release_id>": _one,
        "/releases/<release_id>/files/<path:name>": _file,
        "/releases/<release_id>/rows/<kind>.csv": _rows,
        "/rows/<kind>.csv": _series,
    }
    for path, view in views.items():
        part.add_url_rule(path, view.__name__.strip("_"), view, provide_automatic_options=False)
    part.before_request(_to_the_newest)
    add_export(part)
    add_measures(part)
    add_queries(part)
    add_openapi(part)
    answer_faults_of(part)
    part.register_error_handler(RequestedRangeNotSatisfiable, _no_such_range)
    app.register_blueprint(part)
    answer_unknown_addresses(app, PREFIX)


def _to_the_newest() -> Response | None:
    """Send whoever asks for the latest release on to it, so that all that follows is of one release."""
    told = request.view_args or {}
    if told.get("release_id") != _LATEST or request.endpoint is None:
        return None
    answer: Response = _redirected(request.endpoint, told)
    return answer


@for_projects
def _redirected(endpoint: str, told: Mapping[str, Any]) -> Response:
    newest = get_release(runtime().settings.releases_dir, _LATEST)
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    values: Json = {**told, "release_id": newest.id}
    answer = redirect(url_for(endpoint, **values) + query, HTTPStatus.FOUND)
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


@for_projects
def _list() -> Response:
    """List the releases, the newest first."""
    found = list_releases(runtime().settings.releases_dir)
    record("list releases", "dataset")
    return jsonify({"releases": [_told(each, found) for each in found]})


@for_projects
def _one(release_id: str) -> Response:
    """Read what one release is: its counts, and its files with their sizes and sums."""
    found = release(release_id)
    record("read release", found.id)
    return jsonify(_told(found, list_releases(runtime().settings.releases_dir)))


def _told(one: Release, among: Sequence[Release]) -> Json:
    newer = [each.id for each in among if each.number > one.number]
    may = dataset_access.kinds_for(project(), one)
    base = f"/releases/{one.id}"
    return {
        "id": one.id,
        "number": one.number,
        "made_on": one.made_on.isoformat(),
        "superseded_by": newer[-1] if newer else None,
        "policy": one.manifest.get("policy"),
        "thresholds": one.manifest.get("thresholds", {}),
        "counts": one.manifest.get("counts", {}),
        "rows": one.manifest.get("rows", {}),
        "url": address(base),
        "files": [_file_told(one, name) for name in names_of(one)],
        "cut": [
            {
                "table": kind,
                "csv": address(f"{base}/rows/{kind}.csv"),
                "ndjson": address(f"{base}/rows/{kind}.ndjson"),
            }
            for kind in may
        ],
        "export": address(f"{base}/$export"),
    }


def _file_told(one: Release, name: str) -> Json:
    try:
        size = file_of(one, name).stat().st_size
    except NotFound:
        size = None  # it is away: the manifest still says what it was
    tier = dataset_access.tier_of(name)
    return {
        "name": name,
        "url": address(f"/releases/{one.id}/files/{name}"),
        "size": size,
        "sha256": sum_of(one, name) if size is not None else one.manifest["files"].get(name),
        "tier": tier.value if tier else None,
        "yours": dataset_access.may_have_file(project(), one, name),
    }


@for_projects
def _file(release_id: str, name: str) -> Response:
    """Download a file of a release, whole or a range of it; its ETag is its SHA-256."""
    found = release(release_id)
    path = file_of(found, name)
    dataset_access.check_file(project(), found, name)
    etag = sum_of(found, name)
    if request.if_match and not (request.if_match.star_tag or request.if_match.is_strong(etag)):
        return _another_file()
    _leave_out_ranges(etag)
    answer = send_file(
        path,
        as_attachment=True,
        download_name=f"{found.id}-{path.name}",
        etag=etag,
        last_modified=None,
        conditional=True,
    )
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED):
        answer.close()  # a condition that failed has the file as its body, which nobody was told of
        return _another_file()
    answer.headers["Content-Type"] = _type_of(path)
    answer.headers["Cache-Control"] = "private, no-cache"
    if request.method == "GET" and answer.status_code != HTTPStatus.NOT_MODIFIED:
        record("download", f"{found.id}/{name}")
    return answer


def _type_of(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or _PLAIN


def _another_file() -> Response:
    answer = jsonify(error_body(HTTPStatus.PRECONDITION_FAILED, "conflict", _ANOTHER, []))
    answer.status_code = HTTPStatus.PRECONDITION_FAILED
    return answer


def _leave_out_ranges(etag: str) -> None:
    """Leave a Range aside where the caller has the file already, and where it is one that need not be understood.

    Several ranges in one request, and units other than bytes, may be answered with the whole, and what is no range is
    (RFC 9110, 14.2).
    """
    asked = request.range
    if (
        request.if_none_match.contains(etag)
        or asked is None
        or len(asked.ranges) > 1
        or asked.units != "bytes"
    ):
        request.environ.pop("HTTP_RANGE", None)


@for_projects
def _rows(release_id: str, kind: str) -> Response:
    """Download a table as CSV, cut to the columns agreed for the project."""
    take_no_parameters()
    found = release(release_id)
    rows = dataset_access.rows_of(project(), found, kind)
    record("download", f"{found.id}/rows/{kind}.csv")
    return _as_csv(found.id, rows)


@for_projects
def _series(kind: str) -> Response:
    """Download a table of all releases as CSV: their rows add up; of counts, those of the newest alone."""
    take_no_parameters()
    found = list_releases(runtime().settings.releases_dir)
    rows = dataset_access.rows_of_series(project(), found, kind)
    record("download", f"series/rows/{kind}.csv")
    return _as_csv("series", rows)


def _as_csv(of: str, rows: Rows) -> Response:
    answer = Response(rows.as_csv(), content_type=_TYPES[".csv"])
    answer.headers["Content-Disposition"] = f"attachment; filename={of}-{rows.name}.csv"
    return answer


def _no_such_range(fault: RequestedRangeNotSatisfiable) -> Response:
    sentence = "The file has no such range: ask HEAD for its length, or leave the header Range out."
    answer = jsonify(error_body(416, "bad-request", sentence, []))
    answer.status_code = 416
    answer.headers["Content-Range"] = f"bytes */{fault.length}"
    answer.headers["Accept-Ranges"] = "bytes"
    return answer
