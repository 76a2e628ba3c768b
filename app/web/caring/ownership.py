"""The link worker's pages of whose a referral is and when it is looked at again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.escalation import SNOOZE_REASONS
from app.domain.hand_overs import LONGEST, Cover
from app.domain.vocabulary import Role
from app.services.caring import ownership
from app.services.shown import views
from app.services.watching import chasers
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.frame.wait_words import DUTY
from app.web.frame.words import day

pages = Blueprint("ownership", __name__)
_ON_DUTY = "duty"
_NO_DAY = "Enter the day as numbers, for example 12 3 2026."
_DATE_FIELDS = dict.fromkeys(("until", "until_month", "until_year"), "until_day")


class OwnerForm(FormSchema):
    """Who looks after it from now on, a word to them, and when it comes back."""

    owner = fields.String(required=True, error_messages={"required": "Choose who looks after it."})
    words = words("Your word to them", longest=LONGEST)
    back_day = fields.String(load_default="")
    back_month = fields.String(load_default="")
    back_year = fields.String(load_default="")

    @post_load
    def _cover(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        parts = [typed[f"back_{part}"].strip() for part in ("year", "month", "day")]
        back_on = None
        if any(parts):
            try:
                back_on = date(*(int(part) for part in parts))
            except (ValueError, OverflowError):
                raise ValidationError({"back_day": [_NO_DAY]}) from None
        return {"owner": typed["owner"], "cover": Cover(typed["words"], back_on)}


class LaterForm(FormSchema):
    """When it is looked at again, and why not before."""

    until_day = fields.Integer(required=True, error_messages={"required": _NO_DAY, "invalid": _NO_DAY})
    until_month = fields.Integer(required=True, error_messages={"required": _NO_DAY, "invalid": _NO_DAY})
    until_year = fields.Integer(required=True, error_messages={"required": _NO_DAY, "invalid": _NO_DAY})
    reason = choice(SNOOZE_REASONS, "Choose why it can wait.")

    @post_load
    def _day(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        try:
            until = date(*(typed[f"until_{part}"] for part in ("year", "month", "day")))
        except (ValueError, OverflowError):
            raise ValidationError({"until_day": [_NO_DAY]}) from None
        return {"until": until, "reason": typed["reason"]}


@pages.get("/referrals/<uuid:referral_id>/hand-over")
@requires(Role.LINK_WORKER)
def ask_hand_over(referral_id: UUID) -> Response:
    """Ask who looks after a referral from now on."""
    return _hand_over_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/hand-over")
@requires(Role.LINK_WORKER)
def hand_over(referral_id: UUID) -> AnyResponse:
    """Hand a referral over to a colleague or to the team's duty."""
    form = Form(request.form)
    try:
        typed = load(OwnerForm(), form)
        to = None if typed["owner"] == _ON_DUTY else _id_of(typed["owner"])
        ownership.hand_over(database(), actor(), referral_id, to, cover=typed["cover"])
    except Invalid as fault:
        return _hand_over_page(referral_id, form.refused(fault, names={"back_on": "back_day"}))
    return _back(referral_id, "It is handed over.")


@pages.post("/referrals/<uuid:referral_id>/take-over")
@requires(Role.LINK_WORKER)
def take_over(referral_id: UUID) -> AnyResponse:
    """Look after a referral oneself from now on."""
    ownership.hand_over(database(), actor(), referral_id, actor().user_id)
    return _back(referral_id, "You look after this referral now.")


@pages.get("/referrals/<uuid:referral_id>/look-again")
@requires(Role.LINK_WORKER)
def ask_look_again(referral_id: UUID) -> Response:
    """Ask when a routine referral is looked at again."""
    return _later_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/look-again")
@requires(Role.LINK_WORKER)
def look_again(referral_id: UUID) -> AnyResponse:
    """Put the reminders of a routine referral off."""
    form = Form(request.form)
    try:
        until = chasers.put_off(database(), actor(), referral_id, **load(LaterForm(), form))
    except Invalid as fault:
        return _later_page(referral_id, form.refused(fault, names=_DATE_FIELDS))
    except Conflict as fault:
        return _later_page(referral_id, Form(form.typed, {"until_day": fault.sentence}), status=409)
    return _back(referral_id, f"It is put off. You are reminded on {day(until)}.")


@pages.post("/referrals/<uuid:referral_id>/look-today")
@requires(Role.LINK_WORKER)
def look_today(referral_id: UUID) -> AnyResponse:
    """Undo it: look at it today after all."""
    chasers.take_up_again(database(), actor(), referral_id)
    return _back(referral_id, "It is on your list for today again.")


def _back(referral_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/referrals/{referral_id}", 303)


def _hand_over_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    asked = ownership.ask_hand_over(database(), actor(), referral_id)
    people = {
        str(one.user_id): f"{one.name}, looks after {one.open_referrals}"
        for one in asked.colleagues
        if one.user_id != asked.owner.user_id
    }
    choices = people | ({_ON_DUTY: DUTY} if asked.owner.user_id else {})
    return render("hand_over.html", form=form, found=found, choices=choices, longest=LONGEST)


def _later_page(referral_id: UUID, form: Form, *, status: int = 200) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    return render("look_again.html", status=status, form=form, found=found, reasons=SNOOZE_REASONS)


def _id_of(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Invalid([FieldProblem("owner", "Choose somebody of your team, or the team's duty.")]) from None
