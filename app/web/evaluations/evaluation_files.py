"""An evaluation to take along: PDF, CSV, spreadsheet, and the dictionary that says what every column means."""

from __future__ import annotations

from flask import Blueprint, Response

from app.domain.pack import Pack
from app.domain.pack_sheet import dictionary_of
from app.services.evaluation import evaluation_files as files
from app.services.evaluation.evaluation_workbook import xlsx_of
from app.services.evaluation.pack_sent import MAY_READ, own_evaluation
from app.web.evaluations import pack_filters
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("evaluation_files", __name__)
_TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.get("/evaluation.pdf")
@requires(*MAY_READ)
def pdf() -> Response:
    """Hand out the pack as a PDF to attach."""
    pack = _pack()
    return file(pack, "pdf", files.pdf_of(pack, made_at=database().clock()))


@pages.get("/evaluation.csv")
@requires(*MAY_READ)
def csv() -> Response:
    """Hand out every number, a row for each."""
    pack = _pack()
    return file(pack, "csv", files.csv_of(pack))


@pages.get("/evaluation.xlsx")
@requires(*MAY_READ)
def xlsx() -> Response:
    """Hand out the pack as a spreadsheet."""
    pack = _pack()
    return file(pack, "xlsx", xlsx_of(pack))


@pages.get("/evaluation/dictionary")
@requires(*MAY_READ)
def dictionary() -> Response:
    """Show what every column, figure and change means."""
    pack = _pack()
    return render("pack/dictionary.html", found=dictionary_of(pack), query=pack_filters.query(pack.filters))


@pages.get("/evaluation/dictionary.csv")
@requires(*MAY_READ)
def dictionary_file() -> Response:
    """Hand out the dictionary."""
    pack = _pack()
    return file(pack, "csv", files.dictionary_csv(pack), about="dictionary")


def file(pack: Pack, kind: str, body: bytes | str, *, about: str = "evaluation") -> Response:
    """Return a file of a pack; its name has the day and nobody's name."""
    response = Response(body, mimetype=_TYPES[kind])
    name = files.file_name(pack, kind, about=about)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _pack() -> Pack:
    return own_evaluation(database(), actor(), pack_filters.asked())
