"""Everything that is kept of a person, behind their own link: to read, on paper, and for another system."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Blueprint, Response

from app.domain.my_data import WHY_HELD_BACK
from app.domain.person_comments import ABOUT, SETTLED
from app.services import my_data
from app.services.person_links import PROGRESS
from app.store.person_links import PersonLink
from app.web import linked
from app.web.guard import database, public
from app.web.my_door import by_own_link, the_person_alone
from app.web.my_pages import pdf_file
from app.web.page import render

pages = Blueprint("my_data", __name__)
_FHIR: Final = "application/fhir+json"


@pages.get("/my/<code>/data")
@public
@by_own_link(PROGRESS)
@the_person_alone
def show(code: str, link: PersonLink) -> Response:
    """Show everything, and what is held back."""
    told: dict[str, Any] = {"about": ABOUT, "settled": SETTLED, "held_back": WHY_HELD_BACK}
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
