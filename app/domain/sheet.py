"""Reads spreadsheets cell by cell, with the place of all that is wrong, and writes tables that run no formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import FieldProblem, Invalid

FILE = "file"  # the field of what is wrong with a file as a whole
_SEPARATORS = ",;\t"
_TOLD_SEPARATOR = re.compile(
    r"sep=(.)\r?\n?", re.IGNORECASE
)  # a first line of Excel's own, which it does not show
# What spreadsheets take for the beginning of a formula: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template; `also` are other headings by which it is known."""

    key: str
    about: str
    needed: bool = False
    example: str = ""
    longest: int = 200
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with one cell, and how to mend it; rows as the spreadsheet counts them, 1 has the headings."""

    row: int
    letter: str  # of the column; empty when the row as a whole is wrong
    column: str
    sentence: str
    sheet: str = ""

    @property
    def where(self) -> str:
        """The place in words."""
        sheet = f"sheet {self.sheet}, " if self.sheet else ""
        column = f", column {self.letter}" if self.letter else ""
        heading = f" ({self.column})" if self.letter and self.column else ""
        return f"{sheet}row {self.row}{column}{heading}"


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells as they stand in a sheet: numbered rows, empty ones left out; `formulas` by row and place in it."""

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    sheet: str = ""
    formulas: frozenset[tuple[int, int]] = frozenset()


@dataclass(slots=True)
class Line:
    """One row under its headings; whoever reads it writes down what is wrong."""

    number: int
    cells: Mapping[str, str]
    letters: Mapping[str, str]
    sheet: str = ""
    problems: list[CellProblem] = field(default_factory=list)

    def refuse(self, column: str, sentence: str) -> None:
        """Note a problem in a column; of the row as a whole when the sheet does not have it."""
        self.problems.append(
            CellProblem(self.number, self.letters.get(column, ""), column, sentence, self.sheet)
        )


def read_csv(body: bytes) -> Grid:
    """Return the cells of a file of comma, semicolon or tab separated values; raises Invalid for what is none."""
    text = _decoded(body)
    told = _TOLD_SEPARATOR.match(text)
    if told:
        text = text[told.end() :]
    head = text.partition("\n")[0]
    separator = told[1] if told and told[1] in _SEPARATORS else max(_SEPARATORS, key=head.count)
    rows: list[tuple[int, tuple[str, ...]]] = []
    number = 0
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1
        ):
            if any(cell.strip() for cell in cells):
                rows.append((number, tuple(cell.strip() for cell in cells)))
    except csv.Error:
        sentence = f"From row {number + 1} on it cannot be read: a quotation mark is opened and not closed."
        raise Invalid([FieldProblem(FILE, sentence)]) from None
    return Grid(tuple(rows))


def _decoded(body: bytes) -> str:
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        sentence = (
            "This is an Excel workbook. In Excel, choose Save as, then CSV UTF-8, and upload that file."
        )
        raise Invalid([FieldProblem(FILE, sentence)])
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid([FieldProblem(FILE, "Its letters cannot be read. Save it as CSV UTF-8 and upload that.")])


def read_lines(grid: Grid, columns: Sequence[Column], *, most: int) -> list[Line]:
    """Return the rows under their headings; raises Invalid with everything that is wrong with the headings."""
    if not grid.rows:
        raise Invalid([FieldProblem(FILE, "It is empty: fill in the template.")])
    (_, head), *rows = grid.rows
    places, problems = _headings(head, columns)
    if len(rows) > most:
        problems.append(f"It has {len(rows)} rows; {most} fit in one file. Make several files of it.")
    if not rows:
        problems.append("It has headings and no row below them.")
    if problems:
        raise Invalid([FieldProblem(FILE, sentence) for sentence in problems])
    return [_line(grid, number, cells, places, columns) for number, cells in rows]


def _headings(head: Sequence[str], columns: Sequence[Column]) -> tuple[dict[str, int], list[str]]:
    """Return where each column stands, and what is wrong; headings are never quoted: they may be a person's data."""
    known = {name: column.key for column in columns for name in (column.key, *column.also)}
    places: dict[str, int] = {}
    problems = []
    for place, heading in enumerate(head):
        key = known.get("_".join(re.split(r"[^a-z0-9]+", heading.strip(" *").lower())))
        if key is None and heading:
            problems.append(
                f"Column {letter(place)} has a heading that we do not know: see the list of columns."
            )
        elif key in places:
            problems.append(f"Columns {letter(places[key])} and {letter(place)} are both {key}: keep one.")
        elif key is not None:
            places[key] = place
    missing = [column.key for column in columns if column.needed and column.key not in places]
    if missing:
        problems.append(f"The first row must have the headings; missing: {', '.join(missing)}.")
    return places, problems


def _line(
    grid: Grid, number: int, cells: Sequence[str], places: Mapping[str, int], columns: Sequence[Column]
) -> Line:
    letters = {key: letter(place) for key, place in places.items()}
    told = {key: cells[place] if place < len(cells) else "" for key, place in places.items()}
    line = Line(number, told, letters, grid.sheet)
    for place, cell in enumerate(cells):
        if cell and place not in places.values():
            sentence = f"Column {letter(place)} has no heading, so this cell belongs nowhere."
            line.problems.append(CellProblem(number, letter(place), "", sentence, grid.sheet))
    for column in columns:
        text = told.get(column.key, "")
        if (number, places.get(column.key, -1)) in grid.formulas:
            line.refuse(column.key, "This is a formula, and we work none out: put in the value itself.")
        elif column.needed and not text:
            line.refuse(column.key, "It must be filled in.")
        elif len(text) > column.longest:
            line.refuse(column.key, f"It must be {column.longest} characters or fewer.")
        elif any(ord(sign) < 32 and sign not in "\n\r\t" for sign in text):
            line.refuse(column.key, "It has a character that cannot be kept: type it anew.")
    return line


def letter(place: int) -> str:
    """Return the letters of a column as spreadsheets have them: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def parts(text: str) -> list[str]:
    """Return the items of a list in one cell: parted by semicolons, bars or lines."""
    return [item for each in re.split(r"[;|\n]", text) if (item := each.strip())]


def write_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Return a file that spreadsheets open as it is meant, and of which they run nothing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_harmless(str(cell)) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
