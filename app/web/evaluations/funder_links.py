"""A funder's look at a pack: the provider's page of links, and the page that a link opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid, NotFound
from app.domain.pack import Pack
from app.domain.vocabulary import Role
from app.services.evaluation import evaluation_files, funder_links
from app.services.evaluation.funder_links import LONGEST_WORDS, NewLink
from app.services.evaluation.pack import evaluation
from app.services.messages.links import LinkGone
from app.web.evaluations import pack_filters, pack_shown
from app.web.evaluations.evaluation_files import file
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, public, requires, today
from app.web.frame.page import page_number, render

pages = Blueprint("funder_links", __name__)
HOW_LONG: Final = {"30": "A month", "91": "3 months", "183": "6 months", "365": "A year"}
_HOME: Final = "/evaluation/links"
View = Callable[..., AnyResponse]


class LinkForm(FormSchema):
    """Whom the link is for, and for how long."""

    title = words("The title", longest=LONGEST_WORDS)
    funder = words("The funder", longest=LONGEST_WORDS)
    days = choice(HOW_LONG, "Choose how long it opens.")


@pages.get(_HOME)
@requires(Role.PROVIDER)
def show() -> Response:
    """Show the links that were made, and a form for another one of the pack that was looked at."""
    return _page(Form())


@pages.post(_HOME)
@requires(Role.PROVIDER)
def make() -> Response:
    """Freeze the pack and show its link, this once."""
    form, pack = Form(request.form), _pack()
    try:
        typed = load(LinkForm(), form)
        until = today() + timedelta(days=int(typed["days"]))
        address = funder_links.make(
            database(), actor(), pack, NewLink(typed["title"], typed["funder"], until)
        )
    except Invalid as fault:
        return _page(form.refused(fault, names={"until": "days"}), pack)
    query = pack_filters.query(pack.filters)
    return render("pack/link_made.html", address=address, funder=typed["funder"], until=until, query=query)


@pages.post(f"{_HOME}/<uuid:link_id>/revoke")
@requires(Role.PROVIDER)
def revoke(link_id: UUID) -> AnyResponse:
    """End a link at once."""
    funder_links.revoke(database(), actor(), link_id)
    flash("The link is ended. Whoever opens it reads that it does not work any more.")
    return redirect(_HOME + pack_filters.kept(), 303)


def _for_its_holder(view: View) -> View:
    """Show the same page for every code that opens nothing, and tell no other site the address."""

    @public
    @wraps(view)
    def wrapper(code: str, **given: Any) -> AnyResponse:
        try:
            response: AnyResponse = view(code, **given)
        except (LinkGone, NotFound):
            response = linked.gone(LinkGone())
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapper


@pages.get("/funder/<code>")
@_for_its_holder
def look(code: str) -> Response:
    """Show the frozen numbers and the stories that people still agree to."""
    shown = funder_links.look(database(), code)
    return render("pack/funder.html", shown=shown, pack=shown.pack, root=f"/funder/{code}", told=pack_shown)


@pages.get("/funder/<code>/pack.pdf")
@_for_its_holder
def pdf(code: str) -> Response:
    """Hand out the same as a PDF."""
    shown = funder_links.look(database(), code)
    return file(shown.pack, "pdf", evaluation_files.pdf_of(shown.pack, made_at=shown.link.made_at))


@pages.get("/funder/<code>/<kind>/<int:number>.svg")
@_for_its_holder
def chart(code: str, kind: str, number: int) -> Response:
    """Hand out one chart of the page."""
    return pack_shown.svg(funder_links.look_again(database(), code), kind, number)


def _pack() -> Pack:
    return evaluation(database(), actor(), pack_filters.asked())


def _page(form: Form, pack: Pack | None = None) -> Response:
    kept = pack_filters.query(pack.filters) if pack else pack_filters.kept()
    pack = pack or _pack()
    return render(
        "pack/links.html",
        form=form,
        pack=pack,
        filters=pack_filters.told(pack.filters),
        query=pack_filters.query(pack.filters),
        kept=kept,
        found=funder_links.list_links(database(), actor(), page=page_number()),
        how_long=HOW_LONG,
    )
