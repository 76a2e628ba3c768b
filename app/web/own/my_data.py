"""Everything that is kept of a person, behind their own link: to read, on paper, and for another system."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import NotFound
from app.domain.my_data import WHY_HELD_BACK
from app.domain.person_comments import ABOUT, SETTLED
from app.services.own import my_data
from app.services.own.person_links import PROGRESS
from app.services.rights import subject_access
from app.store.person_links import PersonLink
from app.web.frame import linked
from app.web.frame.guard import database, public
from app.web.frame.page import render
from app.web.frame.translated import say
from app.web.own.my_door import by_own_link, the_person_alone
from app.web.own.my_pages import pdf_file

pages = Blueprint("my_data", __name__)
_FHIR: Final = "application/fhir+json"


@pages.get("/my/<code>/data")
@public
@by_own_link(PROGRESS)
@the_person_alone
def show(code: str, link: PersonLink) -> Response:
    """Show everything, and what is held back."""
    told: dict[str, Any] = {"about": ABOUT, "settled": SETTLED, "held_back": WHY_HELD_BACK}
    told["asked"] = subject_access.find_own(database(), link)
    found = my_data.own_data(database(), link)
    return render("my/data.html", code=code, found=found, help_phone=linked.help_phone(), **told)


@pages.get("/my/<code>/data.pdf")
@public
@by_own_link(PROGRESS)
@the_person_alone
def as_pdf(_code: str, link: PersonLink) -> Response:
    """Hand out everything in large print."""
    return pdf_file(my_data.own_data_pdf(database(), link))


@pages.get("/my/<code>/data.json")
@public
@by_own_link(PROGRESS)
@the_person_alone
def as_fhir(_code: str, link: PersonLink) -> Response:
    """Hand out everything as FHIR, as a file."""
    response = Response(orjson.dumps(my_data.own_bundle(database(), link)), mimetype=_FHIR)
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/my/<code>/data/ask")
@public
@by_own_link(PROGRESS)
@the_person_alone
def ask_for_all(code: str, link: PersonLink) -> AnyResponse:
    """Ask for all of it, also what somebody must read through first."""
    subject_access.ask_own(database(), link)
    flash(say("You asked for everything. The answer comes to this page within one month."))
    return redirect(f"/my/{code}/data", 303)


@pages.get("/my/<code>/data/all.html")
@public
@by_own_link(PROGRESS)
@the_person_alone
def all_of_it(_code: str, link: PersonLink) -> Response:
    """Hand out what was released, as one file that every browser reads."""
    found = subject_access.own_released(database(), link)
    if found is None:
        raise NotFound
    response = render("my/data_all.html", found=found)
    response.headers["Content-Disposition"] = 'attachment; filename="everything.html"'
    response.headers["Cache-Control"] = "no-store"
    return response
