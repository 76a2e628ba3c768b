"""Spreadsheets as people make them: separators, letters, dates, numbers; and files that run nothing."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain import cohort
from app.domain.errors import Invalid
from app.domain.sheet import Column, Line, letter, read_csv, read_lines, write_csv

COLUMNS = (Column("name", "Whose.", needed=True, also=("surname",)), Column("born", "When."))


def line_of(cell: str) -> Line:
    return Line(2, {"cell": cell}, {"cell": "A"})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_letters_are_found_out(separator: str, encoding: str) -> None:
    body = f"Name{separator}Born\r\nZoë{separator}x\r\n".encode(encoding)
    (line,) = read_lines(read_csv(body), COLUMNS, most=10)
    assert line.cells == {"name": "Zoë", "born": "x"}


def test_rows_are_counted_as_the_spreadsheet_counts_them() -> None:
    body = b'sep=;\r\nsurname;born\r\n"Two\r\nlines";x\r\n;\r\nLast;y\r\n'
    lines = read_lines(read_csv(body), COLUMNS, most=10)
    assert [(line.number, line.cells["name"]) for line in lines] == [(2, "Two\r\nlines"), (4, "Last")]


def test_quotation_mark_that_is_not_closed_is_told_with_its_row() -> None:
    with pytest.raises(Invalid) as refused:
        read_csv(b'name,born\r\nAda,x\r\n"Bea,y\r\nCem,z\r\n')
    assert "row 3" in refused.value.problems[0].sentence


@pytest.mark.parametrize("body", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_workbook_under_another_name_is_told_how_to_be_saved(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_csv(body)
    assert "Save as" in refused.value.problems[0].sentence


def test_everything_wrong_with_the_headings_is_told_and_no_heading_is_quoted() -> None:
    with pytest.raises(Invalid) as refused:
        read_lines(read_csv(b"Okonkwo,born,born\r\nx,y,z\r\n"), COLUMNS, most=10)
    told = " ".join(problem.sentence for problem in refused.value.problems)
    assert "Column A" in told
    assert "Columns B and C are both born" in told
    assert "missing: name" in told
    assert "Okonkwo" not in told


def test_too_many_rows_are_refused_as_a_whole() -> None:
    body = b"name\r\n" + b"Ada\r\n" * 11
    with pytest.raises(Invalid) as refused:
        read_lines(read_csv(body), COLUMNS, most=10)
    assert "11 rows; 10 fit" in refused.value.problems[0].sentence


def test_cells_that_are_missing_or_belong_nowhere_are_told_with_their_letters() -> None:
    (line,) = read_lines(read_csv(b"name,born\r\n,x,stray\r\n"), COLUMNS, most=10)
    assert [problem.where for problem in line.problems] == ["row 2, column C", "row 2, column A (name)"]


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_of_spreadsheets(place: int, letters: str) -> None:
    assert letter(place) == letters


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\uff1d1"])
def test_no_cell_that_we_write_is_a_formula(cell: str) -> None:
    assert write_csv([[cell]]).decode("utf-8-sig").lstrip('"').startswith("'")


@pytest.mark.parametrize(
    "cell",
    [
        "1/2/1980",
        "01.02.1980",
        "1-2-1980",
        "1980-02-01",
        "1 Feb 1980",
        "1st February 1980",
        "1980-02-01 00:00",
    ],
)
def test_dates_are_read_as_people_write_them_with_the_day_first(cell: str) -> None:
    line = line_of(cell)
    assert cohort.read_date(line, "cell") == date(1980, 2, 1)
    assert line.problems == []


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("2/13/1980", "day first"),
        ("31/2/1980", "real date"),
        ("1/2/80", "four digits"),
        ("29252", "made a number"),
        ("soon", "real date"),
    ],
)
def test_dates_that_could_mean_another_are_not_guessed(cell: str, sentence: str) -> None:
    line = line_of(cell)
    assert cohort.read_date(line, "cell") is None
    assert sentence in line.problems[0].sentence
    assert cell not in line.problems[0].sentence


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("94347659", "noughts"),
        ("9.43477E+09", "shortened"),
        ("943 476 5918", "check digit"),
        ("12", "10 digits"),
    ],
)
def test_what_a_spreadsheet_did_to_a_number_is_told(cell: str, sentence: str) -> None:
    line = line_of(cell)
    assert cohort.read_nhs_number(line, "cell") == ""
    assert sentence in line.problems[0].sentence


@pytest.mark.parametrize("cell", ["943 476 5919", "943-476-5919", "9434765919", "9434765919.0"])
def test_nhs_number_is_read_with_its_spaces(cell: str) -> None:
    line = line_of(cell)
    assert cohort.read_nhs_number(line, "cell") == "9434765919"
    assert line.problems == []


@pytest.mark.parametrize("cell", ["7700900461", "7.7E+09", "12"])
def test_telephone_number_without_its_nought_is_told(cell: str) -> None:
    line = line_of(cell)
    cohort.read_phone(line, "cell")
    assert len(line.problems) == 1


def test_a_mended_row_is_known_again_by_the_number_or_else_by_names_and_birth_date() -> None:
    born = date(1980, 2, 1)
    plain = cohort.known_by("", "O'Neil", "Ada Mary", born)
    assert plain.is_same(cohort.known_by("", "ONEIL ", "ada", born))
    numbered = cohort.known_by("9434765919", "Oneil", "Ada", born)
    assert plain.is_same(numbered)
    assert numbered.is_same(cohort.known_by("9434765919", "C", "D", None))
    assert not plain.is_same(cohort.known_by("", "Oneil", "Bea", born))
    assert not cohort.known_by("", "Oneil", "Ada", None).is_same(cohort.known_by("", "Oneil", "Ada", None))
    other = cohort.known_by("9434765870", "Oneil", "Ada", born)
    assert other.has_another_number(numbered)
    assert not other.is_same(numbered)
