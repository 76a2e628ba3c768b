"""The dataset's releases: what is in each, its files, its dictionary and its risk report, and how to pull it."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePosixPath
from typing import Any, Final

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import DomainError, NotAllowed, NotFound
from app.domain.projects import Project, Tier
from app.services.dataset import dataset_access, releases
from app.services.dataset.releases import Release
from app.web.analysts import dataset_door
from app.web.frame.guard import requires, runtime
from app.web.frame.page import render
from app.web.frame.problems import problem_page

pages = Blueprint("dataset", __name__)
_PAPERS: Final[Mapping[str, tuple[str, str]]] = {
    "dictionary": ("dictionary.html", "Data dictionary"),
    "risk-report": ("risk-report.html", "Risk report"),
}
_TYPES: Final = {".parquet": "application/vnd.apache.parquet", ".csv": "text/csv"}
_ANOTHER: Final = (
    "The file is not the one that was asked for. Open the release again, and download it from there."
)
_STYLE: Final = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
_WORDS: Final[Mapping[str, str]] = {
    "data/outcomes.csv": "A row for each referral",
    "data/outcomes.parquet": "A row for each referral",
    "data/journeys.csv": "A row for each person, told once",
    "data/journeys.parquet": "A row for each person, told once",
    "data/tables.csv": "Counts of people",
    "data/tables.parquet": "Counts of people",
    **dict.fromkeys(
        ("data/tables-perturbed.csv", "data/tables-perturbed.parquet"),
        "Counts by two things at once, a little off",
    ),
    **dict.fromkeys(
        ("data/tables-private.csv", "data/tables-private.parquet"), "Counts with noise (differential privacy)"
    ),
    "README.txt": "Read this first",
    "LICENCE.txt": "What you may and may not do",
    "CHANGES.txt": "What is new, and how releases fit together",
    "datapackage.json": "Description for Frictionless Data",
    "manifest.json": "Counts, policy, and the sum of every file",
    "manifest.sha256": "The sum of the manifest",
}
View = Callable[..., AnyResponse]


@dataclass(frozen=True)
class Offered:
    """One file of a release, and what a project may have of it: all, the agreed columns, or nothing and why not."""

    name: str
    words: str
    size: int
    sha256: str
    href: str
    is_cut: bool = False
    why_not: str = ""


def _read(view: View) -> View:
    """Show a view to the steward, and to analysts with a project in force: others are told what to do."""

    @requires(*dataset_door.READERS)
    @wraps(view)
    def wrapper(**given: str) -> AnyResponse:
        try:
            return view(dataset_door.any_project(), **given)
        except NotAllowed as fault:
            # Where an analyst starts is no place to be refused: what to do next is all there is to say.
            status = 200 if request.full_path.rstrip("?") == "/dataset" else 403
            return render("dataset/not_yours.html", status=status, sentence=fault.sentence)

    return wrapper


@pages.get("/dataset")
@_read
def show(project: Project | None) -> Response:
    """Show the releases, the newest first."""
    known = releases.list_releases(dataset_door.releases_dir())
    changes = {each.id: _what_changed(each) for each in known}
    return render(
        "dataset/releases.html", releases=known, changes=changes, project=project, **dataset_door.told()
    )


@pages.get("/dataset/releases/<release_id>")
@_read
def one(project: Project | None, release_id: str) -> Response:
    """Show one release: counts, files with their sizes and sums, and the lines that pull it."""
    release = dataset_door.release(release_id)
    offered = [_offered(project, release, name) for name in releases.names_of(release)]
    return render(
        "dataset/release.html",
        release=release,
        changed=_what_changed(release),
        data=[each for each in offered if each.name.startswith("data/") and not each.name.endswith("json")],
        others=[each for each in offered if not each.name.startswith("data/") or each.name.endswith("json")],
        newest=dataset_door.release("latest"),
        project=project,
        **dataset_door.told(),
        address=runtime().settings.public_url.rstrip("/"),
    )


@pages.get("/dataset/releases/<release_id>/files/<path:name>")
@_read
def download(project: Project | None, release_id: str, name: str) -> AnyResponse:
    """Hand out a file, whole or a range of it; its ETag is its SHA-256."""
    release = dataset_door.release(release_id)
    path, etag = releases.file_of(release, name), releases.sum_of(release, name)
    if project:
        dataset_access.check_file(project, release, name)
    if request.if_match and not (request.if_match.star_tag or request.if_match.is_strong(etag)):
        return problem_page(412, _ANOTHER)
    asked = request.range  # what is no range, or several, may be answered with the whole
    if asked is None or len(asked.ranges) > 1 or asked.units != "bytes":
        request.environ.pop("HTTP_RANGE", None)
    response = send_file(
        path,
        mimetype=_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain",
        as_attachment=True,
        download_name=f"{release.id}-{path.name}",
        etag=etag,
        last_modified=None,
        conditional=True,
    )
    if response.status_code not in (200, 206, 304):
        response.close()  # a condition that failed has the file as its body, which nobody was told of
        return problem_page(412, _ANOTHER)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.method == "GET" and response.status_code != 304:
        dataset_door.record(project, "download", f"{release.id}/{name}")
    return response


@pages.get("/dataset/releases/<release_id>/rows/<kind>.csv")
@_read
def agreed_rows(project: Project | None, release_id: str, kind: str) -> Response:
    """Hand out a table cut to the columns that are agreed for the project."""
    release = dataset_door.release(release_id)
    if project is None:
        raise NotFound("Whoever may read all columns downloads the file itself.")
    rows = dataset_access.rows_of(project, release, kind)
    dataset_door.record(project, "download", f"{release.id}/rows/{rows.name}.csv")
    response = Response(rows.as_csv(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{release.id}-{rows.name}.csv"'
    return response


@pages.get("/dataset/releases/<release_id>/papers/<paper>")
@_read
def read_paper(project: Project | None, release_id: str, paper: str) -> Response:
    """Show the release's own dictionary or risk report, which may style itself and do nothing else."""
    release = dataset_door.release(release_id)
    name, _ = _PAPERS.get(paper, ("", ""))
    content = releases.read_checked(release, name)
    dataset_door.record(project, "read", f"{release.id}/{name}")
    sums = [b64encode(hashlib.sha256(style).digest()).decode() for style in _STYLE.findall(content)]
    allowed = " ".join(f"'sha256-{each}'" for each in sums) or "'none'"
    response = Response(content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox"
    )
    return response


