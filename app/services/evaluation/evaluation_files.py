"""A pack as files: PDF, CSV, spreadsheet and dictionary, every number the one that the page shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.domain.pack import Pack
from app.domain.pack_sheet import DICTIONARY_HEAD, HEAD, cells_of, dictionary_of, rows_of
from app.letters.pack import Section, change_name, figure_name, pack_pdf
from app.services.evaluation import evaluation_charts as charts

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def pdf_of(pack: Pack, *, made_at: datetime, appendix: Section | None = None) -> bytes:
    """Return the pack as a PDF/UA file; the same bytes for the same pack and time."""
    return pack_pdf(pack, pictures=_pictures(pack), made_at=made_at, appendix=appendix)


def csv_of(pack: Pack) -> str:
    """Return every number of the pack, a row for each; stories are not among them."""
    return _csv(HEAD, (row.cells for row in rows_of(pack)))


def dictionary_csv(pack: Pack | None = None) -> str:
    """Return what every column, figure and change means."""
    return _csv(DICTIONARY_HEAD, (cells_of(each) for each in dictionary_of(pack)))


def file_name(pack: Pack, ending: str, *, about: str = "evaluation") -> str:
    """Return a name for a file of the pack: the day and nobody's name, as evaluation-2026-11-22.pdf."""
    return f"{about}-{pack.made_on.isoformat()}.{ending}"


def no_formula(value: object) -> object:
    """Return a cell that no spreadsheet runs: a text that begins like a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([["" if cell is None else no_formula(cell) for cell in row] for row in rows])
    return out.getvalue()


def _pictures(pack: Pack) -> Mapping[str, bytes]:
    found = {figure_name(each): charts.figure_svg(each) for each in pack.figures if charts.can_draw(each)}
    for change in pack.changes:
        if change.change is not None:
            found[change_name(change, "means")] = charts.change_svg(change)
        if charts.can_draw_shares(change):
            found[change_name(change, "shares")] = charts.shares_svg(change)
    return found
