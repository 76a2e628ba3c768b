"""Releases and their files at the dataset's door: what is there, in ranges, and that nothing else is."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.services.dataset.releases import cells, get_release, list_releases
from tests.conftest import Clock
from tests.integration.dataset_api.conftest import EVERY_COLUMN, Analyst, Series
from tests.integration.projects.conftest import Bench

ROWS = "data/outcomes.csv"
Made = Callable[..., Analyst]


def test_releases_are_listed_newest_first_with_files_sizes_and_sums(analyst: Analyst, out: Path) -> None:
    newest, first = analyst.get("/releases").json["releases"]  # type: ignore[index]
    assert (newest["number"], first["number"]) == (2, 1)
    assert (newest["superseded_by"], first["superseded_by"]) == (None, newest["id"])
    for told in (newest, first):
        folder = out / told["id"]
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert {each["name"] for each in told["files"]} == there
        for each in told["files"]:
            content = (folder / each["name"]).read_bytes()
            assert (each["size"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert told["counts"] == json.loads((folder / "manifest.json").read_text())["counts"]
    assert analyst.get(f"/releases/{first['id']}").json == first


def test_every_file_comes_as_it_lies_on_the_disk_with_its_sum_as_etag(
    analyst: Analyst, newest: dict[str, Any], out: Path
) -> None:
    for each in newest["files"]:
        answer = analyst.get(f"/releases/{newest['id']}/files/{each['name']}")
        assert answer.data == (out / newest["id"] / each["name"]).read_bytes()
        assert answer.headers["ETag"] == f'"{each["sha256"]}"'
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_parquet_is_parquet_and_csv_is_csv(analyst: Analyst, newest: dict[str, Any]) -> None:
    parquet = analyst.head(f"/releases/{newest['id']}/files/data/outcomes.parquet")
    assert parquet.mimetype == "application/vnd.apache.parquet"
    assert analyst.head(f"/releases/{newest['id']}/files/{ROWS}").mimetype == "text/csv"


def test_a_range_is_that_part_of_the_file(analyst: Analyst, newest: dict[str, Any]) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    whole = analyst.get(path).data
    for asked, begin, end in (("0-99", 0, 100), ("100-", 100, None), ("-50", -50, None), ("5-5", 5, 6)):
        part = analyst.get(path, 206, Range=f"bytes={asked}")
        assert part.data == whole[begin:end]
        assert int(part.headers["Content-Length"]) == len(part.data)
        first = begin % len(whole)
        last = first + len(part.data) - 1
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


def test_a_range_behind_the_end_is_refused_with_the_length(analyst: Analyst, newest: dict[str, Any]) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    length = analyst.head(path).headers["Content-Length"]
    answer = analyst.get(path, 416, Range=f"bytes={length}-")
    assert answer.headers["Content-Range"] == f"bytes */{length}"
    assert answer.json["error"]["status"] == 416  # type: ignore[index]


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=0-5"])
def test_a_range_that_need_not_be_understood_gets_the_whole(
    analyst: Analyst, newest: dict[str, Any], asked: str
) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    assert analyst.get(path, 200, Range=asked).data == analyst.get(path).data


def test_a_broken_download_goes_on_only_with_the_same_file(analyst: Analyst, newest: dict[str, Any]) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    etag = analyst.head(path).headers["ETag"]
    assert len(analyst.get(path, 206, Range="bytes=10-19", If_Range=etag).data) == 10
    whole = analyst.get(path, 200, Range="bytes=10-19", If_Range='"of another file"')
    assert len(whole.data) == int(analyst.head(path).headers["Content-Length"])


def test_who_has_the_file_already_is_sent_nothing(analyst: Analyst, newest: dict[str, Any]) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    etag = analyst.head(path).headers["ETag"]
    assert analyst.get(path, 304, If_None_Match=etag).data == b""
    assert analyst.get(path, 304, If_None_Match=etag, Range="bytes=0-9").data == b""
    assert analyst.get(path, 200, If_None_Match='"another"').data


def test_head_tells_the_length_and_sends_no_body(analyst: Analyst, newest: dict[str, Any]) -> None:
    each = next(each for each in newest["files"] if each["name"] == ROWS)
    answer = analyst.head(f"/releases/{newest['id']}/files/{ROWS}")
    assert (answer.data, answer.headers["Content-Length"]) == (b"", str(each["size"]))


def test_latest_leads_to_the_newest_release(analyst: Analyst, newest: dict[str, Any]) -> None:
    for path in ("", f"/files/{ROWS}", "/rows/referrals.csv", "/$export?_type=tables"):
        answer = analyst.get(f"/releases/latest{path}", 302)
        assert answer.headers["Location"].endswith(f"/dataset/v1/releases/{newest['id']}{path}")


NO_FILES = (
    "../.series/about.json",
    "..%2f.series%2ftables.ledger",
    "%2e%2e/%2e%2e/keys/private.pem",
    "..%252f.series",
    "data/../../.series/tables.ledger",
    "data/%2e%2e/manifest.json",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "data",
    "data/",
    "data/outcomes.csv/",
    "data//outcomes.csv",
    "data\\outcomes.csv",
    "DATA/OUTCOMES.CSV",
    "data/outcomes.csv%00",
    ".hidden",
    "left-behind.txt",
)


def test_a_name_that_the_manifest_does_not_hold_is_no_file(
    analyst: Analyst, newest: dict[str, Any], out: Path
) -> None:
    (out / newest["id"] / "left-behind.txt").write_text("not of the release")
    (out / newest["id"] / ".hidden").write_text("not of the release")
    for name in NO_FILES:
        answer = analyst.get(f"/releases/{newest['id']}/files/{name}", 404)
        assert answer.json["error"]["code"] == "not-found", name  # type: ignore[index]


def test_a_link_in_place_of_a_file_is_not_followed(
    analyst: Analyst, newest: dict[str, Any], out: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("outside")
    path = out / newest["id"] / "README.txt"
    path.unlink()
    path.symlink_to(secret)
    answer = analyst.get(f"/releases/{newest['id']}/files/README.txt", 404)
    assert answer.json["error"]["code"] == "not-found"  # type: ignore[index]
    assert "outside" not in answer.text
    data = out / newest["id"] / "data"
    data.rename(tmp_path / "elsewhere")
    data.symlink_to(tmp_path / "elsewhere")
    analyst.get(f"/releases/{newest['id']}/files/{ROWS}", 404)
    analyst.get(f"/releases/{newest['id']}")


NO_RELEASES = (
    ".series",
    "..",
    "%2e%2e",
    ".making-1",
    "candidate-release-2-2026-11-22",
    "release-3-2026-12-23",
    "release-2",
)


def test_what_is_no_published_release_is_not_served(
    analyst: Analyst, newest: dict[str, Any], out: Path
) -> None:
    for name in (".making-1", "candidate-release-2-2026-11-22"):
        shutil.copytree(out / newest["id"], out / name)
    os.symlink(out / newest["id"], out / "release-3-2026-12-23")
    for release_id in NO_RELEASES:
        for path in ("", "/files/manifest.json", "/rows/referrals.csv", "/$export"):
            analyst.get(f"/releases/{release_id}{path}", 404)
    assert len(list_releases(out)) == 2


def test_a_release_whose_manifest_was_changed_is_none(out: Path) -> None:
    newest = list_releases(out)[0]
    manifest = newest.folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"rows_suppressed"', b'"rows_suppresseD"'))
    assert [each.number for each in list_releases(out)] == [1]


def test_no_folder_of_releases_is_no_release(tmp_path: Path) -> None:
    assert list_releases(None) == ()
    assert list_releases(tmp_path / "away") == ()


def test_cells_are_the_tables_number_by_number(out: Path) -> None:
    release = get_release(out, "latest")
    with (release.folder / "data/tables.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(cells(release)) == len(lines)
    for cell, line in zip(cells(release), lines, strict=True):
        assert (cell.table, cell.by, cell.value, cell.measure, cell.answer, cell.status) == (
            line["table"],
            line["by"],
            line["value"],
            line["measure"],
            line["answer"],
            line["status"],
        )
        assert cell.people == (int(line["people"]) if line["people"] else None)


def test_nobody_reads_without_a_token_that_holds(http: FlaskClient, out: Path) -> None:
    release = list_releases(out)[0].id
    whole = ("/releases", f"/releases/{release}", "/releases/latest", "/rows/referrals.csv", "/queryable")
    of_it = (f"/releases/{release}/files/manifest.json", f"/releases/{release}/$export")
    for sent in (None, "Bearer", "Bearer bsd_nobody", "Basic YTpi", "bearer bsd_" + "x" * 43):
        for path in (*whole, *of_it):
            answer = http.get(f"/dataset/v1{path}", headers={"Authorization": sent} if sent else {})
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends_with_its_project(analyst: Analyst, clock: Clock) -> None:
    assert analyst.get("/releases").json["releases"]  # type: ignore[index]
    clock.advance(days=120)
    answer = analyst.get("/releases", 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "release-" not in answer.text


def test_only_the_tiers_given_are_opened(analyst_with: Made, newest: dict[str, Any]) -> None:
    release = f"/releases/{newest['id']}"
    tables, rows = analyst_with(tiers=("tables",)), analyst_with(tiers=("rows",))
    for each in newest["files"]:
        wanted = {"rows": (403, 200), "tables": (200, 403), None: (200, 200)}[each["tier"]]
        tables.get(f"{release}/files/{each['name']}", wanted[0])
        rows.get(f"{release}/files/{each['name']}", wanted[1])
    tables.get(f"{release}/rows/journeys.csv", 403)
    rows.get(f"{release}/rows/tables.csv", 403)
    refused = tables.ask(403, dimensions=["need"])
    assert "tier" in refused.json["error"]["sentence"]  # type: ignore[index]


def test_every_column_of_a_release_can_be_agreed(out: Path) -> None:
    for name in ("outcomes", "journeys"):
        path = list_releases(out)[0].folder / f"data/{name}.csv"
        heading = path.read_text().splitlines()[0].split(",")
        assert set(heading[1:]) <= set(EVERY_COLUMN)


def test_rows_come_whole_only_when_every_column_is_agreed(
    analyst_with: Made, newest: dict[str, Any], out: Path
) -> None:
    part = analyst_with(fields=("need", "age", "outcome"))
    for name in (ROWS, "data/outcomes.parquet", "data/journeys.csv"):
        told = part.get(f"/releases/{newest['id']}/files/{name}", 403)
        assert "Not agreed for your project" in told.json["error"]["sentence"]  # type: ignore[index]
    with (out / newest["id"] / ROWS).open(newline="") as file:
        exact = list(csv.DictReader(file))
    cut = part.get(f"/releases/{newest['id']}/rows/referrals.csv").text
    found = list(csv.DictReader(io.StringIO(cut, newline="")))
    names = ("row_id", "age", "need", "outcome")
    assert list(found[0]) == list(names)
    assert found == [{name: row[name] for name in names} for row in exact]
    journeys = part.get(f"/releases/{newest['id']}/rows/journeys.csv").text.splitlines()[0]
    assert journeys == "row_id,age_band,need,last_outcome,first_outcome"


def test_rows_of_all_releases_add_up_and_tables_are_the_newest(
    analyst: Analyst, newest: dict[str, Any], series: Series
) -> None:
    both = [each["rows"]["outcomes"] for each in analyst.get("/releases").json["releases"]]  # type: ignore[index]
    lines = analyst.get("/rows/referrals.csv").text.splitlines()
    assert len(lines) - 1 == sum(both)
    assert len({line.split(",")[0] for line in lines}) == len(lines)
    tables = analyst.get("/rows/tables.csv").text
    assert tables == analyst.get(f"/releases/{newest['id']}/rows/tables.csv").text


def test_what_is_read_and_downloaded_is_in_the_audit(
    analyst: Analyst, newest: dict[str, Any], bench: Bench, counted: Callable[[str], int]
) -> None:
    of_file = f"\"audit_event\" where act = 'download' and subject_id = '{newest['id']}/{ROWS}'"
    before = counted(of_file)
    path = f"/releases/{newest['id']}/files/{ROWS}"
    analyst.get(path)
    analyst.head(path)
    analyst.get(path, 304, If_None_Match=analyst.head(path).headers["ETag"])
    assert counted(of_file) == before + 1


def test_methods_that_are_not_for_an_address_are_refused(analyst: Analyst, http: FlaskClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = http.open("/dataset/v1/releases", method=method)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}
