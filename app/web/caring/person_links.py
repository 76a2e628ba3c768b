"""The link worker's side of a person's own page: links made and ended, the page on paper, what they wrote answered."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.person_comments import ABOUT, KINDS, LONGEST, SETTLED, Said
from app.domain.vocabulary import Role
from app.services.own import own_links, own_sign_ins, person_comments
from app.services.own.person_links import NoLinkForThem
from app.services.shown import views
from app.web.caring import their_details
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("person_links", __name__)
DAYS: Final = {"7": "One week", "30": "One month", "90": "Three months"}


class LinkForm(FormSchema):
    """For how long, that it is safe, and whether it is e-mailed or shown."""

    days = choice(DAYS, "Choose how long the link works.")
    safe = fields.String(load_default="")
    how = fields.String(load_default="show")


class SaidForm(FormSchema):
    """What the person told us of their record."""

    kind = choice(KINDS, "Choose what they want to tell.")
    about = choice(ABOUT, "Choose what it is about.")
    said = words("What they said", longest=LONGEST, missing="Write it in the person's own words.")


class AnswerForm(FormSchema):
    """What was done about a person's words, and the answer to them."""

    settled = choice(SETTLED, "Choose what you have done.")
    words = words("The answer", longest=LONGEST)


@pages.get("/referrals/<uuid:referral_id>/own-page")
@requires(Role.LINK_WORKER)
def show(referral_id: UUID) -> Response:
    """Show which links there are, and what can be made."""
    return _page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/own-page")
@requires(Role.LINK_WORKER)
def make(referral_id: UUID) -> AnyResponse:
    """Make a link and show it once, for it is kept nowhere; or e-mail it."""
    form = Form(request.form)
    try:
        typed = load(LinkForm(), form)
        days, safe = int(typed["days"]), typed["safe"] == "yes"
        if typed["how"] == "email":
            return _sent(referral_id, days)
        address = own_links.make(database(), actor(), referral_id, days=days, said_safe=safe)
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    except NoLinkForThem as fault:
        return _page(referral_id, Form(form.typed, {"safe": fault.sentence}))
    return _page(referral_id, Form(), address=address)


def _sent(referral_id: UUID, days: int) -> AnyResponse:
    own_links.send(database(), actor(), referral_id, days=days, help_phone=linked.help_phone())
    flash(
        "The link is on its way to the e-mail address on the record. It names nobody and says nothing of help."
    )
    return redirect(f"/referrals/{referral_id}/own-page", 303)


@pages.post("/referrals/<uuid:referral_id>/own-page/end")
@requires(Role.LINK_WORKER)
def end(referral_id: UUID) -> AnyResponse:
    """End every link of the person at once."""
    count = own_links.end(database(), actor(), referral_id)
    links = "1 link is" if count == 1 else f"{count} links are"
    flash(f"{links} ended. Nobody can open the page by a link any more.")
    return redirect(f"/referrals/{referral_id}/own-page", 303)


@pages.post("/referrals/<uuid:referral_id>/own-page/sign-in/end")
@requires(Role.LINK_WORKER)
def end_sign_in(referral_id: UUID) -> AnyResponse:
    """Let the person sign in by another account from now on."""
    own_sign_ins.end(database(), actor(), referral_id)
    flash("That sign-in opens the page no more. The next time, the person can use another one of their own.")
    return redirect(f"/referrals/{referral_id}/own-page", 303)


@pages.post("/referrals/<uuid:referral_id>/own-page/comments")
@requires(Role.LINK_WORKER)
def write_down(referral_id: UUID) -> AnyResponse:
    """Write down what the person told by telephone."""
    form = Form(request.form)
    try:
        typed = load(SaidForm(), form)
        said = Said(typed["about"], typed["kind"], typed["said"])
        person_comments.write_down(database(), actor(), referral_id, said)
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    flash("It is kept beside the record, in the person's words.")
    return redirect(f"/referrals/{referral_id}/own-page", 303)


@pages.post("/referrals/<uuid:referral_id>/own-page/comments/<uuid:comment_id>")
@requires(Role.LINK_WORKER)
def answer(referral_id: UUID, comment_id: UUID) -> AnyResponse:
    """Answer what the person wrote."""
    form = Form(request.form)
    try:
        typed = load(AnswerForm(), form)
        person_comments.answer(database(), actor(), referral_id, comment_id, **typed)
    except Invalid as fault:
        names = {name: f"{name}-{comment_id}" for name in ("settled", "words")}
        return _page(referral_id, form.refused(fault, names=names), wrong=comment_id)
    flash("Your answer stands beside the person's words, here and on their own page.")
    return redirect(f"/referrals/{referral_id}/own-page", 303)


def _page(referral_id: UUID, form: Form, *, address: str = "", wrong: UUID | None = None) -> Response:
    found = own_links.find(database(), actor(), referral_id)
    said = person_comments.list_for_referral(database(), actor(), referral_id)
    sign_ins = own_sign_ins.list_of(database(), actor(), referral_id)
    told = {"days": DAYS, "about": ABOUT, "kinds": KINDS, "settled": SETTLED, "longest": LONGEST}
    banner = views.get_heading(database(), actor(), referral_id)
    values: dict[str, Any] = {
        "said": said,
        "put_right": their_details.put_right_since(referral_id, said),
        "address": address,
        "wrong": wrong,
        "told": told,
        "banner": banner,
        "sign_ins": sign_ins,
    }
    return render("own_page.html", form=form, found=found, **values)
