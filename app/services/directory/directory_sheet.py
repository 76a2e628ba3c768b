"""A directory from a spreadsheet: each row becomes a service as feeds tell them, each problem finds its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from app.domain.access import Actor
from app.domain.cohort import read_date
from app.domain.errors import FieldProblem
from app.domain.openreferral import DAYS, NEEDS, identity, read_day
from app.domain.sheet import CellProblem, Grid, Line, parts, read_csv, read_lines, write_csv
from app.domain.vocabulary import NEED_WORDS, Access
from app.services.directory.directory_columns import COLUMNS, EXAMPLE_ORGANISATION, column_of
from app.services.directory.directory_sheet_codes import more_of
from app.services.directory.sheet_xlsx import read_xlsx, write_xlsx
from app.services.feeds.directory_import import Feed, import_directory
from app.services.feeds.feed_words import language_code
from app.services.feeds.import_report import Line as ReportLine
from app.services.feeds.import_report import Report
from app.store.session import Database

MOST_ROWS: Final = 10_000
MOST_BYTES: Final = 3_000_000
_OF_A_VENUE: Final = tuple(each for each in Access if each is not Access.HOME_VISIT)
_SESSION = re.compile(r"([A-Za-z]+)\s+([0-9]{1,2}[:.][0-9]{2})\s*(?:-|–|to)\s*([0-9]{1,2}[:.][0-9]{2})")


def template_csv() -> bytes:
    """Return the file to fill in, with one row as an example."""
    return write_csv(_template())


def template_xlsx() -> bytes:
    """Return the workbook to fill in, every cell of it text."""
    return write_xlsx("Services", _template())


def _template() -> list[list[str]]:
    return [[column.key for column in COLUMNS], [column.example for column in COLUMNS]]


def import_sheet(db: Database, actor: Actor, body: bytes, *, source: str, apply: bool) -> Report:
    """Import a spreadsheet (CSV or XLSX) as `import_directory` does a feed; what is wrong is told by cell.

    Raises NotAllowed, and Invalid with everything that is wrong with the file as a whole.
    """
    lines = read_lines(_grid(body), COLUMNS, most=MOST_ROWS)
    rows = [_row(line) for line in lines]
    more = {place: more_of(line) for place, line in enumerate(lines)}
    wrong = {
        place: tuple(FieldProblem(each.column, each.sentence) for each in line.problems)
        for place, line in enumerate(lines)
        if line.problems
    }
    report = import_directory(db, actor, Feed(source, rows, wrong=wrong, more=more), apply=apply)
    told = [_by_cell(told, line) for told, line in zip(report.lines, lines, strict=True)]
    return replace(report, lines=tuple(told))


def _grid(body: bytes) -> Grid:
    return read_xlsx(body) if body.startswith(b"PK") else read_csv(body)


def _row(line: Line) -> dict[str, Any]:
    """Return a service in the shape of Open Referral UK 3.0; `cells` keep what was told, should it be set aside."""
    cell = dict.fromkeys((column.key for column in COLUMNS), "") | dict(line.cells)
    if cell["organisation"] == EXAMPLE_ORGANISATION:
        line.refuse("organisation", "This is the template's example: delete the row, or put in your own.")
    names = [" ".join(cell[each].casefold().split()) for each in ("organisation", "service")]
    row: dict[str, Any] = {
        "id": cell["service_id"] or str(identity("sheet", *names)),
        "name": cell["service"],
        "description": cell["description"],
        "status": cell["status"].lower() or "active",
        "minimum_age": cell["minimum_age"],
        "maximum_age": cell["maximum_age"],
        "eligibility_description": cell["eligibility"],
        "fees": cell["cost"],
        "email": cell["email"],
        "phones": [{"number": cell["phone"]}] if cell["phone"] else [],
        "assured_date": _day(line),
        "organization": _organisation(cell, names[0]),
        "attributes": _needs(line),
        "service_areas": [{"name": each} for each in parts(cell["areas"])],
        "languages": [{"code": code} for code in _languages(line)],
        "service_at_locations": _venue(line, cell),
        "schedules": _sessions(line),
    }
    return row | {"cells": {key: text for key, text in cell.items() if text}}


def _organisation(cell: Mapping[str, str], name: str) -> dict[str, Any]:
    number = {
        "identifier_scheme": "GB-CHC",
        "identifier_type": "charity",
        "identifier": cell["charity_number"],
    }
    return {
        "id": str(identity("sheet organisation", name)) if name else "",
        "name": cell["organisation"],
        "website": cell["website"],
        "organization_identifiers": [number] if cell["charity_number"] else [],
    }


def _day(line: Line) -> str:
    day: date | None = read_date(line, "checked_on")
    return day.isoformat() if day else ""


def _needs(line: Line) -> list[dict[str, Any]]:
    said = {words.lower(): need.value for need, words in NEED_WORDS.items()} | {
        need.value: need.value for need in NEED_WORDS
    }
    terms = []
    for each in parts(line.cells.get("needs", "")):
        need = said.get(each.lower()) or said.get(each.lower().replace(" ", "-"))
        if need is None:
            line.refuse("needs", f"Choose from: {', '.join(NEED_WORDS)}. Part several with semicolons.")
            return []
        terms.append({"taxonomy_term": {"taxonomy": NEEDS, "code": need, "name": need}})
    return terms


def _languages(line: Line) -> list[str]:
    told = parts(line.cells.get("languages", ""))
    codes = [language_code(each) for each in told]
    if None in codes:
        line.refuse("languages", "We do not know one of these languages: give its code, such as tr.")
    return [code for code in codes if code]


def _venue(line: Line, cell: Mapping[str, str]) -> list[dict[str, Any]]:
    if not any(cell[each] for each in ("venue", "address", "town", "postcode")):
        return []
    access = parts(cell["access"])
    if any(each not in _OF_A_VENUE for each in access):
        line.refuse("access", f"Choose from: {', '.join(_OF_A_VENUE)}. Part several with semicolons.")
    known = identity("sheet venue", *(cell[each].casefold() for each in ("venue", "address", "postcode")))
    location = {
        "id": str(known),
        "name": cell["venue"],
        "location_type": "physical",
        "addresses": [{"address_1": cell["address"], "city": cell["town"], "postal_code": cell["postcode"]}],
        "accessibility": [{"description": each.replace("-", " ")} for each in access],
    }
    return [{"id": str(known), "location": location}]


def _sessions(line: Line) -> list[dict[str, Any]]:
    schedules = []
    for each in parts(line.cells.get("sessions", "")):
        found = _SESSION.fullmatch(each)
        day = read_day(found[1]) if found else None
        if found is None or day is None:
            line.refuse(
                "sessions", "Write day and hours, such as Tuesday 10:00-12:00; part several with semicolons."
            )
            return []
        starts, ends = (hours.replace(".", ":").zfill(5) for hours in (found[2], found[3]))
        if max(starts[:2], ends[:2]) > "23" or max(starts[3:], ends[3:]) > "59" or ends <= starts:
            line.refuse("sessions", "Give real hours, the end after the beginning, such as 10:00-12:00.")
            return []
        schedules.append({"byday": DAYS[day], "freq": "WEEKLY", "opens_at": starts, "closes_at": ends})
    return schedules


def _by_cell(told: ReportLine, line: Line) -> ReportLine:
    """Return what came of a row with the cell of each problem, in place of its path in a feed."""
    problems, notes = (_placed(each, line) for each in (told.problems, told.notes))
    return replace(told, problems=problems, notes=notes, row=line.number)


def _placed(found: Sequence[FieldProblem], line: Line) -> tuple[FieldProblem, ...]:
    """Return problems by their cells, one a cell: what is wrong with the cell itself was found first."""
    placed: dict[str, FieldProblem] = {}
    for each in found:
        column = each.field if each.field in line.letters else column_of(each.field)
        cell = CellProblem(line.number, line.letters.get(column, ""), column, each.sentence, line.sheet)
        placed.setdefault(cell.where, FieldProblem(cell.where, each.sentence, each.code))
    return tuple(placed.values())
