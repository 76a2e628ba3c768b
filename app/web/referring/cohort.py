"""The pages for a file of many referrals: upload, look at what is wrong, send, watch, fetch the references."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.cohort import COLUMNS, MOST_ROWS, RowStatus
from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.incoming import cohort
from app.services.incoming.cohort import Upload
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, find_signed_in, requires
from app.web.frame.page import render
from app.web.frame.uploads import file_body

pages = Blueprint("cohort", __name__)
_MOST_SHOWN = 100  # problems on the page: the rest stands in the report
_WORDS = {
    RowStatus.WRONG: "Wrong, not sent",
    RowStatus.READY: "Right, waiting",
    RowStatus.TAKEN: "Sent",
    RowStatus.KNOWN: "Sent before: nothing was sent again; change what is new in the referral",
    RowStatus.REFUSED: "Not taken",
}


@pages.get("/cohort")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def ask() -> Response:
    """Show how to fill a file in, and the files before."""
    return _page(Form())


@pages.post("/cohort")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def check() -> AnyResponse:
    """Check a file; nobody is referred by that."""
    form = Form(request.form)
    try:
        cohort_id = cohort.check(database(), actor(), _upload(form))
    except Invalid as fault:
        return _page(form.refused(fault))
    return redirect(f"/cohort/{cohort_id}", 303)


@pages.get("/cohort/template.csv")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def template() -> Response:
    """Give the file to fill in."""
    return _file(cohort.template(), "referrals-template.csv")


@pages.get("/cohort/<uuid:cohort_id>")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def one(cohort_id: UUID) -> Response:
    """Show what is wrong with a file, or how far it has come."""
    return _one(cohort_id, Form())


@pages.post("/cohort/<uuid:cohort_id>/send")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def send(cohort_id: UUID) -> AnyResponse:
    """Send the rows that are right."""
    form = Form(request.form)
    try:
        cohort.send(database(), actor(), cohort_id, leave_out=form.value("leave_out") == "yes")
    except Invalid as fault:
        return _one(cohort_id, form.refused(fault))
    return redirect(f"/cohort/{cohort_id}?watch=1", 303)


@pages.post("/cohort/<uuid:cohort_id>/discard")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def discard(cohort_id: UUID) -> AnyResponse:
    """Forget a file that was checked."""
    cohort.discard(database(), actor(), cohort_id)
    flash("The file is forgotten. Nobody was referred.")
    return redirect("/cohort", 303)


@pages.get("/cohort/<uuid:cohort_id>/report.csv")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def report(cohort_id: UUID) -> Response:
    """Give what is wrong as a file."""
    return _file(cohort.report(database(), actor(), cohort_id), "what-to-mend.csv")


@pages.get("/cohort/<uuid:cohort_id>/result.csv")
@requires(Role.PRACTICE, Role.LINK_WORKER)
def result(cohort_id: UUID) -> Response:
    """Give what has become of every row as a file."""
    return _file(cohort.result(database(), actor(), cohort_id), "what-became-of-them.csv")


def _upload(form: Form) -> Upload:
    signed_in = find_signed_in()
    try:
        requester_id = UUID(form.value("requester"))
    except ValueError:
        requester_id = None
    by = signed_in.account.full_name if signed_in else ""
    return Upload(form.value("name").strip(), file_body("file"), by, requester_id)


def _page(form: Form) -> Response:
    requesters = cohort.list_requesters(database(), actor())
    return render(
        "cohort.html",
        form=form,
        columns=COLUMNS,
        most_rows=MOST_ROWS,
        chooses=actor().role is Role.LINK_WORKER,
        requesters={str(each.id): each.name for each in requesters},
        before=cohort.list_newest(database(), actor()),
    )


def _one(cohort_id: UUID, form: Form) -> Response:
    found = cohort.get(database(), actor(), cohort_id)
    lines = cohort.list_problems(database(), actor(), cohort_id)
    problems = [problem for line in lines for problem in line.problems]
    return render(
        "cohort_one.html",
        form=form,
        found=found,
        problems=problems[:_MOST_SHOWN],
        problem_count=len(problems),
        counts=[(said, found.counts[status]) for status, said in _WORDS.items() if found.counts.get(status)],
        known=cohort.count_known(database(), actor(), cohort_id),
        watches="watch" in request.args,
    )


def _file(body: bytes, name: str) -> Response:
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
