"""The public page on which people ask for themselves, or for somebody who agreed; no account, no number needed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from marshmallow import fields

from app.domain.consent_wordings import Kind
from app.domain.errors import FieldProblem, Invalid
from app.domain.referral import age_on
from app.domain.wording import worded, worded_all
from app.services.incoming import self_referral
from app.services.incoming.self_referral import Helper, TooMany
from app.services.incoming.web_referral import Asked, with_note
from app.web.frame.forms import Form, choice, words
from app.web.frame.guard import database, public, runtime
from app.web.frame.page import render
from app.web.frame.visitors import visitor
from app.web.referring import referral_entry as entry
from app.web.stewardship import consent_wordings

pages = Blueprint("self_referral", __name__)
WHO = worded_all({"me": "Me", "somebody": "Somebody else, who knows that I am asking"})
MOST_FROM_ONE = 20  # an hour: a library's computer, a day centre
_HOUR = 3600
ALONE_FROM = (
    13  # years: who is younger cannot agree to an online service alone (Data Protection Act 2018, s. 9)
)
YOUNG = "Are you under 13? Ask a grown-up whom you trust to fill this in with you: they choose “Somebody else” above."


class SelfForm(entry.EntryForm):
    """The same questions, who is asking, and a box that nobody sees and only machines fill in."""

    who = choice(WHO, "Say who would like help.")
    helper_name = words("Your name", longest=200)
    helper_relation = words("Who you are to them", longest=100)
    helper_phone = words("Your telephone number", longest=40)
    gp = words("GP practice", longest=200)
    team = fields.UUID(
        required=True, error_messages={"required": "Choose an area.", "invalid_uuid": "Choose an area."}
    )
    agrees = entry.tick("We can only ring you, and ask a service for you, if you agree.")


@pages.get("/self-referral")
@public
def ask() -> Response:
    """Ask, in plain words; crisis lines first."""
    return _page(Form())


@pages.post("/self-referral")
@public
def send() -> Response:
    """Show what was typed to be checked, then take it and say what happens next."""
    form = Form(request.form)
    step = form.value("step")
    if step == entry.CHANGE:
        return _page(form)
    try:
        beside = {"helper": _no_helper(form), "website": _filled_in(form), "young": _too_young(form)}
        typed = entry.read(SelfForm(), form, **beside)
        asked, source_id = _asked(form, typed), typed["team"]
        if step != entry.SEND:
            self_referral.check(database(), source_id, asked)
            return _check(form, asked)
        return _sent(form, typed, asked, source_id)
    except Invalid as fault:
        return _page(entry.refused(form, fault))


def _sent(form: Form, typed: dict[str, Any], asked: Asked, source_id: UUID) -> Response:
    if runtime().count_visit(visitor("self-referral"), _HOUR) > MOST_FROM_ONE:
        raise TooMany(
            "This page was sent very often from where you are. Try again in an hour, or ring your GP."
        )
    request_id = entry.request_id(form)
    helper = _helper(typed)
    taken = self_referral.ask(database(), source_id, asked, helper=helper, request_id=request_id)
    return render("self_referral_sent.html", taken=taken, for_other=helper is not None)


def _filled_in(form: Form) -> FieldProblem | None:
    if not form.value("website"):
        return None
    return FieldProblem("website", "Leave this box empty: only machines fill it in.")


def _helper_lines(form: Form) -> list[tuple[str, str]]:
    if form.value("who") != "somebody":
        return []
    named = {
        "helper_name": worded("Your name"),
        "helper_relation": worded("Who you are to them"),
        "helper_phone": worded("Your telephone number"),
    }
    return [(words, form.value(name)) for name, words in named.items() if form.value(name)]


def _too_young(form: Form) -> FieldProblem | None:
    age = age_on(database().clock().date(), entry.day_of(form.typed))
    if form.value("who") != "me" or age is None or age >= ALONE_FROM:
        return None
    return FieldProblem("born_day", YOUNG)


def _no_helper(form: Form) -> FieldProblem | None:
    if form.value("who") != "somebody" or (form.value("helper_name") and form.value("helper_relation")):
        return None
    return FieldProblem("helper_name", "Give your own name, and who you are to them.", "required")


def _helper(typed: dict[str, Any]) -> Helper | None:
    if typed["who"] != "somebody":
        return None
    return Helper(typed["helper_name"], typed["helper_relation"], typed["helper_phone"])


def _asked(form: Form, typed: dict[str, Any]) -> Asked:
    # What a service is told is talked over first; the words that stand here are those of being in touch.
    asked = entry.asked_of(typed, agrees_to_sharing=False, wording=consent_wordings.shown(form))
    gp = f"Would like their GP to hear how it ended: {typed['gp']}" if typed["gp"] else ""
    return with_note(asked, gp)


def _page(form: Form) -> Response:
    teams = self_referral.list_teams(database())
    more = entry.options(of_themselves=True) | consent_wordings.asking(Kind.CONTACT)
    return render("self_referral.html", form=form, teams=teams, who=WHO, **more)


def _check(form: Form, asked: Asked) -> Response:
    return render(
        "referral_check.html",
        action="/self-referral",
        asked=asked,
        answers=entry.answers(form),
        request_id=entry.request_id(form),
        beside=[(worded("Who would like help"), WHO[form.value("who")]), *_helper_lines(form)],
        **entry.options(),
    )
