"""No file leaves without a line in the audit, whatever headers ask for it; and what the audit says of a question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.integration.dataset_api.conftest import Analyst
from tests.integration.dataset_api.test_dataset_queries import open_box as open_box

ROWS = "data/outcomes.csv"


def details(admin: Engine, act: str) -> list[tuple[str, dict[str, Any]]]:
    """What the audit keeps of an act: of what, and its detail."""
    asked = "select subject_id, detail from audit_event where act = :act order by seq"
    with admin.connect() as connection:
        return [(str(row[0]), row[1]) for row in connection.execute(text(asked), {"act": act})]


@pytest.mark.parametrize(
    "headers",
    [{"If_Match": '"x"'}, {"If_Match": '"x"', "Range": "bytes=0-99"}, {"If_Match": 'W/"x", "y"'}],
)
def test_a_condition_that_fails_sends_nothing_of_the_file(
    analyst: Analyst, newest: dict[str, Any], counted: Callable[[str], int], headers: dict[str, str]
) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    before = counted("\"audit_event\" where act = 'download'")
    answer = analyst.get(path, 412, **headers)
    assert answer.json["error"]["status"] == 412  # type: ignore[index]
    assert b"row_id" not in answer.data
    assert analyst.head(path, 412, **headers).data == b""
    assert counted("\"audit_event\" where act = 'download'") == before


def test_a_condition_that_holds_sends_the_file_with_its_line(
    analyst: Analyst, newest: dict[str, Any], admin: Engine
) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    etag = analyst.head(path).headers["ETag"]
    whole = analyst.get(path, If_Match=etag)
    assert whole.headers["ETag"] == etag
    assert analyst.get(path, 206, If_Match=etag, Range="bytes=0-9").data == whole.data[:10]
    told = details(admin, "download")
    assert [each[0] for each in told] == [f"{newest['id']}/{ROWS}"] * 2
    assert {each[1]["project"] for each in told} == {str(analyst.project.id)}


@pytest.mark.parametrize("asked", ["bytes=abc", "bytes=9-5", "bytes=", "bytes=-", "bytes"])
def test_a_range_that_is_none_is_left_aside(analyst: Analyst, newest: dict[str, Any], asked: str) -> None:
    path = f"/releases/{newest['id']}/files/{ROWS}"
    assert len(analyst.get(path, 200, Range=asked).data) > 100


def test_each_kind_of_file_names_its_alphabet_once(analyst: Analyst, newest: dict[str, Any]) -> None:
    for name in (ROWS, "data/tables.csv", "README.txt", "manifest.sha256", "dictionary.html"):
        told = analyst.head(f"/releases/{newest['id']}/files/{name}").headers["Content-Type"]
        assert told.count("charset=utf-8") == 1, told
    for path in (f"/releases/{newest['id']}/rows/referrals.csv", "/rows/tables.csv"):
        assert analyst.get(path).headers["Content-Type"] == "text/csv; charset=utf-8; header=present"


def test_only_measure_reports_are_fhir(analyst: Analyst, newest: dict[str, Any]) -> None:
    asked = {"Accept": "application/fhir+ndjson"}
    for kind, told in (("referrals", "application/ndjson"), ("MeasureReport", "application/fhir+ndjson")):
        assert analyst.get(f"/releases/{newest['id']}/rows/{kind}.ndjson", **asked).mimetype == told


def test_the_audit_of_a_question_says_what_was_asked(analyst: Analyst, open_box: Path, admin: Engine) -> None:
    asked = {"dimensions": ["need"], "filters": {"gender": ["female"]}, "measure": {"mean": "contacts"}}
    query_id = analyst.ask(202, **asked).json["id"]  # type: ignore[index]
    ((release, detail),) = details(admin, "ask")
    assert release == "release-2-2026-11-22"
    assert detail == asked | {"project": str(analyst.project.id)}
    assert json.loads((open_box / "questions" / f"{query_id}.json").read_text())["question"] == asked


def test_the_audit_tells_of_an_export_from_its_beginning(
    analyst: Analyst, newest: dict[str, Any], open_box: Path, admin: Engine
) -> None:
    analyst.get(f"/releases/{newest['id']}/$export?_type=referrals,tables", 202)
    ((release, detail),) = details(admin, "begin export")
    assert release == newest["id"]
    assert detail == {"project": str(analyst.project.id), "tables": ["referrals", "tables"]}
    analyst.get("/queryable")
    assert [each[0] for each in details(admin, "read what may be asked")] == ["release-2-2026-11-22"]
