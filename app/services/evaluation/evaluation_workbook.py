"""A pack as a spreadsheet: one sheet for each part, real numbers, the word where a number is withheld."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.pack import Pack
from app.domain.pack_sheet import DICTIONARY_HEAD, Row, cells_of, dictionary_of, rows_of
from app.domain.pack_words import CAVEAT, SMALL_NUMBERS, STORIES, day

_BOLD: Final = Font(bold=True)
_WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
_WIDEST: Final = 60  # characters
_PEOPLE: Final = ("section", "figure", "title", "line", "words", "people", "percent", "area_percent", "note")
_CHANGE: Final = (
    "section",
    "figure",
    "title",
    "when",
    "line",
    "words",
    "people",
    "percent",
    "mean",
    "low",
    "high",
    "note",
)
_FORMATS: Final = {
    "people": "#,##0",
    "percent": '0"%"',
    "area_percent": '0"%"',
    "mean": "0.0#",
    "low": "0.0#",
    "high": "0.0#",
}
_SHEETS: Final = (
    ("Reach", ("all", "reach"), _PEOPLE),
    ("Journeys", ("journey", "outcome"), _PEOPLE),
    ("Change", ("change",), _CHANGE),
)


def xlsx_of(pack: Pack) -> bytes:
    """Return the pack as an Excel workbook; nothing in it is worked out or fetched from outside."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = _kept(f"Evaluation pack: {pack.organisation}")
    book.properties.creator = _kept(pack.organisation)
    _write(book.create_sheet("Read me"), ("What", "Words"), _about(pack))
    rows = rows_of(pack)
    for title, sections, columns in _SHEETS:
        _write_rows(book.create_sheet(title), columns, [row for row in rows if row.section in sections])
    stories = [(each.words, each.told_as, each.agreed_on) for each in pack.stories]
    _write(book.create_sheet("Stories"), ("story", "told_as", "agreed_on"), stories)
    _write(book.create_sheet("Dictionary"), DICTIONARY_HEAD, map(cells_of, dictionary_of(pack)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _about(pack: Pack) -> list[tuple[str, str]]:
    return [
        ("Organisation", pack.organisation),
        *(("Counted", each) for each in pack.filters_in_words),
        ("Made on", day(pack.made_on)),
        ("Small numbers", SMALL_NUMBERS),
        ("What it does not tell", CAVEAT),
        ("Stories", STORIES),
        *pack.methods,
        *(("To know", each) for each in pack.notes),
        ("Columns", "The sheet Dictionary says what every column means."),
    ]


def _write_rows(sheet: Worksheet, columns: Sequence[str], rows: Sequence[Row]) -> None:
    _write(sheet, columns, ([getattr(row, name) for name in columns] for row in rows))
    for place, name in enumerate(columns, 1):
        for number in range(2, len(rows) + 2):
            if name in _FORMATS:
                sheet.cell(number, place).number_format = _FORMATS[name]


def _write(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet.freeze_panes = "A2"
    widths = [len(name) for name in head]
    for number, row in enumerate([head, *rows], 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.value, cell.alignment = _kept(value), _WRAPPED
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins like a formula stays a text
                widths[place - 1] = max(widths[place - 1], min(len(value), _WIDEST))
            if number == 1:
                cell.font = _BOLD
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = max(width, 10) + 2


def _kept(value: Any) -> Any:
    """A character that no workbook may hold is left out."""
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
