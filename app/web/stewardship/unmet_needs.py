"""The steward's pages of unmet need, and the page that may be printed for commissioners."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.unmet_need import REASON_WORDS, AreaKind
from app.domain.unmet_need_table import ALL
from app.domain.vocabulary import Role
from app.services.watching import unmet_need, unmet_needs
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("unmet_needs", __name__)
KIND_WORDS = {
    AreaKind.NEIGHBOURHOOD: "Neighbourhood",
    AreaKind.WARD: "Ward",
    AreaKind.DISTRICT: "Postcode district",
}


@pages.get("/unmet-needs")
@requires(Role.STEWARD)
def show() -> Response:
    """Show the year's unmet need by need, area, reason and month, and where services are missing."""
    report = unmet_needs.find_report(database(), actor(), kind=_kind())
    return render("unmet_needs.html", report=report, kinds=KIND_WORDS, reason_words=REASON_WORDS)


@pages.get("/unmet-needs.csv")
@requires(Role.STEWARD)
def table() -> Response:
    """Hand the gaps out as a table, for the steward alone."""
    report = unmet_needs.find_report(database(), actor(), kind=_kind())
    return _file(unmet_needs.report_csv(report), "unmet-needs.csv")


@pages.get("/unmet-needs/for-commissioners")
@requires(Role.STEWARD)
def for_commissioners() -> Response:
    """Show the table that may leave the house."""
    view = unmet_needs.for_commissioners(database(), actor())
    return render("unmet_needs_for_commissioners.html", view=view, all=ALL, reason_words=REASON_WORDS)


@pages.get("/unmet-needs/for-commissioners.csv")
@requires(Role.STEWARD)
def commissioners_table() -> Response:
    """Hand the same table out as a file."""
    view = unmet_needs.for_commissioners(database(), actor())
    return _file(unmet_needs.commissioners_csv(view), f"unmet-needs-{view.until:%Y-%m}.csv")


@pages.post("/referrals/<uuid:referral_id>/unmet-need/take-back")
@requires(Role.LINK_WORKER)
def take_back(referral_id: UUID) -> AnyResponse:
    """Say that somebody can help after all."""
    unmet_need.take_back(database(), actor(), referral_id)
    flash("The unmet need is taken back. It does not count any more.")
    return redirect(f"/referrals/{referral_id}", 303)


def _kind() -> AreaKind:
    asked = request.args.get("area", "")
    return AreaKind(asked) if asked in set(AreaKind) else AreaKind.NEIGHBOURHOOD


def _file(text: str, name: str) -> Response:
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
