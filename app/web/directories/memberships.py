"""The steward's page of agreements: what groups let their anchors do, written down in the member's word."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, Invalid
from app.domain.memberships import AGREED_HOW_WORDS, AGREED_WORDS, LONGEST_NAME, Agreement
from app.domain.vocabulary import Role
from app.services.directory import memberships
from app.services.evaluation import payments
from app.web.frame.forms import Form, FormSchema, choice, choices, load, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render

pages = Blueprint("memberships", __name__)
_PARTS = ("year", "month", "day")
_NO_DAY = "Enter the day as numbers, for example 12 3 2026."
_PICK = "Choose an organisation."
_FIELDS = {"agreed_on": "agreed_on_day", "until": "until_day"}


def _part() -> fields.Integer:
    return fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})


class AgreementForm(FormSchema):
    """Who lets whom do what, since when and until when, and whose word it is."""

    anchor = fields.UUID(required=True, error_messages={"required": _PICK, "invalid_uuid": _PICK})
    member = fields.UUID(required=True, error_messages={"required": _PICK, "invalid_uuid": _PICK})
    kinds = choices(AGREED_WORDS, "Choose from the list.")
    agreed_by = words("Who said yes", longest=LONGEST_NAME, missing="Write who gave the member's word.")
    agreed_how = choice(AGREED_HOW_WORDS, "Choose how they gave their word.")
    agreed_on_day, agreed_on_month, agreed_on_year = _part(), _part(), _part()
    until_day, until_month, until_year = _part(), _part(), _part()

    @post_load
    def _agreement(self, typed: dict[str, Any], **_: Any) -> dict[str, Agreement]:
        agreed_on, until = _day(typed, "agreed_on"), _day(typed, "until")
        if agreed_on is None:
            raise ValidationError({"agreed_on_day": [_NO_DAY]})
        told = (typed["anchor"], typed["member"], tuple(typed["kinds"]), agreed_on)
        return {"agreement": Agreement(*told, typed["agreed_by"], typed["agreed_how"], until)}


def _day(typed: dict[str, Any], name: str) -> date | None:
    parts = [typed[f"{name}_{part}"] for part in _PARTS]
    if all(part is None for part in parts):
        return None
    try:
        return date(*parts)
    except (TypeError, ValueError, OverflowError):
        raise ValidationError({f"{name}_day": [_NO_DAY]}) from None


@pages.get("/memberships")
@requires(Role.STEWARD)
def show() -> Response:
    """Show the agreements and the form for a new one."""
    return _page(Form())


@pages.post("/memberships")
@requires(Role.STEWARD)
def record() -> AnyResponse:
    """Write a new agreement."""
    form = Form(request.form)
    try:
        memberships.record(database(), actor(), load(AgreementForm(), form)["agreement"])
    except Invalid as fault:
        return _page(form.refused(fault, names=_FIELDS))
    except Conflict as fault:
        return _page(Form(form.typed, {"member": fault.sentence}))
    flash("The agreement is written down. It counts from now on.")
    return redirect("/memberships", 303)


@pages.post("/memberships/<uuid:membership_id>/end")
@requires(Role.STEWARD)
def end(membership_id: UUID) -> AnyResponse:
    """End an agreement: a member rang."""
    memberships.end(database(), actor(), membership_id)
    flash("The agreement has ended. Nobody enters by it any more.")
    return redirect("/memberships", 303)


def _page(form: Form) -> Response:
    return render(
        "memberships.html",
        form=form,
        found=memberships.list_all(database(), actor()),
        sides={"": "Choose", **{str(one): name for one, name in memberships.list_sides(database(), actor())}},
        kinds=AGREED_WORDS,
        hows=AGREED_HOW_WORDS,
        today=today(),
        payments_on=payments.are_on(database()),
    )
