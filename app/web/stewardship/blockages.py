"""The pages of blockages: written from a referral, an offer or on its own; seen as patterns by the steward."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain import blockages as rules
from app.domain.blockages import LONGEST_DONE, LONGEST_WORDS, THEME_WORDS
from app.domain.errors import Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.watching import blockages
from app.services.watching.blockages import About
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("blockages", __name__)


@pages.get("/blockages")
@requires(Role.LINK_WORKER, Role.PROVIDER, Role.STEWARD)
def show() -> Response:
    """Show one's own blockages with what was done; the steward sees patterns and what waits."""
    if actor().role is Role.STEWARD:
        return _steward_page(Form())
    found = blockages.list_own(database(), actor())
    return render("blockages.html", found=found, theme_words=THEME_WORDS)


@pages.get("/blockages/new")
@requires(Role.LINK_WORKER, Role.PROVIDER)
def ask() -> Response:
    """Ask what stood in the way."""
    return _form_page(Form())


@pages.post("/blockages/new")
@requires(Role.LINK_WORKER, Role.PROVIDER)
def report() -> AnyResponse:
    """Write it down."""
    form = Form(request.form)
    try:
        told = rules.read(form.value("theme"), form.value("words").replace("\r\n", "\n"), form.value("area"))
        blockages.report(database(), actor(), told, _about())
    except Invalid as fault:
        return _form_page(form.refused(fault))
    flash("Thank you. The steward reads it, and you will read here what was done.")
    return redirect("/blockages", 303)


@pages.post("/blockages/<uuid:blockage_id>/take-back")
@requires(Role.LINK_WORKER, Role.PROVIDER)
def take_back(blockage_id: UUID) -> AnyResponse:
    """Take it back."""
    blockages.take_back(database(), actor(), blockage_id)
    flash("It is taken back.")
    return redirect("/blockages", 303)


@pages.post("/blockages/<uuid:blockage_id>/looked-at")
@requires(Role.STEWARD)
def look_at(blockage_id: UUID) -> AnyResponse:
    """Write what was done about it."""
    form = Form(request.form)
    try:
        blockages.look_at(database(), actor(), blockage_id, form.value("done"))
    except Invalid as fault:
        return _steward_page(form.refused(fault, names={"done": f"done-{blockage_id}"}))
    flash("Whoever wrote it reads now what was done.")
    return redirect("/blockages", 303)


@pages.post("/blockages/<uuid:blockage_id>/look-again")
@requires(Role.STEWARD)
def look_again(blockage_id: UUID) -> AnyResponse:
    """Put it back among those to look at."""
    blockages.look_again(database(), actor(), blockage_id)
    flash("It waits to be looked at again.")
    return redirect("/blockages", 303)


def _about() -> About:
    try:
        referral, offer = request.args.get("referral"), request.args.get("offer")
        return About(UUID(referral) if referral else None, UUID(offer) if offer else None)
    except ValueError:
        raise NotFound from None


def _form_page(form: Form) -> Response:
    about = _about()
    blockages.check_about(database(), actor(), about)
    told: dict[str, Any] = {"theme_words": THEME_WORDS, "longest": LONGEST_WORDS}
    return render("blockage_new.html", form=form, about=about, query=request.query_string.decode(), **told)


def _steward_page(form: Form) -> Response:
    found = blockages.find_patterns(database(), actor())
    told: dict[str, Any] = {"theme_words": THEME_WORDS, "longest": LONGEST_DONE}
    return render("blockages_steward.html", form=form, found=found, **told)
