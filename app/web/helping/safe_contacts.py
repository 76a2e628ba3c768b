"""Who of a group gets safe links: the group's own page, and the steward's with who was verified, when and how."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid
from app.domain.safe_links import VERIFIED_HOW, ChannelKind, name_problems
from app.domain.vocabulary import Role
from app.services.by_link import safe_contacts
from app.services.by_link.safe_contacts import NewHelper
from app.services.by_link.safe_link_post import is_carried
from app.web.frame.forms import Form, FormSchema, choice, judged, load
from app.web.frame.guard import actor, database, requires, runtime, today
from app.web.frame.page import render

pages = Blueprint("safe_contacts", __name__)
KIND_WORDS: dict[str, str] = {
    ChannelKind.TEXT: "By text to a mobile",
    ChannelKind.EMAIL: "By e-mail to another address",
}
_NO_DAY = "Enter the day as numbers, for example 12 3 2026."
_PARTS = ("year", "month", "day")


class HelperForm(FormSchema):
    """Who gets links, and by which two channels."""

    name = fields.String(load_default="", validate=judged(lambda typed: name_problems(typed, "name")))
    link_to = fields.String(load_default="", validate=judged(safe_contacts.link_problems))
    code_kind = choice(KIND_WORDS, "Choose how the six digits reach them.")
    code_phone = fields.String(load_default="")
    code_email = fields.String(load_default="")


class VerifyForm(FormSchema):
    """When and how somebody made sure."""

    how = choice(VERIFIED_HOW, "Choose how you made sure.")


@pages.get("/safe-links")
@requires(Role.STEWARD)
def waiting() -> Response:
    """Show the helpers of all groups who wait for the steward."""
    return render("safe_contacts_waiting.html", found=safe_contacts.list_waiting(database(), actor()))


@pages.get("/organisations/<uuid:organisation_id>/safe-links")
@requires(Role.PROVIDER, Role.STEWARD)
def helpers(organisation_id: UUID) -> Response:
    """Show who of a group gets links."""
    return _page(organisation_id, Form())


@pages.post("/organisations/<uuid:organisation_id>/safe-links")
@requires(Role.PROVIDER, Role.STEWARD)
def add(organisation_id: UUID) -> AnyResponse:
    """Add a helper."""
    form = Form(request.form)
    try:
        typed = load(HelperForm(), form)
        kind = ChannelKind(typed["code_kind"])
        code_to = typed["code_phone" if kind is ChannelKind.TEXT else "code_email"]
        told = NewHelper(typed["name"], typed["link_to"], kind, code_to)
        safe_contacts.add_helper(database(), actor(), organisation_id, told, runtime().ways_promised)
    except Invalid as fault:
        return _page(organisation_id, form.refused(fault))
    return _back(
        organisation_id, "The helper is added. Links go to them once the steward has verified both addresses."
    )


@pages.post("/organisations/<uuid:organisation_id>/safe-links/off")
@requires(Role.PROVIDER, Role.STEWARD)
def switch_off(organisation_id: UUID) -> AnyResponse:
    """Switch a group's links off."""
    safe_contacts.switch(database(), actor(), organisation_id, off=True)
    return _back(organisation_id, "Safe links are off. Every link that was sent has ended.")


@pages.post("/organisations/<uuid:organisation_id>/safe-links/on")
@requires(Role.PROVIDER, Role.STEWARD)
def switch_on(organisation_id: UUID) -> AnyResponse:
    """Switch a group's links on again."""
    safe_contacts.switch(database(), actor(), organisation_id, off=False)
    return _back(organisation_id, "Safe links are on. The next offer comes with a link.")


@pages.get("/organisations/<uuid:organisation_id>/safe-links/<uuid:helper_id>/remove")
@requires(Role.PROVIDER, Role.STEWARD)
def ask_remove(organisation_id: UUID, helper_id: UUID) -> Response:
    """Ask whether a helper is really to be removed."""
    helper = safe_contacts.get_helper(database(), actor(), organisation_id, helper_id)
    return render("safe_contacts_remove.html", helper=helper)


@pages.post("/organisations/<uuid:organisation_id>/safe-links/<uuid:helper_id>/remove")
@requires(Role.PROVIDER, Role.STEWARD)
def remove(organisation_id: UUID, helper_id: UUID) -> AnyResponse:
    """Remove a helper."""
    safe_contacts.remove_helper(database(), actor(), organisation_id, helper_id)
    return _back(organisation_id, "The helper is removed. Their links have ended.")


@pages.get("/organisations/<uuid:organisation_id>/safe-links/<uuid:helper_id>/verify")
@requires(Role.STEWARD)
def ask_verify(organisation_id: UUID, helper_id: UUID) -> Response:
    """Ask when and how the steward made sure of both addresses."""
    return _verify_page(organisation_id, helper_id, Form())


@pages.post("/organisations/<uuid:organisation_id>/safe-links/<uuid:helper_id>/verify")
@requires(Role.STEWARD)
def verify(organisation_id: UUID, helper_id: UUID) -> AnyResponse:
    """Write down when and how the steward made sure."""
    form = Form(request.form)
    try:
        how = load(VerifyForm(), form)["how"]
        _check_carried(organisation_id, helper_id)
        safe_contacts.verify(database(), actor(), organisation_id, helper_id, on=_day(form), how=how)
    except Invalid as fault:
        return _verify_page(organisation_id, helper_id, form.refused(fault))
    return _back(organisation_id, "Both addresses are verified. Links go to them from now on.")


@pages.post("/organisations/<uuid:organisation_id>/safe-links/<uuid:helper_id>/unlock")
@requires(Role.STEWARD)
def unlock(organisation_id: UUID, helper_id: UUID) -> AnyResponse:
    """Let a helper use links again."""
    safe_contacts.unlock(database(), actor(), organisation_id, helper_id)
    return _back(organisation_id, "They can use links again.")


def _page(organisation_id: UUID, form: Form) -> Response:
    found = safe_contacts.list_helpers(database(), actor(), organisation_id)
    ways = runtime().ways_promised
    kinds = {kind: words for kind, words in KIND_WORDS.items() if is_carried(ChannelKind(kind), ways)}
    words: dict[str, Any] = {"kinds": kinds, "hows": VERIFIED_HOW}
    return render("safe_contacts.html", form=form, found=found, **words)


def _check_carried(organisation_id: UUID, helper_id: UUID) -> None:
    ways = runtime().ways_promised
    safe_contacts.check_can_be_verified(database(), actor(), organisation_id, helper_id, ways)


def _verify_page(organisation_id: UUID, helper_id: UUID, form: Form) -> Response:
    helper = safe_contacts.get_helper(database(), actor(), organisation_id, helper_id)
    return render("safe_contacts_verify.html", form=form, helper=helper, hows=VERIFIED_HOW, today=today())


def _day(form: Form) -> date:
    try:
        return date(*(int(form.value(f"on_{part}")) for part in _PARTS))
    except (ValueError, OverflowError):
        raise Invalid([FieldProblem("on_day", _NO_DAY)]) from None


def _back(organisation_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/organisations/{organisation_id}/safe-links", 303)
