"""The pages of people's own stories: written down, agreed to, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.stories import LONGEST_NAME, LONGEST_STORY, USE_WORDS, Agreed, NewStory
from app.domain.vocabulary import Role
from app.services.evaluation import stories
from app.web.evaluations import pack_filters
from app.web.frame.forms import Form, FormSchema, choices, load
from app.web.frame.forms import words as text
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import page_number, render

pages = Blueprint("stories", __name__)
_HOME = "/evaluation/stories"
_NO_DAY = "Enter the day of the yes as numbers, for example 12 3 2026."
_NO_OFFER = "Open the form again from the offer."
_FIELDS = {"agreed_on": "agreed_on_day"}


class AgreedForm(FormSchema):
    """What the person said yes to."""

    asked_by = text("Who asked", longest=LONGEST_NAME)
    agreed_on_day = fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})
    agreed_on_month = fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})
    agreed_on_year = fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})
    uses = choices(USE_WORDS, "Tick what the person agreed to.")

    @post_load
    def _agreed(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        parts = [typed.pop(f"agreed_on_{part}") for part in ("year", "month", "day")]
        asked_by, uses = typed.pop("asked_by"), tuple(typed.pop("uses"))
        return typed | {"agreed": _yes(asked_by, parts, uses)}


class StoryForm(AgreedForm):
    """A story, and the yes to it where it was given already."""

    reference = text("The reference", longest=40, missing="Write the reference of the referral.")
    placement = fields.UUID(load_default=None, error_messages={"invalid_uuid": _NO_OFFER})
    words = text("The story", longest=LONGEST_STORY, missing="Write down what the person said.")
    told_as = text("The name", longest=LONGEST_NAME, missing="Write the name that they want to be told by.")


def _yes(asked_by: str, parts: list[int | None], uses: tuple[str, ...]) -> Agreed | None:
    if not asked_by and not uses and parts == [None, None, None]:
        return None
    try:
        return Agreed(asked_by, date(*(part or 0 for part in parts)), uses)
    except (ValueError, OverflowError):
        raise ValidationError({"agreed_on_day": [_NO_DAY]}) from None


@pages.get(_HOME)
@requires(Role.PROVIDER)
def show() -> Response:
    """Show the stories that the organisation keeps, and a form for another."""
    return _page(Form())


@pages.post(_HOME)
@requires(Role.PROVIDER)
def keep() -> AnyResponse:
    """Write a story down."""
    form = Form(request.form)
    try:
        typed = load(StoryForm(), form)
        told = NewStory(typed["words"], typed["told_as"], typed["agreed"])
        placement_id = typed["placement"]
        stories.keep(database(), actor(), typed["reference"], told, placement_id=placement_id)
    except Invalid as fault:
        return _page(form.refused(fault, names=_FIELDS))
    if told.agreed is None:
        return _back("The story is kept. It is shown nowhere until the person’s yes is written down.")
    return _back("The story is kept, with what the person agreed to.")


@pages.get(f"{_HOME}/<uuid:story_id>/agreed")
@requires(Role.PROVIDER)
def ask_agreed(story_id: UUID) -> Response:
    """Ask what the person agreed to."""
    return _agreed_page(story_id, Form())


@pages.post(f"{_HOME}/<uuid:story_id>/agreed")
@requires(Role.PROVIDER)
def agree(story_id: UUID) -> AnyResponse:
    """Write down what the person agreed to."""
    form = Form(request.form)
    try:
        agreed = load(AgreedForm(), form)["agreed"] or Agreed("", today(), ())
        stories.agree(database(), actor(), story_id, agreed)
    except Invalid as fault:
        return _agreed_page(story_id, form.refused(fault, names=_FIELDS))
    return _back("What the person agreed to is written down.")


@pages.post(f"{_HOME}/<uuid:story_id>/withdraw")
@requires(Role.PROVIDER)
def withdraw(story_id: UUID) -> AnyResponse:
    """Take a story back."""
    stories.withdraw(database(), actor(), story_id)
    return _back("The story is taken back. Its words are wiped, and no funder sees it any more.")


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect(_HOME + pack_filters.kept(), 303)


def _page(form: Form) -> Response:
    found = stories.list_stories(database(), actor(), page=page_number())
    return render(
        "pack/stories.html",
        form=form,
        found=found,
        uses=USE_WORDS,
        reference=_reference(),
        placement=request.args.get("placement", "")[:36],
        kept=pack_filters.kept(),
    )


def _reference() -> str:
    return request.args.get("reference", "")[:40]


def _agreed_page(story_id: UUID, form: Form) -> Response:
    story = stories.get_story(database(), actor(), story_id)
    kept = pack_filters.kept()
    return render("pack/story_agreed.html", form=form, story=story, uses=USE_WORDS, kept=kept)
