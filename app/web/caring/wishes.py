"""The page on which a link worker writes how the person would like to be helped, in the person's own choice."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.directory_words import LED_BY_WORDS, SERVICE_KIND_WORDS, Weekday
from app.domain.errors import Conflict, Invalid
from app.domain.routing_values import Wishes
from app.domain.vocabulary import Role
from app.services.caring import triage
from app.services.shown import views
from app.web.frame import meanwhile
from app.web.frame.forms import Form, FormSchema, choices, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("wishes", __name__)
_DAYS = {day: day.capitalize() for day in Weekday}
_LED_BY = {code: words[0].upper() + words[1:] for code, words in LED_BY_WORDS.items()}
_ALSO = {"near": "Close to home", "free": "Free of charge"}


class WishesForm(FormSchema):
    """How the person would like it."""

    days = choices(_DAYS, "Choose days from the list.")
    kinds = choices(SERVICE_KIND_WORDS, "Choose kinds from the list.")
    led_by = choices(_LED_BY, "Choose from the list.")
    also = choices(_ALSO, "Choose from the list.")


@pages.get("/referrals/<uuid:referral_id>/wishes")
@requires(Role.LINK_WORKER)
def ask_wishes(referral_id: UUID) -> Response:
    """Ask how the person would like it."""
    return _page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/wishes")
@requires(Role.LINK_WORKER)
def set_wishes(referral_id: UUID) -> AnyResponse:
    """Write how the person would like it."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _page(referral_id, form)
    try:
        typed = load(WishesForm(), form)
        days, kinds, led_by = (tuple(typed[name]) for name in ("days", "kinds", "led_by"))
        wishes = Wishes(days, kinds, led_by, near="near" in typed["also"], free="free" in typed["also"])
        triage.set_wishes(database(), actor(), referral_id, wishes)
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    except Conflict as fault:
        return _page(referral_id, meanwhile.overtaken(form, fault))
    flash("The wishes are saved. Services that meet them come first.")
    return redirect(f"/referrals/{referral_id}", 303)


def _page(referral_id: UUID, form: Form) -> Response:
    return render(
        "wishes.html",
        form=form,
        found=views.get_referral(database(), actor(), referral_id),
        wishes=triage.get_wishes(database(), actor(), referral_id),
        options={"days": _DAYS, "kinds": SERVICE_KIND_WORDS, "led_by": _LED_BY, "also": _ALSO},
    )
