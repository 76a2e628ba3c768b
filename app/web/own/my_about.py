"""What a person says of themselves behind their own link: every question may be left out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.characteristics import WHY_ASKED
from app.domain.errors import Invalid
from app.services.measures import characteristics
from app.services.own.person_links import PROGRESS
from app.store.person_links import PersonLink
from app.web.caring import about_form
from app.web.frame import linked
from app.web.frame.forms import Form
from app.web.frame.guard import database, public
from app.web.frame.page import render
from app.web.own.my_door import by_own_link, the_person_alone

pages = Blueprint("my_about", __name__)


@pages.get("/my/<code>/about-you")
@public
@by_own_link(PROGRESS)
@the_person_alone
def show(code: str, link: PersonLink) -> Response:
    """Show the questions, with what was said before."""
    return _page(code, link)


@pages.post("/my/<code>/about-you")
@public
@by_own_link(PROGRESS)
@the_person_alone
def save(code: str, link: PersonLink) -> AnyResponse:
    """Keep what the person says; an answer that is emptied is wiped."""
    form = Form(request.form)
    try:
        characteristics.record_own(database(), link, about_form.read(form))
    except Invalid as fault:
        return _page(code, link, form.refused(fault))
    flash("Thank you. Your answers are saved. You can change them or take them back here.")
    return redirect(f"/my/{code}/progress", 303)


def _page(code: str, link: PersonLink, form: Form | None = None) -> Response:
    found = characteristics.find_own(database(), link)
    told: dict[str, Any] = {"questions": characteristics.questions(), "why": WHY_ASKED}
    told |= {"genders": characteristics.GENDERS, "ethnicities": characteristics.ETHNICITIES}
    form = form or about_form.filled(found)
    return render("my/about.html", form=form, code=code, told=told, help_phone=linked.help_phone())
