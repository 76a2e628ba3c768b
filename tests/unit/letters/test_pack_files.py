"""The spreadsheet and the CSV: real numbers, the word where one is withheld, and nothing that a program would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from openpyxl import Workbook, load_workbook

from app.domain.pack import Story
from app.domain.pack_sheet import HEAD, dictionary_of, rows_of
from app.services.evaluation.evaluation_files import csv_of, dictionary_csv
from app.services.evaluation.evaluation_workbook import xlsx_of
from tests.packs import EMPTY, PACK, STORY


def book_of(pack: object = PACK) -> Workbook:
    return load_workbook(io.BytesIO(xlsx_of(pack)))  # type: ignore[arg-type]


def test_csv_has_a_line_for_each_row_and_its_head() -> None:
    head, *lines = csv.reader(io.StringIO(csv_of(PACK)))
    assert tuple(head) == HEAD
    assert len(lines) == len(rows_of(PACK))


def test_no_cell_of_a_csv_begins_like_a_formula() -> None:
    for text in (csv_of(PACK), dictionary_csv(PACK)):
        cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line if cell]
        assert "'=Shoreditch & Hoxton" in cells or "column" in cells
        assert not [
            cell for cell in cells if cell[0] in "=+@\t\r" or (cell[0] == "-" and not is_number(cell))
        ]


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_workbook_has_its_sheets_with_a_frozen_head_and_room_to_read() -> None:
    book = book_of()
    assert book.sheetnames == ["Read me", "Reach", "Journeys", "Change", "Stories", "Dictionary"]
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "A2"
        assert all(cell.font.bold for cell in sheet[1])
        assert all(sheet.column_dimensions[cell.column_letter].width >= 10 for cell in sheet[1])


def test_numbers_are_numbers_and_withheld_is_the_word() -> None:
    head, *rows = book_of()["Reach"].iter_rows(values_only=True)
    reach = {row[head.index("line")]: dict(zip(head, row, strict=True)) for row in rows}
    central = reach["hackney-central"]
    assert (central["people"], central["percent"], central["area_percent"]) == (60, 46, 41)
    assert (reach["clapton"]["people"], reach["clapton"]["percent"]) == ("withheld", None)
    assert reach["not-known"]["people"] == 0


def test_every_row_says_its_section_as_the_plain_file_does() -> None:
    book = book_of()
    told = [
        row[0]
        for name in ("Reach", "Journeys", "Change")
        for row in book[name].iter_rows(min_row=2, values_only=True)
    ]
    assert sorted(told) == sorted(row["section"] for row in csv.DictReader(io.StringIO(csv_of(PACK))))


@pytest.mark.parametrize("words", ["=1+1", "+44 7700", "-x", "@SUM(A1)", "a\x01b"])
def test_no_cell_of_a_workbook_is_a_formula(words: str) -> None:
    book = book_of(replace(PACK, organisation=words, stories=(Story(words, words, STORY.agreed_on),)))
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert book["Stories"]["A2"].value == words.replace("\x01", "")


def test_dictionary_is_in_the_workbook_and_a_file() -> None:
    found = dictionary_of(PACK)
    assert book_of()["Dictionary"].max_row == len(found) + 1
    assert len(list(csv.reader(io.StringIO(dictionary_csv(PACK))))) == len(found) + 1


def test_empty_pack_makes_files_that_say_so() -> None:
    assert book_of(EMPTY)["Stories"].max_row == 1
    assert "people,People,0" in csv_of(EMPTY)
