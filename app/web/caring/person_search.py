"""The link worker's search for a person: sent as a form, so that no name stands in an address or a log."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.domain.errors import Invalid
from app.domain.person_search import LONGEST
from app.domain.vocabulary import Role
from app.services.caring import person_search
from app.services.caring.person_search import Found
from app.web.frame.forms import Form, FormSchema, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("person_search", __name__)


class SearchForm(FormSchema):
    """A name, an NHS number or a reference."""

    q = words("What you look for", longest=LONGEST, missing="Enter a name, an NHS number or a reference.")


@pages.get("/search")
@requires(Role.LINK_WORKER)
def ask() -> Response:
    """Ask who is looked for."""
    return _page(Form(), None)


@pages.post("/search")
@requires(Role.LINK_WORKER)
def search() -> Response:
    """Show who fits; nothing is changed, and the name stays out of the address."""
    form = Form(request.form)
    try:
        found = person_search.search(database(), actor(), load(SearchForm(), form)["q"])
    except Invalid as fault:
        return _page(form.refused(fault), None)
    return _page(form, found)


def _page(form: Form, found: Found | None) -> Response:
    return render("search.html", form=form, found=found, most=person_search.MOST_SHOWN)
