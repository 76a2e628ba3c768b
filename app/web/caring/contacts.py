"""The link worker's contact log: one button for a call without an answer, one short form for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.contacts import CAME_OF, HOW, LONGEST_NOTE, MOST_MINUTES, WITH, TeamContact
from app.domain.errors import Conflict, Invalid
from app.domain.vocabulary import Role
from app.services.caring import contacts
from app.services.caring.contact_letter import not_reached_letter
from app.services.shown import views
from app.store.session import AlreadyThere
from app.web.frame import meanwhile
from app.web.frame.forms import Form, FormSchema, choice, load, number, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.kept import for_later
from app.web.frame.page import render

pages = Blueprint("contacts", __name__)

_NO_DAY = "Enter the day of the contact as numbers, for example 12 3 2026."
_DAY: Any = {"required": _NO_DAY, "invalid": _NO_DAY}
_DATE_FIELDS = dict.fromkeys(("happened_on", "happened_on_month", "happened_on_year"), "happened_on_day")


class OnceForm(FormSchema):
    """Under which id a contact is kept: made with the page, so that what is sent twice is kept once."""

    once = fields.UUID(load_default=uuid4, error_messages={"invalid_uuid": "Open the page again."})


class ContactForm(OnceForm):
    """How, when and with whom somebody was in touch, and what came of it."""

    how = choice(HOW, "Choose how you were in touch.")
    with_whom = choice(WITH, "Choose with whom.")
    came_of = choice(CAME_OF, "Choose what came of it.")
    happened_on_day = fields.Integer(required=True, error_messages=_DAY)
    happened_on_month = fields.Integer(required=True, error_messages=_DAY)
    happened_on_year = fields.Integer(required=True, error_messages=_DAY)
    minutes = number(0, MOST_MINUTES, "Minutes")
    note = words("The note", longest=LONGEST_NOTE)

    @post_load
    def _contact(self, typed: dict[str, Any], **_: Any) -> dict[str, TeamContact]:
        try:
            happened_on = date(*(typed[f"happened_on_{part}"] for part in ("year", "month", "day")))
        except (ValueError, OverflowError):
            raise ValidationError({"happened_on_day": [_NO_DAY]}) from None
        told = {name: typed[name] for name in ("how", "with_whom", "came_of", "minutes", "note")}
        return {"contact": TeamContact(id=typed["once"], happened_on=happened_on, **told)}


@pages.get("/referrals/<uuid:referral_id>/contact")
@requires(Role.LINK_WORKER)
def ask(referral_id: UUID) -> Response:
    """Ask how it went, with what must be known before contact above it."""
    return _page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/contact")
@requires(Role.LINK_WORKER)
@for_later("A contact")
def record(referral_id: UUID) -> AnyResponse:
    """Write a contact down; one that is sent twice is one."""
    form = meanwhile.looked_at(Form(request.form), referral_id)
    if form.changes:
        return _page(referral_id, form)
    try:
        contacts.record(database(), actor(), referral_id, load(ContactForm(), form)["contact"])
    except Invalid as fault:
        return _page(referral_id, form.refused(fault, names=_DATE_FIELDS))
    except AlreadyThere:
        return _back(referral_id, "The contact is written down.")
    except Conflict as fault:
        return _page(referral_id, meanwhile.overtaken(form, fault))
    return _back(referral_id, "The contact is written down.")


@pages.post("/referrals/<uuid:referral_id>/contact/no-answer")
@requires(Role.LINK_WORKER)
def no_answer(referral_id: UUID) -> AnyResponse:
    """Write down a call without an answer today: one button."""
    contact_id = load(OnceForm(), Form(request.form))["once"]
    counts = True
    with suppress(AlreadyThere):  # the button was pressed twice: it is one call
        counts = contacts.no_answer(database(), actor(), referral_id, contact_id)
    said = "" if counts else " Calls within one hour count as one attempt."
    done = f"You wrote down that nobody answered.{said} It comes back on your next working day."
    return _back(referral_id, done)


@pages.post("/referrals/<uuid:referral_id>/contacts/<uuid:contact_id>/take-back")
@requires(Role.LINK_WORKER)
def take_back(referral_id: UUID, contact_id: UUID) -> AnyResponse:
    """Take a wrong contact back; it stays in the history."""
    contacts.take_back(database(), actor(), referral_id, contact_id)
    return _back(referral_id, "The contact is taken back. It stays in the history and counts no more.")


@pages.get("/referrals/<uuid:referral_id>/contact/letter")
@requires(Role.LINK_WORKER)
def letter(referral_id: UUID) -> Response:
    """Hand out the letter to somebody who could not be reached."""
    made = not_reached_letter(database(), actor(), referral_id)
    response = Response(made.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.reference}-contact.pdf"'
    response.headers["Cache-Control"] = "no-store"  # a record of a person: not to be left on a shared machine
    return response


@pages.post("/referrals/<uuid:referral_id>/contact/tell")
@requires(Role.LINK_WORKER)
def tell(referral_id: UUID) -> AnyResponse:
    """Tell whoever asked that the person could not be reached so far."""
    contacts.tell_not_reached_so_far(database(), actor(), referral_id)
    return _back(referral_id, "The note is on its way. The referral stays open.")


def _back(referral_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/referrals/{referral_id}", 303)


def _page(referral_id: UUID, form: Form) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    values: dict[str, Any] = {"hows": HOW, "withs": WITH, "came_ofs": CAME_OF, "longest": LONGEST_NOTE}
    values |= {"preset": _preset(), "today": today(), "once": form.value("once", str(uuid4()))}
    return render("contact_team.html", form=form, found=found, **values)


def _preset() -> dict[str, str]:
    """Return what a link to the form chose already, where it is of the lists."""
    lists: Sequence[tuple[str, Any, str]] = (
        ("how", HOW, ""),
        ("with_whom", WITH, "person"),
        ("came_of", CAME_OF, ""),
    )
    asked = request.args
    return {name: asked[name] if asked.get(name) in known else usual for name, known, usual in lists}
