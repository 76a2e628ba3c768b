"""A person's plan behind their own link: to read, to print, and to say what is done of it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import NotFound
from app.services.caring import plan_paper
from app.services.own import own_plan
from app.services.own.person_links import PROGRESS
from app.store.person_links import PersonLink
from app.web.frame import linked
from app.web.frame.guard import database, public
from app.web.frame.page import render
from app.web.own.my_door import by_own_link
from app.web.own.my_pages import pdf_file

pages = Blueprint("my_plan", __name__)


@pages.get("/my/<code>/plan")
@public
@by_own_link(PROGRESS)
def show(code: str, link: PersonLink) -> Response:
    """Show the plan in the person's own words."""
    page = own_plan.find(database(), link)
    return render("my/plan.html", code=code, page=page, help_phone=linked.help_phone())


@pages.get("/my/<code>/plan.pdf")
@public
@by_own_link(PROGRESS)
def as_pdf(_code: str, link: PersonLink) -> Response:
    """Hand out the plan as a file, in large print where that is asked for."""
    is_large = request.args.get("print") == "large"
    return pdf_file(plan_paper.for_person(database(), link, large=is_large))


@pages.post("/my/<code>/plan/actions/<uuid:action_id>/<word>")
@public
@by_own_link(PROGRESS)
def mark(code: str, link: PersonLink, action_id: UUID, word: str) -> AnyResponse:
    """Write that the person has done something, or has not yet."""
    if word not in ("done", "not-done"):
        raise NotFound
    own_plan.mark_done(database(), link, action_id, done=word == "done")
    said = (
        "Well done. Your link worker sees that you have done it." if word == "done" else "It is open again."
    )
    flash(said)
    return redirect(f"/my/{code}/plan", 303)
