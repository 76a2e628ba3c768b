"""Reads and writes Excel workbooks: nothing in them is worked out or fetched from outside, none is too large."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook

from app.domain.errors import FieldProblem, Invalid
from app.domain.sheet import FILE, Grid

_MOST_UNPACKED: Final = 40 * 1024 * 1024
_MOST_PARTS: Final = 500
_MOST_CELLS: Final = 500_000
_DECLARATIONS: Final = (
    b"<!DOCTYPE",
    b"<!ENTITY",
)  # by which a small text may grow without end, or fetch another
_NO_WORKBOOK: Final = (
    "It cannot be read as an Excel workbook (.xlsx): save it again, or save it as CSV UTF-8."
)


def read_xlsx(body: bytes) -> Grid:
    """Return the cells of a workbook's first visible sheet; raises Invalid for what is none, or could do harm."""
    _check_package(body)
    try:
        return _read(body)
    except Invalid:
        raise
    except Exception:  # whatever a broken workbook makes the library raise; its text may quote a cell
        raise Invalid([FieldProblem(FILE, _NO_WORKBOOK)]) from None


def _check_package(body: bytes) -> None:
    """Unpack every part once, counting: what the package says of its own size is not believed."""
    problem = None
    try:
        with ZipFile(io.BytesIO(body)) as package:
            parts = package.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                problem = "It is too large when it is unpacked: leave out pictures and other sheets."
            elif any(_declares(package, part.filename) for part in parts):
                problem = "It holds declarations that no spreadsheet writes: save it anew in Excel."
    except (
        BadZipFile,
        zipfile.LargeZipFile,
        RuntimeError,
        NotImplementedError,
        OSError,
        ValueError,
        EOFError,
    ):
        problem = _NO_WORKBOOK
    if problem:
        raise Invalid([FieldProblem(FILE, problem)])


def _declares(package: ZipFile, name: str) -> bool:
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        return False
    text = package.read(name).replace(b"\x00", b"").upper()  # of wide letters the noughts are left out
    return any(word in text for word in _DECLARATIONS)


def _read(body: bytes) -> Grid:
    # Formulas stay formulas: the value that was saved beside one may be old.
    book = load_workbook(io.BytesIO(body), read_only=True, data_only=False, keep_links=False)
    sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
    sheet.reset_dimensions()  # what a sheet says of its own size is not believed
    rows: list[tuple[int, tuple[str, ...]]] = []
    formulas: set[tuple[int, int]] = set()
    seen = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        seen += max(len(cells), 1)
        if seen > _MOST_CELLS:
            raise Invalid(
                [FieldProblem(FILE, "It has too many cells: delete empty rows and columns, and save.")]
            )
        formulas |= {(number, place) for place, cell in enumerate(cells) if cell.data_type == "f"}
        texts = tuple(_text(cell.value) for cell in cells)
        if any(texts):
            rows.append((number, texts))
    return Grid(tuple(rows), sheet.title[:31], frozenset(formulas))


def _text(value: Any) -> str:
    """Return a cell as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def write_xlsx(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """Return a workbook of one sheet; every cell is text, so that noughts stay and nothing is a formula."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.number_format = "@"
            cell.value, cell.data_type = text, "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