@pages.errorhandler(RequestedRangeNotSatisfiable)
def _no_such_range(fault: RequestedRangeNotSatisfiable) -> Response:
    response = problem_page(416, "The file has no such part. Download it anew from its beginning.")
    response.headers["Content-Range"] = f"bytes */{fault.length}"
    return response


def _what_changed(release: Release) -> str:
    """Return the release's own words for what is new: the second paragraph of its CHANGES.txt."""
    try:
        told = releases.read_checked(release, "CHANGES.txt").decode().split("\n\n")
    except DomainError:
        return ""
    return told[1].replace("\n", " ").strip() if len(told) > 1 else ""


def _offered(project: Project | None, release: Release, name: str) -> Offered:
    path = f"/dataset/releases/{release.id}"
    told: dict[str, Any] = {
        "name": name,
        "words": _WORDS.get(name) or _kind_of(name),
        "size": releases.file_of(release, name).stat().st_size,
        "sha256": releases.sum_of(release, name),
        "href": dataset_door.carry(f"{path}/files/{name}"),
    }
    try:
        if project:
            dataset_access.check_file(project, release, name)
    except NotAllowed as fault:
        return Offered(**told | _instead(project, release, name, path, fault.sentence))
    return Offered(**told)


def _instead(
    project: Project | None, release: Release, name: str, path: str, sentence: str
) -> dict[str, Any]:
    """Return what a project gets in place of a whole file: its agreed columns, else why nothing."""
    kind = next((kind for kind, file in dataset_access.KINDS.items() if file == name), "")
    if project and kind in dataset_access.kinds_for(project, release):
        return {"href": dataset_door.carry(f"{path}/rows/{kind}.csv"), "is_cut": True}
    if project and Tier.ROWS in project.tiers and not kind:
        sentence = "Not every column of it is agreed for your project. Take the CSV."
    return {"href": "", "why_not": sentence}


def _kind_of(name: str) -> str:
    if name.startswith("hierarchies/"):
        return f"Which coarser value stands for which exact one: {PurePosixPath(name).stem}"
    return "Description for CSV on the Web" if name.endswith("-metadata.json") else "For programs and people"
