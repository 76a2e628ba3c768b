"""The link worker's page of what a person said, every word of it, and of new ones on contact and on research."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent import HOW_WORDS, words_answered
from app.domain.consent_wordings import KIND_WORDS, Kind
from app.domain.contact_wish import WAYS
from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.own import person_choices
from app.services.own.person_choices import HOW_SAID, Answer
from app.services.shown import views
from app.web.frame.forms import Form, FormSchema, choice, choices, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.stewardship import consent_wordings

pages = Blueprint("person_choices", __name__)
LASTS: Final = {"": "Until they say something else", "3": "Three months", "6": "Six months", "12": "A year"}
_ANSWERS: Final = {
    Kind.CONTACT: {"yes": "Yes, we may be in touch", "no": "No, they do not want us to be in touch"},
    Kind.RESEARCH: {"yes": "Yes, approved research may use it", "no": "No, research may not use it"},
}


class ChoiceForm(FormSchema):
    """What was said, how, and for how long it counts."""

    given = choice({"yes": "", "no": ""}, "Choose what they said.")
    ways = choices(WAYS, "Choose ways from the list.")
    how = choice(HOW_SAID, "Choose how they told you.")
    lasts = fields.String(
        load_default="", validate=validate.OneOf(list(LASTS), error="Choose for how long from the list.")
    )


@pages.get("/referrals/<uuid:referral_id>/choices")
@requires(Role.LINK_WORKER)
def choices_of(referral_id: UUID) -> Response:
    """Show what the person said, and what counts today."""
    return _page(referral_id)


@pages.get("/referrals/<uuid:referral_id>/choices/contact")
@requires(Role.LINK_WORKER)
def ask_contact(referral_id: UUID) -> Response:
    """Ask how and whether they want us to be in touch."""
    return _form(referral_id, Kind.CONTACT, Form())


@pages.post("/referrals/<uuid:referral_id>/choices/contact")
@requires(Role.LINK_WORKER)
def record_contact(referral_id: UUID) -> AnyResponse:
    """Write down what they say of it."""
    return _record(referral_id, Kind.CONTACT)


@pages.get("/referrals/<uuid:referral_id>/choices/research")
@requires(Role.LINK_WORKER)
def ask_research(referral_id: UUID) -> Response:
    """Ask whether research may use what happened."""
    return _form(referral_id, Kind.RESEARCH, Form())


@pages.post("/referrals/<uuid:referral_id>/choices/research")
@requires(Role.LINK_WORKER)
def record_research(referral_id: UUID) -> AnyResponse:
    """Write down what they say of it."""
    return _record(referral_id, Kind.RESEARCH)


def _record(referral_id: UUID, kind: Kind) -> AnyResponse:
    form = Form(request.form)
    try:
        typed = load(ChoiceForm(), form)
        answer = Answer(
            kind=kind,
            given=typed["given"] == "yes",
            ways=tuple(typed["ways"]),
            wording=consent_wordings.shown(form),
            months=int(typed["lasts"] or 0) or None,
        )
        person_choices.record(database(), actor(), referral_id, answer, how=typed["how"])
    except Invalid as fault:
        return _form(referral_id, kind, form.refused(fault))
    flash(f"You wrote down what they said. It counts at once: {_ANSWERS[kind][typed['given']].lower()}.")
    return redirect(f"/referrals/{referral_id}/choices", 303)


def _page(referral_id: UUID) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    history = person_choices.find(database(), actor(), referral_id)
    words: dict[str, Any] = {"kinds": KIND_WORDS, "ways": WAYS, "how": HOW_WORDS, "answered": words_answered}
    return render("person_choices.html", found=found, history=history, form=Form(), **words)


def _form(referral_id: UUID, kind: Kind, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    history = person_choices.find(database(), actor(), referral_id)
    shown: dict[str, Any] = {"kind": kind, "answers": _ANSWERS[kind], "lasts": LASTS, "how": HOW_SAID}
    shown |= {"ways": WAYS, "stands": history.stands, **consent_wordings.asking(kind)}
    return render("person_choice.html", form=form, found=found, **shown)
