"""The public directory: everybody may look for help without signing in; a list and no map, nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid
from app.services.directory import entry_pairs, finding
from app.web.directories import directory_words, finding_form
from app.web.frame.guard import database, public
from app.web.frame.page import page_number, render

pages = Blueprint("directory", __name__)


@pages.get("/directory")
@public
def directory() -> Response:
    """Show what fits the words, the place and the choices of the address; everything when there are none."""
    form = finding_form.asked()
    try:
        typed, search = finding_form.read(form)
        if typed["near"]:
            search = replace(search, near=finding.near(database(), typed["near"]))
        elif search.within:
            raise Invalid([FieldProblem("near", "Give a postcode, so that we know from where.")])
    except Invalid as fault:
        return _open(render("directory.html", form=form.refused(fault), **_choices()))
    found = finding.search(database(), typed["q"], search, page=page_number())
    told: dict[str, Any] = {"found": found, "rest": finding_form.rest_of_address(), "typed": typed}
    chosen = finding_form.chosen(search)
    return _open(render("directory.html", form=form, chosen=chosen, **told, **_choices()))


@pages.get("/directory/<uuid:service_id>")
@public
def service(service_id: UUID) -> AnyResponse:
    """Show one service: how to reach it first, then what it is, when, where and for whom."""
    kept_id = entry_pairs.find_kept(database(), service_id)
    if kept_id is not None:
        return redirect(f"/directory/{kept_id}", 302)  # not for good: the steward may take it back
    line = finding.get_listed(database(), service_id)
    return _open(render("directory_service.html", line=line, told=directory_words))


def _choices() -> dict[str, Any]:
    return {"told": directory_words, "options": finding_form}


def _open(response: Response) -> Response:
    """A public list is there to be found: search engines may show it, as they may no other page."""
    response.headers["X-Robots-Tag"] = "all"
    return response
