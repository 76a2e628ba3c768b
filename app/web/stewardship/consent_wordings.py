"""The steward's pages of the words by which people are asked: every version, a new one looked at before it counts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent_wordings import KIND_WORDS, LONGEST_QUESTION, LONGEST_WORDS, Kind, kind_of
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.rights import consent_wordings
from app.web.frame.forms import Form, FormSchema, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("consent_wordings", __name__)
SHOWN = "wording"  # the hidden field of a page that asks: the version that stands on it


class WordingForm(FormSchema):
    """The question, what the person is told, and which version the steward had before them."""

    question = words("The question", longest=LONGEST_QUESTION, missing="Write the question.")
    words = words("What the person is told", longest=LONGEST_WORDS, missing="Write what the person is told.")
    seen = fields.Integer(load_default=0, error_messages={"invalid": "Open the page again."})


@pages.get("/consent-wordings")
@requires(Role.STEWARD)
def kinds() -> Response:
    """List what people are asked for, and the version of today."""
    found = consent_wordings.list_kinds(database(), actor())
    return render("consent_wordings/kinds.html", found=found, kind_words=KIND_WORDS)


@pages.get("/consent-wordings/<code>")
@requires(Role.STEWARD)
def one(code: str) -> Response:
    """Show every version of one, with how many people answered to it, and the form for the next."""
    return _page(_kind(code), Form())


@pages.post("/consent-wordings/<code>")
@requires(Role.STEWARD)
def change(code: str) -> AnyResponse:
    """Show the next version as people would read it; write it once it was looked at."""
    kind, form = _kind(code), Form(request.form)
    if form.value("do") == "change":
        return _page(kind, form)
    act = consent_wordings.write if form.value("do") == "use" else consent_wordings.check
    try:
        typed = load(WordingForm(), form)
        made = act(database(), actor(), kind, typed["question"], typed["words"], seen=typed["seen"])
    except Invalid as fault:
        return _page(kind, form.refused(fault))
    except Conflict as fault:
        return _page(kind, Form(form.typed, {"words": fault.sentence}))
    if act is consent_wordings.check:
        return render("consent_wordings/preview.html", made=made, seen=typed["seen"], name=KIND_WORDS[kind])
    flash(f"People are asked by these words from now on. They are version {made.version}.")
    return redirect(f"/consent-wordings/{kind}", 303)


def asking(*wanted: Kind) -> dict[str, Any]:
    """Return what a page needs that asks people for their word: the words of today, by kind."""
    return {"asking": consent_wordings.today(database(), *wanted)}


def shown(form: Form) -> int | None:
    """Return which version stood on the page that was sent, None for a page that has none."""
    told = form.value(SHOWN)
    return (int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0) if told else None


def _kind(code: str) -> Kind:
    found = kind_of(code)
    if found is None:
        raise NotFound
    return found


def _page(kind: Kind, form: Form) -> Response:
    found = consent_wordings.find(database(), actor(), kind)
    longest = {"question": LONGEST_QUESTION, "words": LONGEST_WORDS}
    return render("consent_wordings/one.html", form=form, found=found, name=KIND_WORDS[kind], longest=longest)
