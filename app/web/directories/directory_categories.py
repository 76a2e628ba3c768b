"""The steward's page of what the categories of other directories mean: those that wait first, said one by one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import NEED_WORDS, Need, Role
from app.services.feeds import categories
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("directory_categories", __name__)
_MOST_SHOWN = 200
_NONE = "none"
_CHOICES = {need.value: words for need, words in NEED_WORDS.items() if need is not Need.OTHER} | {
    _NONE: "None of these"
}


@pages.get("/directory-categories")
@requires(Role.STEWARD)
def show() -> Response:
    """Show which categories say nothing yet, and what the others mean."""
    found = categories.list_categories(database(), actor())
    unknown = [each for each in found if each.needs is None]
    known = [each for each in found if each.needs is not None]
    return render(
        "directory_categories.html",
        unknown=unknown[:_MOST_SHOWN],
        known=sorted(known, key=lambda each: (not each.said, each.term.name))[:_MOST_SHOWN],
        left=len(unknown[_MOST_SHOWN:]) + len(known[_MOST_SHOWN:]),
        need_words=NEED_WORDS,
    )


@pages.get("/directory-categories/one")
@requires(Role.STEWARD)
def ask() -> Response:
    """Ask what one category means."""
    return _one_page(Form())


@pages.post("/directory-categories/one")
@requires(Role.STEWARD)
def say() -> AnyResponse:
    """Write down what it means; it counts at once."""
    form = Form(request.form)
    chosen = form.values("needs")
    try:
        if not chosen or (_NONE in chosen and len(chosen) > 1):
            sentence = "Choose which needs it means, or None of these and nothing else."
            raise Invalid([FieldProblem("needs", sentence, "required")])
        needs = [each for each in chosen if each != _NONE]
        changed = categories.say(database(), actor(), _key(), needs)
    except Invalid as fault:
        return _one_page(form.refused(fault))
    return _done("It counts from now on", changed)


@pages.post("/directory-categories/one/take-back")
@requires(Role.STEWARD)
def take_back() -> AnyResponse:
    """Take back what was said of it."""
    return _done("It is taken back", categories.say(database(), actor(), _key(), None))


def _key() -> str:
    return request.args.get("key", "")


def _one_page(form: Form) -> Response:
    category = categories.get_category(database(), actor(), _key())
    usual = category.needs if category.needs or category.needs is None else (_NONE,)
    return render(
        "directory_category.html", form=form, category=category, choices=_CHOICES, chosen=usual or ()
    )


def _done(what: str, changed: int) -> AnyResponse:
    flash(f"{what}: {changed} {'service has' if changed == 1 else 'services have'} new needs.")
    return redirect("/directory-categories", 303)
