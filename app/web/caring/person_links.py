"""The link worker's side of a person's own page: links made and ended, the page on paper, what they wrote answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.message_templates import Channel
from app.domain.own_codes import WHY_NONE, CodeBy, LinkBy, Wish
from app.domain.person_comments import ABOUT, KINDS, LONGEST, SETTLED, Said
from app.domain.vocabulary import Role
from app.services.own import own_links, own_sign_ins, person_comments
from app.services.own.own_link_post import Carriers
from app.services.own.own_links import OwnPage
from app.services.own.person_links import Made, NoLinkForThem
from app.services.shown import views
from app.web.caring import their_details
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires, runtime
from app.web.frame.page import render

pages = Blueprint("person_links", __name__)
DAYS: Final = {"7": "One week", "30": "One month", "90": "Three months"}
HOW: Final = {
    LinkBy.SHOW: "Show it to me: I hand it over",
    LinkBy.EMAIL: "E-mail it to %s",
    LinkBy.TEXT: "Text it to %s",
}
HOW_CODE: Final = {
    CodeBy.TELL: "Show them to me: I tell them",
    CodeBy.TEXT: "Text them to %s",
    CodeBy.EMAIL: "E-mail them to %s",
    CodeBy.NONE: "No digits: this link opens with the date of birth alone",
}


class WishForm(FormSchema):
    """For how long, that it is safe, and how the six digits go."""

    days = choice(DAYS, "Choose how long the link works.")
    safe = fields.String(load_default="")
    code = fields.Enum(
        CodeBy,
        by_value=True,
        load_default=CodeBy.TELL,
        error_messages={"unknown": "Choose how they get the six digits."},
    )
    why = fields.String(load_default="")


class LinkForm(WishForm):
    """The same, and whether the link is sent or shown."""

    how = fields.Enum(
        LinkBy,
        by_value=True,
        load_default=LinkBy.SHOW,
        error_messages={"unknown": "Choose how the person gets the link."},
    )


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
    """Make a link and its six digits; show once what is to be handed over, and send the rest."""
    form = Form(request.form)
    try:
        wish = wish_of(load(LinkForm(), form))
        made = own_links.make(database(), actor(), referral_id, wish, _carriers())
    except Invalid as fault:
        return _page(referral_id, form.refused(fault))
    except NoLinkForThem as fault:
        return _page(referral_id, Form(form.typed, {"safe": fault.sentence}))
    if made.address or made.digits:
        return _page(referral_id, Form(), made=made, wish=wish)
    flash(_on_its_way(wish))
    return redirect(f"/referrals/{referral_id}/own-page", 303)


def wish_of(typed: dict[str, Any]) -> Wish:
    """Return what a form of links asks for."""
    how = typed.get("how", LinkBy.SHOW)
    return Wish(int(typed["days"]), typed["safe"] == "yes", how, typed["code"], typed["why"])


def _carriers() -> Carriers:
    has_texts, has_mail = Channel.TEXT in runtime().ways_out, Channel.EMAIL in runtime().ways_promised
    return Carriers(has_texts=has_texts, help_phone=linked.help_phone(), has_mail=has_mail)


def _on_its_way(wish: Wish) -> str:
    """What is on its way, without an address: neither message names anybody or says anything of help."""
    where = {
        Channel.EMAIL: "the e-mail address on the record",
        Channel.TEXT: "the mobile number on the record",
    }
    said = [f"The link is on its way to {where[wish.link_channel]}."] if wish.link_channel else []
    said += [f"The six digits are on their way to {where[wish.code_channel]}."] if wish.code_channel else []
    return " ".join([*said, "No message names anybody or says anything of help."]) if said else ""


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


def _page(
    referral_id: UUID,
    form: Form,
    *,
    made: Made | None = None,
    wish: Wish | None = None,
    wrong: UUID | None = None,
) -> Response:
    found = own_links.find(database(), actor(), referral_id, _carriers())
    said = person_comments.list_for_referral(database(), actor(), referral_id)
    sign_ins = own_sign_ins.list_of(database(), actor(), referral_id)
    told = {"days": DAYS, "about": ABOUT, "kinds": KINDS, "settled": SETTLED, "longest": LONGEST}
    banner = views.get_heading(database(), actor(), referral_id)
    values: dict[str, Any] = {
        "said": said,
        "put_right": their_details.put_right_since(referral_id, said),
        "made": made,
        "sent": _on_its_way(wish) if wish else "",
        "hows": _ways(HOW, found),
        "codes": _ways(HOW_CODE, found),
        "why_none": WHY_NONE,
        "wrong": wrong,
        "told": told,
        "banner": banner,
        "sign_ins": sign_ins,
    }
    return render("own_page.html", form=form, found=found, **values)


def _ways(options: Mapping[Any, str], found: OwnPage) -> dict[str, str]:
    """Return the ways that are open to this person, each with where it goes."""
    to = {str(channel): address for channel, address in found.channels.items()}
    return {
        way.value: words.replace("%s", to.get(way.value, ""))
        for way, words in options.items()
        if "%s" not in words or way.value in to
    }
