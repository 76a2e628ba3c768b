"""A record in an emergency: why first, then whom; read for a short time, and everybody who must know is told."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.contacts import HOW, WITH
from app.domain.emergency import LONGEST_WORDS, REASONS
from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import Role
from app.services.rights import emergency
from app.services.rights.emergency import Asked
from app.web.frame import forms, slowing
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("emergency_access", __name__)
_NOBODY: Final = (
    "Nobody here fits both. Look at the number and the date once more. That you looked is written down."
)
_NAMES: Final = {"person.nhs_number": "who"}


class AskForm(FormSchema):
    """Why, and whom."""

    reason = choice(REASONS, "Choose why you must look now.")
    words = forms.words("What has happened", longest=LONGEST_WORDS, missing="Say what has happened.")
    who = forms.words(
        "The NHS number or family name", longest=100, missing="Give an NHS number or a family name."
    )
    born_day = fields.String(load_default="")
    born_month = fields.String(load_default="")
    born_year = fields.String(load_default="")


@pages.get("/emergency-access")
@requires(Role.LINK_WORKER)
def ask() -> Response:
    """Ask why, and for whom; what is still open stands there too."""
    return _page(Form())


@pages.post("/emergency-access")
@requires(Role.LINK_WORKER)
def open_record() -> AnyResponse:
    """Open the record, or say that nobody fits."""
    slowing.count(paces.EMERGENCY, str(actor().user_id))
    form = Form(request.form)
    try:
        typed = load(AskForm(), form)
        asked = Asked(typed["who"], _born(typed), typed["reason"], typed["words"])
        look_id = emergency.open_record(database(), actor(), asked)
    except Invalid as fault:
        return _page(form.refused(fault, names=_NAMES))
    if look_id is None:
        return _page(form.refused(Invalid([FieldProblem("who", _NOBODY, "not-found")])))
    flash("The record is open for a short time. Their team and the steward have been told.")
    return redirect(f"/emergency-access/{look_id}", 303)


@pages.get("/emergency-access/<uuid:look_id>")
@requires(Role.LINK_WORKER)
def show(look_id: UUID) -> Response:
    """Show the record while the look lasts; afterwards that it is over."""
    found = emergency.look(database(), actor(), look_id)
    return render("emergency/record.html", found=found, reasons=REASONS, how=HOW, with_whom=WITH)


@pages.post("/emergency-access/<uuid:look_id>/close")
@requires(Role.LINK_WORKER)
def close(look_id: UUID) -> AnyResponse:
    """Close it before its time."""
    emergency.close(database(), actor(), look_id)
    flash("It is closed. Thank you.")
    return redirect("/emergency-access", 303)


def _born(typed: dict[str, Any]) -> date:
    try:
        return date(*(int(typed[f"born_{part}"]) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        sentence = "Give the date of birth, such as 4 3 1951."
        raise Invalid([FieldProblem("born_day", sentence, "required")]) from None


def _page(form: Form) -> Response:
    opened = emergency.list_own(database(), actor())
    minutes = emergency.minutes(database(), actor())
    return render("emergency/ask.html", form=form, opened=opened, reasons=REASONS, minutes=minutes)
