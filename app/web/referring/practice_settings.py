"""How we hear back: a practice's own page, and the page behind the link that confirms its address."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.practice_settings import WAY_WORDS
from app.domain.vocabulary import Role
from app.services.feedback import practice_settings
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, judged, load
from app.web.frame.guard import actor, database, public, requires
from app.web.frame.page import render

pages = Blueprint("practice_settings", __name__)
_ON = {"yes": "Yes, once a month", "no": "No"}
_PATH = "/practice-settings"


class WayForm(FormSchema):
    """How the outcome comes back."""

    way = choice(WAY_WORDS, "Choose how the outcome comes back.")


class SummaryForm(FormSchema):
    """The monthly summary."""

    summary_on = choice(_ON, "Choose yes or no.")
    summary_to = fields.String(load_default="", validate=judged(practice_settings.address_problems))


@pages.get(_PATH)
@requires(Role.PRACTICE)
def settings() -> Response:
    """Show how the practice hears back."""
    return _page(Form())


@pages.post(f"{_PATH}/way")
@requires(Role.PRACTICE)
def change_way() -> AnyResponse:
    """Choose how news comes back from now on."""
    form = Form(request.form)
    try:
        practice_settings.change_way(database(), actor(), load(WayForm(), form)["way"])
    except Invalid as fault:
        return _page(form.refused(fault))
    flash(
        "Saved. News that is written from now on comes this way; what is on its way already stays as it is."
    )
    return redirect(_PATH, 303)


@pages.post(f"{_PATH}/summary")
@requires(Role.PRACTICE)
def change_summary() -> AnyResponse:
    """Switch the monthly summary on or off."""
    form = Form(request.form)
    try:
        typed = load(SummaryForm(), form)
        is_on, to = typed["summary_on"] == "yes", typed["summary_to"]
        must_confirm = practice_settings.change_summary(database(), actor(), is_on=is_on, to=to)
    except Invalid as fault:
        return _page(form.refused(fault))
    sent = "Saved. We have sent an e-mail to that address: the summary starts once somebody says yes there."
    flash(sent if must_confirm else "Saved.")
    return redirect(_PATH, 303)


@pages.get("/confirm-address/<code>")
@public
@linked.by_link
def ask_confirm(code: str) -> Response:
    """Ask once more; opening the link changes nothing."""
    practice_settings.look_at_link(database(), code)
    return render("practice_confirm.html", code=code, help_phone=linked.help_phone())


@pages.post("/confirm-address/<code>")
@public
@linked.by_link
def confirm(code: str) -> Response:
    """Say that the address is right."""
    practice_settings.confirm_address(database(), code)
    said = "Thank you. The address is confirmed."
    return render("thanks.html", said=said, help_phone=linked.help_phone())


def _page(form: Form) -> Response:
    found = practice_settings.get(database(), actor())
    return render("practice_settings.html", form=form, found=found, choices=_ON)
