"""The steward's page for a directory from a spreadsheet: look at what would happen, then let it happen."""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, Response, request

from app.domain.errors import FieldProblem, Invalid
from app.domain.sheet import FILE
from app.domain.vocabulary import Role
from app.services.directory import directory_sheet
from app.services.directory.directory_columns import COLUMNS, NOT_TAKEN
from app.services.directory.directory_sheet import MOST_BYTES, MOST_ROWS
from app.services.feeds import directory_import
from app.services.feeds.import_report import Outcome, Report
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.frame.uploads import file_body, file_name

pages = Blueprint("directory_import", __name__)
_MOST_SHOWN = 100
_LONGEST_NAME = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/directory-import")
@requires(Role.STEWARD)
def ask() -> Response:
    """Show how to fill a spreadsheet in, and what could not be taken yet."""
    return _page(Form())


@pages.post("/directory-import")
@requires(Role.STEWARD)
def take() -> Response:
    """Tell what a spreadsheet would change; write it when that was looked at and it is the same file."""
    form = Form(request.form)
    source, apply = form.value("source").strip(), form.value("step") == "apply"
    try:
        body = file_body("file")
        digest = hashlib.sha256(body).hexdigest()
        _check(form, body, source, digest if apply else None)
        report = directory_sheet.import_sheet(database(), actor(), body, source=source, apply=apply)
    except Invalid as fault:
        return _page(form.refused(fault))
    problems, notes = (_told(report, kind) for kind in ("problems", "notes"))
    return render(
        "directory_imported.html",
        report=report,
        counts=[(outcome.value.capitalize(), report.count(outcome)) for outcome in Outcome],
        digest=digest,
        name=file_name("file"),
        problems=problems[:_MOST_SHOWN],
        notes=notes[:_MOST_SHOWN],
        left=len(problems[_MOST_SHOWN:]) + len(notes[_MOST_SHOWN:]),
    )


@pages.get("/directory-import/template.csv")
@requires(Role.STEWARD)
def template_csv() -> Response:
    """Give the file to fill in."""
    return _file(directory_sheet.template_csv(), "text/csv", "services-template.csv")


@pages.get("/directory-import/template.xlsx")
@requires(Role.STEWARD)
def template_xlsx() -> Response:
    """Give the workbook to fill in."""
    return _file(directory_sheet.template_xlsx(), _XLSX, "services-template.xlsx")


def _check(form: Form, body: bytes, source: str, digest: str | None) -> None:
    problems = []
    if not source or len(source) > _LONGEST_NAME or not source.isprintable():
        sentence = f"Name the source in at most {_LONGEST_NAME} characters, such as Council list."
        problems.append(FieldProblem("source", sentence))
    if not body or len(body) > MOST_BYTES:
        sentence = f"Choose a CSV or XLSX file smaller than {MOST_BYTES // 1_000_000} MB."
        problems.append(FieldProblem(FILE, sentence))
    elif digest is not None and not hmac.compare_digest(digest, form.value("digest")):
        sentence = "This is another file than the one that you looked at: check it first."
        problems.append(FieldProblem(FILE, sentence))
    if problems:
        raise Invalid(problems)


def _told(report: Report, kind: str) -> list[tuple[str, FieldProblem]]:
    return [(line.name, problem) for line in report.lines for problem in getattr(line, kind)]


def _page(form: Form) -> Response:
    return render(
        "directory_import.html",
        form=form,
        columns=COLUMNS,
        not_taken=NOT_TAKEN,
        most_rows=MOST_ROWS,
        set_aside=directory_import.list_set_aside(database(), actor())[:_MOST_SHOWN],
    )


def _file(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
