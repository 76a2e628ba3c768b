"""The provider's pages: offers that need an answer, one person's page, contacts."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.lifecycle import Action
from app.domain.vocabulary import DECLINE_REASONS, PAUSE_REASONS, Role
from app.domain.wording import in_a_row, worded, worded_all
from app.services.caring import onward
from app.services.helping import delivery, late_words, questions, register, sessions_attended, waiting
from app.services.shown import views
from app.services.systems import subscriptions
from app.services.watching import chasers
from app.store.outcomes import Contact
from app.store.session import AlreadyThere
from app.web.frame.forms import Form, FormSchema, choice, load, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.kept import for_later
from app.web.frame.page import page_number, render
from app.web.frame.translated import told_text
from app.web.frame.words import CHANNEL_WORDS
from app.web.helping.first_contact import next_after_yes, team_phone

pages = Blueprint("provider", __name__)

_REACHED = worded_all({"yes": "Yes", "no": "No, I could not reach them"})
_NO_DAY = "Enter the day of the contact as numbers, for example 12 3 2026."
_LONGEST_NOTE = 2000


class DeclineForm(FormSchema):
    """Why the answer is no."""

    reason = choice(DECLINE_REASONS, "Choose why you cannot help this time.")


class PauseForm(FormSchema):
    """Why the help rests."""

    reason = choice(PAUSE_REASONS, "Choose why it is paused.")


class ContactForm(FormSchema):
    """How and when somebody was in touch."""

    channel = choice(CHANNEL_WORDS, "Choose how you were in touch.")
    reached = choice(_REACHED, "Say whether you reached the person.")
    happened_on_day = fields.Integer(required=True, error_messages={"required": _NO_DAY, "invalid": _NO_DAY})
    happened_on_month = fields.Integer(required=True)
    happened_on_year = fields.Integer(required=True)
    note = words("The note", longest=_LONGEST_NOTE)
    once = fields.UUID(load_default=uuid4, error_messages={"invalid_uuid": "Open the page again."})

    @post_load
    def _contact(self, typed: dict[str, Any], **_: Any) -> dict[str, Contact]:
        parts = (typed[f"happened_on_{part}"] for part in ("year", "month", "day"))
        try:
            happened_on = date(*parts)
        except (ValueError, OverflowError):
            raise ValidationError({"happened_on_day": [_NO_DAY]}) from None
        reached = typed["reached"] == "yes"
        told = (typed["channel"], reached, happened_on, None, typed["note"])
        return {"contact": Contact(*told, id=typed["once"])}


_DATE_FIELDS = dict.fromkeys(("happened_on", "happened_on_month", "happened_on_year"), "happened_on_day")


@pages.get("/offers")
@requires(Role.PROVIDER)
def offers() -> Response:
    """Show what was offered, what needs an answer first."""
    found = views.list_placements(database(), actor(), page=page_number())
    to_answer = [line for line in found.lines if Action.DECLINE in line.actions]
    current = [line for line in found.lines if line.actions and Action.DECLINE not in line.actions]
    past = [line for line in found.lines if not line.actions]
    troubles = subscriptions.list_troubles(database(), actor())
    late = waiting.count_overdue(database(), actor())
    groups: dict[str, Any] = {"waiting": to_answer, "current": current, "past": past}
    groups["reminders"] = chasers.list_for_provider(database(), actor())
    groups["away"] = len(register.list_tasks(database(), actor()))
    return render("offers.html", found=found, troubles=troubles, late=late, **groups)


@pages.post("/offers/<uuid:placement_id>/open")
@requires(Role.PROVIDER)
def read(placement_id: UUID) -> AnyResponse:
    """Note that the offer was read, and show it: the link worker sees that it has arrived."""
    delivery.open_offer(database(), actor(), placement_id)
    return redirect(f"/offers/{placement_id}", 303)


@pages.get("/offers/<uuid:placement_id>")
@requires(Role.PROVIDER)
def one(placement_id: UUID) -> Response:
    """Show one person: who, how to reach them, what they want, what they need to come."""
    found = views.get_placement(database(), actor(), placement_id)
    can = {action.value for action in found.summary.actions}
    place = waiting.find(database(), actor(), placement_id)
    asked = questions.list_for_placement(database(), actor(), placement_id)
    beside: dict[str, Any] = {"place": place, "asked": asked}
    beside["attended"] = sessions_attended.find_attended(database(), actor(), placement_id)
    beside["origin"] = onward.find_origin(database(), actor(), placement_id)
    beside["onwards"] = onward.list_for_placement(database(), actor(), placement_id)
    beside["log"] = delivery.list_contacts(database(), actor(), placement_id)
    beside["team_phone"] = team_phone(found)
    beside["late"] = late_words.find(database(), actor(), placement_id)
    return render("offer_one.html", found=found, can=can, **beside)


@pages.post("/offers/<uuid:placement_id>/accept")
@requires(Role.PROVIDER)
def accept(placement_id: UUID) -> AnyResponse:
    """Say yes; over its own limit a service is told so first."""
    form = Form(request.form)
    try:
        delivery.accept(database(), actor(), placement_id, over_limit=form.value("over_limit") == "yes")
    except Invalid as fault:
        found = views.get_placement(database(), actor(), placement_id)
        return render("accept_over.html", status=409, form=form.refused(fault), found=found)
    found = views.get_placement(database(), actor(), placement_id)
    return _back(placement_id, told_text(in_a_row((worded("You said yes."), next_after_yes(found)))))


@pages.post("/offers/<uuid:placement_id>/start")
@requires(Role.PROVIDER)
def start(placement_id: UUID) -> AnyResponse:
    """Say that help has started."""
    delivery.start(database(), actor(), placement_id)
    return _back(placement_id, "Help has started. When it is over, write the outcome here.")


@pages.get("/offers/<uuid:placement_id>/pause")
@requires(Role.PROVIDER)
def ask_pause(placement_id: UUID) -> Response:
    """Ask why the help rests."""
    return _pause_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/pause")
@requires(Role.PROVIDER)
def pause(placement_id: UUID) -> AnyResponse:
    """Say that the help rests, and why."""
    form = Form(request.form)
    try:
        delivery.pause(database(), actor(), placement_id, reason=load(PauseForm(), form)["reason"])
    except Invalid as fault:
        return _pause_page(placement_id, form.refused(fault))
    return _back(placement_id, "It is paused. Say here when you go on.")


@pages.post("/offers/<uuid:placement_id>/resume")
@requires(Role.PROVIDER)
def resume(placement_id: UUID) -> AnyResponse:
    """Go on after a pause."""
    delivery.resume(database(), actor(), placement_id)
    return _back(placement_id, "The help goes on. When it is over, write the outcome here.")


@pages.get("/offers/<uuid:placement_id>/decline")
@requires(Role.PROVIDER)
def ask_decline(placement_id: UUID) -> Response:
    """Ask why the answer is no."""
    return _decline_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/decline")
@requires(Role.PROVIDER)
def decline(placement_id: UUID) -> AnyResponse:
    """Say no with a reason; the next provider is asked."""
    form = Form(request.form)
    try:
        reason = load(DeclineForm(), form)["reason"]
        delivery.decline(database(), actor(), placement_id, reason=reason)
    except Invalid as fault:
        return _decline_page(placement_id, form.refused(fault))
    flash("You said no. Thank you for a quick answer: somebody else is asked now.")
    return redirect("/offers", 303)


@pages.get("/offers/<uuid:placement_id>/contact")
@requires(Role.PROVIDER)
def ask_contact(placement_id: UUID) -> Response:
    """Ask how somebody was in touch."""
    return _contact_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/contact")
@requires(Role.PROVIDER)
@for_later("A contact")
def contact(placement_id: UUID) -> AnyResponse:
    """Write a contact down; the first that reached the person starts the help."""
    form = Form(request.form)
    try:
        with suppress(AlreadyThere):  # the button was pressed twice: it is one contact
            delivery.record_contact(database(), actor(), placement_id, load(ContactForm(), form)["contact"])
    except Invalid as fault:
        return _contact_page(placement_id, form.refused(fault, names=_DATE_FIELDS))
    return _back(placement_id, "The contact is written down.")


@pages.post("/offers/<uuid:placement_id>/contacts/<uuid:contact_id>/take-back")
@requires(Role.PROVIDER)
def take_contact_back(placement_id: UUID, contact_id: UUID) -> AnyResponse:
    """Take a wrong contact back; it stays in the history."""
    delivery.take_contact_back(database(), actor(), placement_id, contact_id)
    return _back(placement_id, "The contact is taken back. It counts no more. It stays in the list.")


def _back(placement_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/offers/{placement_id}", 303)


def _decline_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    return render("decline.html", form=form, found=found, reasons=DECLINE_REASONS)


def _pause_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    return render("pause.html", form=form, found=found, reasons=PAUSE_REASONS)


def _contact_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    lists: dict[str, Any] = {"channels": CHANNEL_WORDS, "reached": _REACHED}
    once = form.value("once") or str(uuid4())
    return render("contact.html", form=form, found=found, today=today(), once=once, **lists)
