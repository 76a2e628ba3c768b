"""A directory from a spreadsheet: told by cell, looked at first, imported again, and safe whatever the file holds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, time

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, text

from app.domain.errors import Invalid
from app.services.directory.directory_columns import COLUMNS
from app.services.directory.sheet_xlsx import read_xlsx
from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import Page, read_page

SignIn = Callable[[str], Visitor]
HEAD = ["organisation", "service", "needs", "minimum_age", "postcode", "venue", "sessions", "checked_on"]
CLUB = [
    "Friends of Mill Lane",
    "Lunch club",
    "food",
    60,
    "E8 1AB",
    "The Hall",
    "Tuesday 12:00-14:00",
    date(2026, 3, 15),
]


def workbook(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Groups"
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def take(visitor: Visitor, body: bytes, name: str = "list.xlsx", **form: str) -> Page:
    token = visitor.get("/directory-import").token
    fields = {"csrf_token": token, "source": "Council list", "file": (io.BytesIO(body), name), **form}
    return read_page(visitor.client.post("/directory-import", data=fields))


def digest_of(page: Page) -> str:
    return next(given["value"] or "" for given in page.inputs if given.get("name") == "digest")


def count(admin: Engine, query: str) -> int:
    with admin.connect() as connection:
        return connection.scalar(text(query)) or 0


def test_steward_looks_first_then_imports_the_same_file_and_no_other(
    sign_in: SignIn, place: MadePlace, admin: Engine
) -> None:
    visitor, body = sign_in("steward"), workbook(HEAD, CLUB)
    page = take(visitor, body)
    assert "Nothing has been written yet" in page.text
    ours = "select count(*) from service where source = 'Council list'"
    assert count(admin, ours) == 0
    other = take(visitor, workbook(HEAD, CLUB, CLUB), step="apply", digest=digest_of(page))
    assert "another file than the one that you looked at" in other.text
    assert count(admin, ours) == 0
    done = take(visitor, body, step="apply", digest=digest_of(page))
    assert "The services were imported" in done.text
    assert count(admin, ours + " and verified_on = '2026-03-15' and min_age = 60") == 1
    assert count(admin, "select count(*) from field_origin where source = 'Council list'") > 10
    assert count(admin, "select count(*) from service_session where weekday = 'tuesday'") >= 1
    again = take(visitor, body)
    assert "Unchanged 1" in " ".join(again.text.split())


def test_every_wrong_cell_is_told_and_the_row_is_kept(
    sign_in: SignIn, place: MadePlace, admin: Engine
) -> None:
    bad = ["Friends", "Club", "miracles", "=60+1", "E8 1AB", "Hall", "some day", date(2026, 3, 15)]
    visitor, body = sign_in("steward"), workbook(HEAD, CLUB, bad)
    page = take(visitor, body)
    told = page.text
    assert "sheet Groups, row 3, column C (needs)" in told
    assert "sheet Groups, row 3, column D (minimum_age)" in told
    assert "This is a formula" in told
    assert "sheet Groups, row 3, column G (sessions)" in told
    take(visitor, body, step="apply", digest=digest_of(page))
    assert count(admin, "select count(*) from service where source = 'Council list'") == 1
    assert count(admin, "select count(*) from import_set_aside where raw like '%miracles%'") == 1
    assert "needs: Choose from" in visitor.get("/directory-import").text


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_template_has_every_column_and_its_example_is_refused(
    ending: str, sign_in: SignIn, place: MadePlace
) -> None:
    visitor = sign_in("steward")
    body = visitor.client.get(f"/directory-import/template.{ending}").data
    page = take(visitor, body, f"template.{ending}")
    assert "template's example" in page.text
    first = (
        read_xlsx(body).rows[0][1]
        if ending == "xlsx"
        else body.decode("utf-8-sig").split("\r\n")[0].split(",")
    )
    assert list(first) == [column.key for column in COLUMNS]


@pytest.mark.parametrize("username", ["link-worker", "practice-0", "provider-0"])
def test_only_the_steward_imports(username: str, sign_in: SignIn) -> None:
    assert sign_in(username).client.get("/directory-import").status_code == 403


def packed(name: str, content: bytes) -> bytes:
    out = io.BytesIO(workbook(HEAD, CLUB))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (packed("xl/media/large.bin", b"0" * 45_000_000), "too large"),
        (
            packed("xl/other.xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a/>"),
            "declarations",
        ),
        (b"PK\x03\x04 and nothing more", "cannot be read"),
        (packed("unused.xml", b"")[:900], "cannot be read"),
    ],
    ids=["bomb", "entity", "no archive", "cut off"],
)
def test_workbook_that_could_do_harm_is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_xlsx(body)
    assert sentence in refused.value.problems[0].sentence


def test_cells_are_read_as_somebody_would_type_them() -> None:
    row = ["007", 7.0, 7.5, True, date(2026, 3, 15), time(9, 30), None, " x "]
    grid = read_xlsx(workbook(row))
    assert grid.rows == ((1, ("007", "7", "7.5", "yes", "2026-03-15", "09:30", "", "x")),)
    assert grid.sheet == "Groups"
