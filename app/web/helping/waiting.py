"""The waiting list's pages: the provider's queue and what is done from it; what the link worker tells the person."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent_wordings import Kind
from app.domain.errors import Invalid, NotFound
from app.domain.hearing import Hearing
from app.domain.vocabulary import Role
from app.domain.waiting import LEAVE_REASONS, LONGEST_WAIT
from app.domain.wording import in_a_row, worded, worded_all
from app.services.helping import delivery, waiting, waiting_told
from app.services.helping.waiting_seen import Waiter
from app.services.shown import views
from app.store.outcomes import Contact
from app.store.session import AlreadyThere
from app.web.frame.forms import Form, FormSchema, choice, load, number, words
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render
from app.web.frame.translated import told_text
from app.web.frame.words import CHANNEL_WORDS
from app.web.helping.first_contact import next_after_yes
from app.web.stewardship import consent_wordings

pages = Blueprint("waiting", __name__)

_REACHED = worded_all({"yes": "Yes", "no": "No, I could not reach them"})
_LONGEST_NOTE = 2000


class ContactForm(FormSchema):
    """That somebody was in touch today with a person who waits."""

    channel = choice(CHANNEL_WORDS, "Choose how you were in touch.")
    reached = choice(_REACHED, "Say whether you reached the person.")
    note = words("The note", longest=_LONGEST_NOTE)
    once = fields.UUID(load_default=uuid4, error_messages={"invalid_uuid": "Open the page again."})


class WeeksForm(FormSchema):
    """How long this person waits; nothing is the service's usual wait."""

    wait_weeks = number(0, LONGEST_WAIT, "The weeks")


class PlaceFreeForm(FormSchema):
    """That the person was asked again whether they agree."""

    asked_again = fields.String(load_default="")
    over_limit = fields.String(load_default="")


class LeaveForm(FormSchema):
    """Why somebody leaves the list."""

    reason = choice(LEAVE_REASONS, "Choose why they leave the list.")
    note = words("The note", longest=_LONGEST_NOTE)


@pages.get("/waiting")
@requires(Role.PROVIDER)
def queues() -> Response:
    """Show who waits for each of the provider's services, and whom somebody has to be in touch with."""
    found = waiting.list_waiting(database(), actor())
    return render("waiting.html", found=found, late=[one for one in found if one.is_overdue])


@pages.get("/offers/<uuid:placement_id>/waiting-list")
@requires(Role.PROVIDER)
def ask_join(placement_id: UUID) -> Response:
    """Ask how long this person will wait."""
    return _join_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/waiting-list")
@requires(Role.PROVIDER)
def join(placement_id: UUID) -> AnyResponse:
    """Say later, and for how long if that is known."""
    form = Form(request.form)
    try:
        wait_weeks = load(WeeksForm(), form)["wait_weeks"]
        delivery.waitlist(database(), actor(), placement_id, wait_weeks=wait_weeks)
    except Invalid as fault:
        return _join_page(placement_id, form.refused(fault))
    flash(
        told_text(
            in_a_row((worded("The person is on your waiting list."), _hearing(placement_id).on_the_list))
        )
    )
    return redirect(f"/offers/{placement_id}", 303)


@pages.get("/waiting/<uuid:placement_id>/wait")
@requires(Role.PROVIDER)
def ask_wait(placement_id: UUID) -> Response:
    """Ask how long this person will wait from today."""
    return _place_page("waiting_weeks.html", placement_id, Form())


@pages.post("/waiting/<uuid:placement_id>/wait")
@requires(Role.PROVIDER)
def set_wait(placement_id: UUID) -> AnyResponse:
    """Write it down; whoever must know is told when it is new."""
    form = Form(request.form)
    try:
        weeks = load(WeeksForm(), form)["wait_weeks"]
        waiting.set_wait(database(), actor(), placement_id, wait_weeks=-1 if weeks is None else weeks)
    except Invalid as fault:
        return _place_page("waiting_weeks.html", placement_id, form.refused(fault))
    return _back_to_list(
        worded(
            "The expected wait is written down. %(who)s of it.", who=_hearing(placement_id).with_link_worker
        )
    )


@pages.get("/waiting/<uuid:placement_id>/contact")
@requires(Role.PROVIDER)
def ask_contact(placement_id: UUID) -> Response:
    """Ask how somebody was in touch."""
    return _place_page("waiting_contact.html", placement_id, Form())


@pages.post("/waiting/<uuid:placement_id>/contact")
@requires(Role.PROVIDER)
def contact(placement_id: UUID) -> AnyResponse:
    """Write down that somebody was in touch today."""
    form = Form(request.form)
    try:
        with suppress(AlreadyThere):  # the button was pressed twice: it is one contact
            delivery.record_contact(database(), actor(), placement_id, _contact(form))
    except Invalid as fault:
        return _place_page("waiting_contact.html", placement_id, form.refused(fault))
    return _back_to_list("It is written down that you were in touch.")


