"""How services stand today: the dial of each, turned by one tap, signed in or by the link of an e-mail."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response as AnyResponse

from app.domain.capacity import LONGEST_WAIT, MOST_A_WEEK, Dial, sentence
from app.domain.errors import Invalid
from app.domain.vocabulary import Capacity, Role
from app.domain.wording import worded_all
from app.services.directory import dials, directory_entries, entry_checks, finding
from app.services.messages import links
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, load, number
from app.web.frame.guard import actor, database, public, requires, today
from app.web.frame.page import page_number, render
from app.web.frame.translated import say, told

pages = Blueprint("dials", __name__)
# what stands on the buttons
CAPACITY_WORDS: dict[str, str] = worded_all(
    {
        Capacity.OPEN: "Open: we have places",
        Capacity.LIMITED: "We take so many a week",
        Capacity.WAITING_LIST: "We have a waiting list",
        Capacity.FULL: "We are full",
        Capacity.PAUSED: "Paused: ask us for nobody now",
    }
)
_NO_DAY = "Enter the day as numbers, for example 12 3 2027, or leave it empty."
_PARTS = ("year", "month", "day")
_FIELDS = ("weekly_limit", "wait_weeks", "full_until_day", "words")
_LONGEST_SEARCH = 100


class DialForm(FormSchema):
    """A position of the dial and what belongs to it."""

    capacity = choice(CAPACITY_WORDS, "Choose how the service stands.")
    weekly_limit = number(1, MOST_A_WEEK, "How many a week")
    wait_weeks = number(0, LONGEST_WAIT, "The wait in weeks")
    full_until_day = fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})
    full_until_month = fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})
    full_until_year = fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})

    @post_load
    def _dial(self, typed: dict[str, Any], **_: Any) -> dict[str, Dial]:
        parts = [typed[f"full_until_{part}"] for part in _PARTS]
        full_until = None
        if any(part is not None for part in parts):
            try:
                full_until = date(*parts)
            except (TypeError, ValueError, OverflowError):
                raise ValidationError({"full_until_day": [_NO_DAY]}) from None
        dial = Dial(Capacity(typed["capacity"]), typed["weekly_limit"], typed["wait_weeks"], full_until)
        return {"dial": dial}


@pages.get("/services")
@requires(Role.PROVIDER, Role.STEWARD)
def services() -> Response:
    """Show the services whose dial the actor may turn, each with how it stands."""
    return _services_page(Form())


@pages.post("/services/<uuid:service_id>/dial")
@requires(Role.PROVIDER, Role.STEWARD)
def turn(service_id: UUID) -> AnyResponse:
    """Turn the dial of a service."""
    form = Form(request.form)
    try:
        directory_entries.turn_dial(database(), actor(), service_id, load(DialForm(), form)["dial"])
    except Invalid as fault:
        return _services_page(_refused(form, fault, service_id), wrong=service_id)
    return _back(_stands(service_id))


@pages.post("/services/<uuid:service_id>/right")
@requires(Role.PROVIDER, Role.STEWARD)
def confirm(service_id: UUID) -> AnyResponse:
    """Say that the whole entry is right."""
    directory_entries.confirm_entry(database(), actor(), service_id)
    return _back("Thank you. The entry is confirmed as of today.")


@pages.post("/services/<uuid:service_id>/changed")
@requires(Role.PROVIDER, Role.STEWARD)
def report(service_id: UUID) -> AnyResponse:
    """Say what is not right any more."""
    form = Form(request.form)
    try:
        entry_checks.report(database(), actor(), service_id, str(form.value("words")))
    except Invalid as fault:
        return _services_page(_refused(form, fault, service_id), wrong=service_id)
    return _back("Thank you. The steward has it and will put the entry right.")


@pages.post("/services/<uuid:service_id>/send-link")
@requires(Role.PROVIDER, Role.STEWARD)
def send_link(service_id: UUID) -> AnyResponse:
    """E-mail the link of a service's dial to the service's own address."""
    to = dials.send_link(database(), actor(), service_id, help_phone=linked.help_phone())
    return _back(f"The link is on its way to {to}. Links that were sent before do not work any more.")


@pages.get("/dial/<code>")
@public
@linked.by_link
def show(code: str) -> Response:
    """Show the dial that a link opens; looking at it changes nothing."""
    return _dial_page(code, Form())


@pages.post("/dial/<code>")
@public
@linked.by_link
def turn_by_link(code: str) -> AnyResponse:
    """Turn the dial that a link opens."""
    form = Form(request.form)
    link = links.look(database(), code, purpose=dials.DIAL)
    try:
        dials.turn_by_link(database(), code, load(DialForm(), form)["dial"])
    except Invalid as fault:
        return _dial_page(code, _refused(form, fault, link.subject_id))
    flash(_stands(link.subject_id))
    return redirect(f"/dial/{code}", 303)


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/services{_place_in_list()}", 303)


def _place_in_list() -> str:
    """The query that a form's address carries, so that its sender comes back to the same page of the same search."""
    kept = {"q": _asked(), "page": page_number() if page_number() > 1 else ""}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"?{query}" if query else ""


def _asked() -> str:
    return request.args.get("q", "").strip()[:_LONGEST_SEARCH].replace("\x00", "")


def _stands(service_id: UUID) -> str:
    service = finding.get_listed(database(), service_id).service
    return say("Thank you. %(service)s: %(stands)s.") % {
        "service": service.name,
        "stands": told(sentence(service, today())),
    }


def _refused(form: Form, fault: Invalid, service_id: UUID) -> Form:
    """Several services stand on one page: a field is named after its service."""
    names = {name: f"{name}-{service_id}" for name in _FIELDS}
    day = names["full_until_day"]
    others = {"full_until": day, "full_until_month": day, "full_until_year": day, "capacity": "maincontent"}
    return form.refused(fault, names=names | others)


def _services_page(form: Form, *, wrong: UUID | None = None) -> Response:
    found = dials.list_services(database(), actor(), words=_asked(), page=page_number())
    return render(
        "services.html",
        form=form,
        found=found,
        asked=_asked(),
        rest=_place_in_list(),
        wrong=wrong,
        today=today(),
        stands=sentence,
        positions=CAPACITY_WORDS,
        stale_before=entry_checks.stale_before(today()),
        longest_words=entry_checks.LONGEST_WORDS,
    )


def _dial_page(code: str, form: Form) -> Response:
    link = links.look(database(), code, purpose=dials.DIAL)
    listed = finding.get_listed(database(), link.subject_id)
    return render(
        "dial.html",
        form=form,
        listed=listed,
        code=code,
        positions=CAPACITY_WORDS,
        ends=link.expires_at,
        help_phone=linked.help_phone(),
    )
