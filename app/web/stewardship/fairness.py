"""The steward's page of who is asked and who is not, and of the nudge that the place may give."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.watching import fairness, place_rules
from app.web.frame.forms import Form, FormSchema, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("fairness", __name__)
_NUDGE = ("nudge_points", "nudge_under", "nudge_days")
_NO_DAY = "Choose a day, or leave it empty."


class PeriodForm(FormSchema):
    """From when to when."""

    since = fields.Date(load_default=None, error_messages={"invalid": _NO_DAY})
    until = fields.Date(load_default=None, error_messages={"invalid": _NO_DAY})


@pages.get("/fairness")
@requires(Role.STEWARD)
def show() -> Response:
    """Show how the offers of a period spread."""
    return _page(Form(request.args))


@pages.get("/fairness.csv")
@requires(Role.STEWARD)
def table() -> Response:
    """Hand the numbers out as a table."""
    since, until = _period(Form(request.args))
    view = fairness.find_fairness(database(), actor(), since=since, until=until)
    response = Response(fairness.as_csv(view), mimetype="text/csv")
    name = f"fairness-{view.since}-{view.until}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.post("/fairness/nudge")
@requires(Role.STEWARD)
def nudge() -> AnyResponse:
    """Set the nudge, or switch it off."""
    form = Form(request.form)
    told = {name: str(form.value(name)) for name in _NUDGE}
    try:
        rules = place_rules.change_rules(database(), actor(), told)
    except Invalid as fault:
        return _page(form.refused(fault))
    flash("The nudge is off." if not rules.nudge_points else "The nudge is set. It counts from now on.")
    return redirect("/fairness", 303)


def _page(form: Form) -> Response:
    asked = Form(request.args)
    try:
        since, until = _period(asked)
        view = fairness.find_fairness(database(), actor(), since=since, until=until)
    except Invalid as fault:
        form = asked.refused(fault)
        view = fairness.find_fairness(database(), actor())
    return render("fairness.html", form=form, view=view, parts_of=_parts_of(view))


def _period(form: Form) -> tuple[date | None, date | None]:
    typed = load(PeriodForm(), form)
    return typed["since"], typed["until"]


def _parts_of(view: fairness.FairnessView) -> dict[str, object]:
    found = view.found
    return {
        "Size": found.by_size,
        "Legal form": found.by_form,
        "How it is paid for": found.by_paid,
        "Run by and for": found.by_led,
    }
