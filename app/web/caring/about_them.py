"""What somebody says of themselves, as they tell their link worker: every question may be left out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.characteristics import WHY_ASKED
from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.measures import characteristics
from app.services.shown import views
from app.web.caring import about_form
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("about_them", __name__)


@pages.get("/referrals/<uuid:referral_id>/about-them")
@requires(Role.LINK_WORKER)
def show(referral_id: UUID) -> Response:
    """Show the questions, with what was said before."""
    return _page(referral_id)


@pages.post("/referrals/<uuid:referral_id>/about-them")
@requires(Role.LINK_WORKER)
def save(referral_id: UUID) -> AnyResponse:
    """Write down what the person said."""
    form = Form(request.form)
    try:
        characteristics.record_of_referral(database(), actor(), referral_id, about_form.read(form))
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    flash("What they said of themselves is saved.")
    return redirect(f"/referrals/{referral_id}", 303)


def _page(referral_id: UUID, form: Form | None = None) -> Response:
    found = characteristics.find_of_referral(database(), actor(), referral_id)
    told: dict[str, Any] = {"questions": characteristics.questions(), "why": WHY_ASKED}
    told |= {"genders": characteristics.GENDERS, "ethnicities": characteristics.ETHNICITIES}
    form = form or about_form.filled(found)
    banner = views.get_heading(database(), actor(), referral_id)
    return render("about_them.html", form=form, found=found, told=told, banner=banner)
