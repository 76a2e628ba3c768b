"""Somebody asks for all that is kept of them: the steward reads it through, withholds what is others', releases it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.subject_access import ASKED_HOW, WITHHOLD, in_pages
from app.domain.vocabulary import Role
from app.services.rights import subject_access
from app.services.shown import views
from app.services.shown.seen import Page
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render

pages = Blueprint("subject_access", __name__)


_TOLD_US = {code: words for code, words in ASKED_HOW.items() if code != "own-page"}


class AskForm(FormSchema):
    """How the person asked."""

    how = choice(_TOLD_US, "Choose how they asked.")


class WithholdForm(FormSchema):
    """The pieces that are ticked, and one reason for them."""

    pieces = fields.List(fields.String(), load_default=list)
    reason = fields.String(load_default="")


class ReleaseForm(FormSchema):
    """That everything marked was read."""

    has_read = fields.String(load_default="")
    seen = fields.String(load_default="")


@pages.get("/own-data")
@requires(Role.STEWARD)
def show_list() -> Response:
    """List who asked, by reference and day."""
    found = subject_access.list_requests(database(), actor())
    return render("subject_access/list.html", found=found, asked_how=ASKED_HOW)


@pages.get("/own-data/<uuid:access_id>")
@requires(Role.STEWARD)
def show(access_id: UUID) -> Response:
    """Show everything, what must be read first before the rest."""
    return _page(access_id, Form())


@pages.post("/own-data/<uuid:access_id>/withhold")
@requires(Role.STEWARD)
def withhold(access_id: UUID) -> AnyResponse:
    """Withhold what is ticked."""
    form = Form(request.form)
    try:
        typed = load(WithholdForm(), form)
        subject_access.withhold(database(), actor(), access_id, typed["pieces"], typed["reason"])
    except Invalid as fault:
        return _page(access_id, form.refused(fault))
    flash("It is withheld. The person is told the reason, and not what it was.")
    return redirect(f"/own-data/{access_id}?page={page_number()}", 303)


@pages.post("/own-data/<uuid:access_id>/give-back")
@requires(Role.STEWARD)
def give_back(access_id: UUID) -> AnyResponse:
    """Withhold a piece no longer."""
    subject_access.give_back(database(), actor(), access_id, Form(request.form).value("piece"))
    flash("It is given to the person after all.")
    return redirect(f"/own-data/{access_id}?page={page_number()}", 303)


@pages.post("/own-data/<uuid:access_id>/release")
@requires(Role.STEWARD)
def release(access_id: UUID) -> AnyResponse:
    """Hand it out."""
    form = Form(request.form)
    try:
        typed = load(ReleaseForm(), form)
        has_read, seen = typed["has_read"] == "yes", typed["seen"]
        subject_access.release(database(), actor(), access_id, has_read=has_read, seen=seen)
    except Invalid as fault:
        return _page(access_id, form.refused(fault))
    flash("The answer is ready on the person's own page. Their team has the task to tell them.")
    return redirect("/own-data", 303)


@pages.get("/referrals/<uuid:referral_id>/own-data")
@requires(Role.LINK_WORKER)
def ask(referral_id: UUID) -> Response:
    """Ask how the person asked for all that is kept of them."""
    return _ask_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/own-data")
@requires(Role.LINK_WORKER)
def write_down(referral_id: UUID) -> AnyResponse:
    """Write it down: the month for the answer begins."""
    form = Form(request.form)
    try:
        how = load(AskForm(), form)["how"]
        subject_access.ask_for(database(), actor(), referral_id, how=how)
    except Invalid as fault:
        return _ask_page(referral_id, form.refused(fault))
    flash("It is written down. The steward answers within one month, and you have a task when it is ready.")
    return redirect(f"/referrals/{referral_id}", 303)


def _ask_page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    return render("subject_access/ask.html", form=form, found=found, asked_how=_TOLD_US)


def _page(access_id: UUID, form: Form) -> Response:
    """Show one page of what must be read: records are long, and the last page has the button that gives the answer."""
    found = subject_access.look(database(), actor(), access_id)
    pages_of_it = in_pages(found.to_read)
    number = min(page_number(), len(pages_of_it))
    page = Page(pages_of_it[number - 1], len(pages_of_it), number, 1)
    return render(
        "subject_access/one.html", found=found, page=page, form=form, asked_how=ASKED_HOW, reasons=WITHHOLD
    )
