"""Whoever reviews looks at records: those in an emergency one by one, and what the audit shows that is unusual."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.emergency import ALERT_VERDICTS, LONGEST_NOTE, REASONS, VERDICTS
from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.rights import emergency_reviews, unusual_looks
from app.services.rights.emergency_reviews import Counts
from app.store.emergency import Wanted
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render

pages = Blueprint("privacy_officer", __name__)
STATES: Final = {"all": "All", "to-review": "Nobody has decided yet", "reviewed": "Decided"}


class ReviewForm(FormSchema):
    """What is decided, with words."""

    verdict = choice(VERDICTS, "Choose what you decide.")
    note = words("What you found", longest=LONGEST_NOTE)


class AlertForm(FormSchema):
    """What was found behind a count."""

    verdict = choice(ALERT_VERDICTS, "Choose what you found.")


@pages.get("/privacy-officer")
@requires(Role.STEWARD)
def show_list() -> Response:
    """List the looks in an emergency, those to review first."""
    wanted = _wanted()
    found = emergency_reviews.list_looks(database(), actor(), wanted, page=page_number())
    told: dict[str, Any] = {"reasons": REASONS, "verdicts": VERDICTS, "states": STATES}
    return render("emergency/reviews.html", found=found, wanted=wanted, counts=_counts(), **told)


@pages.get("/privacy-officer/looks.csv")
@requires(Role.STEWARD)
def as_csv() -> Response:
    """Hand the list out as a file."""
    response = Response(emergency_reviews.as_csv(database(), actor(), _wanted()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="emergency-looks.csv"'
    return response


@pages.get("/privacy-officer/<uuid:look_id>")
@requires(Role.STEWARD)
def show(look_id: UUID) -> Response:
    """Show one look, and why it was taken."""
    return _page(look_id, Form())


@pages.post("/privacy-officer/<uuid:look_id>")
@requires(Role.STEWARD)
def decide(look_id: UUID) -> AnyResponse:
    """Decide on it."""
    form = Form(request.form)
    try:
        typed = load(ReviewForm(), form)
        emergency_reviews.decide(database(), actor(), look_id, verdict=typed["verdict"], note=typed["note"])
    except Invalid as fault:
        return _page(look_id, form.refused(fault))
    flash("Your decision is written down.")
    return redirect("/privacy-officer", 303)


@pages.get("/privacy-officer/unusual")
@requires(Role.STEWARD)
def show_alerts() -> Response:
    """List what the audit shows that is unusual."""
    return _alerts(Form(), None)


@pages.post("/privacy-officer/unusual/<uuid:alert_id>")
@requires(Role.STEWARD)
def decide_alert(alert_id: UUID) -> AnyResponse:
    """Write what was behind it."""
    form = Form(request.form)
    try:
        verdict = load(AlertForm(), form)["verdict"]
        emergency_reviews.decide_alert(database(), actor(), alert_id, verdict=verdict)
    except Invalid as fault:
        return _alerts(form.refused(fault, names={"verdict": f"verdict-{alert_id}"}), alert_id)
    flash("Your decision is written down.")
    return redirect("/privacy-officer/unusual", 303)


def attention() -> dict[str, Counts]:
    """What the steward's overview tells of all this."""
    return {"emergencies": _counts()}


def _counts() -> Counts:
    return emergency_reviews.find_counts(database(), actor())


def _wanted() -> Wanted:
    state = request.args.get("state", "all")
    return Wanted(state if state in STATES else "all")


def _page(look_id: UUID, form: Form) -> Response:
    found = emergency_reviews.get(database(), actor(), look_id)
    return render("emergency/review.html", found=found, form=form, reasons=REASONS, verdicts=VERDICTS)


def _alerts(form: Form, wrong: UUID | None) -> Response:
    only_open = request.args.get("state") == "to-review"
    found = emergency_reviews.list_alerts(database(), actor(), only_open=only_open, page=page_number())
    told: dict[str, Any] = {
        "limits": unusual_looks.limits(),
        "verdicts": ALERT_VERDICTS,
        "only_open": only_open,
    }
    told["counts"] = _counts()
    return render("emergency/unusual.html", form=form, found=found, wrong=wrong, **told)