@pages.get("/waiting/<uuid:placement_id>/place-free")
@requires(Role.PROVIDER)
def ask_place_free(placement_id: UUID) -> Response:
    """Show who gets the place, and whether they must be asked again first."""
    return _place_page("waiting_place_free.html", placement_id, Form())


@pages.post("/waiting/<uuid:placement_id>/place-free")
@requires(Role.PROVIDER)
def place_free(placement_id: UUID) -> AnyResponse:
    """Give the person the place."""
    form = Form(request.form)
    ticked = {name: text == "yes" for name, text in load(PlaceFreeForm(), form).items()}
    try:
        delivery.accept(database(), actor(), placement_id, **ticked, wording=consent_wordings.shown(form))
    except Invalid as fault:
        return _place_page("waiting_place_free.html", placement_id, form.refused(fault))
    found = views.get_placement(database(), actor(), placement_id)
    flash(told_text(in_a_row((worded("They have the place."), next_after_yes(found)))))
    return redirect(f"/offers/{placement_id}", 303)


@pages.get("/waiting/<uuid:placement_id>/leave")
@requires(Role.PROVIDER)
def ask_leave(placement_id: UUID) -> Response:
    """Ask why somebody leaves the list."""
    return _place_page("waiting_leave.html", placement_id, Form())


@pages.post("/waiting/<uuid:placement_id>/leave")
@requires(Role.PROVIDER)
def leave(placement_id: UUID) -> AnyResponse:
    """Take somebody off the list; the link worker sees why."""
    form = Form(request.form)
    try:
        typed = load(LeaveForm(), form)
        waiting.leave(database(), actor(), placement_id, reason=typed["reason"], words=typed["note"])
    except Invalid as fault:
        return _place_page("waiting_leave.html", placement_id, form.refused(fault))
    return _back_to_list("They are off your list. The link worker sees why, and talks with them.")


@pages.get("/referrals/<uuid:referral_id>/waiting/<uuid:placement_id>")
@requires(Role.LINK_WORKER)
def told(referral_id: UUID, placement_id: UUID) -> Response:
    """Show a place on a list with the words for the person, and where to write down a contact."""
    return _told_page(referral_id, placement_id, Form())


@pages.post("/referrals/<uuid:referral_id>/waiting/<uuid:placement_id>")
@requires(Role.LINK_WORKER)
def team_contact(referral_id: UUID, placement_id: UUID) -> AnyResponse:
    """Write down that the link worker was in touch today."""
    form = Form(request.form)
    _of_referral(referral_id, placement_id)
    try:
        with suppress(AlreadyThere):
            delivery.record_team_contact(database(), actor(), placement_id, _contact(form))
    except Invalid as fault:
        return _told_page(referral_id, placement_id, form.refused(fault))
    flash("It is written down that you were in touch.")
    return redirect(f"/referrals/{referral_id}", 303)


@pages.get("/referrals/<uuid:referral_id>/waiting/<uuid:placement_id>/letter")
@requires(Role.LINK_WORKER)
def letter(referral_id: UUID, placement_id: UUID) -> Response:
    """Hand out the letter to the person."""
    _of_referral(referral_id, placement_id)
    made = waiting_told.letter_to_person(database(), actor(), placement_id)
    response = Response(made.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.reference}-waiting.pdf"'
    response.headers["Cache-Control"] = "no-store"  # a record of a person: not to be left on a shared machine
    return response


def _contact(form: Form) -> Contact:
    typed = load(ContactForm(), form)
    told = (typed["channel"], typed["reached"] == "yes", today(), None, typed["note"])
    return Contact(*told, id=typed["once"])


def _hearing(placement_id: UUID) -> Hearing:
    return views.get_placement(database(), actor(), placement_id).hearing


def _back_to_list(done: str) -> AnyResponse:
    flash(told_text(done))
    return redirect("/waiting", 303)


def _join_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    return render("waiting_weeks.html", form=form, found=found)


def _place_page(template: str, placement_id: UUID, form: Form) -> Response:
    place, must_ask = waiting.get(database(), actor(), placement_id)
    values: dict[str, Any] = {
        "found": views.get_placement(database(), actor(), placement_id),
        "place": place,
        "must_ask": must_ask,
        "channels": CHANNEL_WORDS,
        "reached": _REACHED,
        "reasons": LEAVE_REASONS,
        "once": str(uuid4()),
        **consent_wordings.asking(Kind.SHARE),
    }
    return render(template, form=form, **values)


def _told_page(referral_id: UUID, placement_id: UUID, form: Form) -> Response:
    place = _of_referral(referral_id, placement_id)
    found = views.get_referral(database(), actor(), referral_id)
    words_told = waiting_told.words_for_person(database(), actor(), placement_id)
    values: dict[str, Any] = {"place": place, "channels": CHANNEL_WORDS, "reached": _REACHED}
    values["once"] = str(uuid4())
    return render("waiting_told.html", form=form, found=found, told=words_told, **values)


def _of_referral(referral_id: UUID, placement_id: UUID) -> Waiter:
    place, _ = waiting.get(database(), actor(), placement_id)
    if place.referral_id != referral_id:
        raise NotFound
    return place
