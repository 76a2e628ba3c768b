"""Who has an account: the steward's page of everybody, and a group's own page of its helpers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.errors import Conflict, Invalid
from app.domain.vocabulary import Role
from app.services.signing_in import seats, seats_here, staff, staff_stewards
from app.services.signing_in.staff import LONGEST_NAME, Invitation
from app.services.watching.set_up import ROLES_OF
from app.store.staff import StaffMember
from app.web.accounts.people_words import ASKED_WORDS, ROLE_WORDS
from app.web.frame import slowing
from app.web.frame.forms import Form, FormSchema, choice, judged, load, words
from app.web.frame.guard import actor, database, find_signed_in, requires
from app.web.frame.page import render

pages = Blueprint("people", __name__)
_PICK = "Choose an organisation."
_WAITS = "This waits for a second word: see the top of this page."


def _address() -> fields.String:
    return fields.String(
        required=True,
        validate=judged(staff.address_problems),
        error_messages={"required": "Write their e-mail address."},
    )


class InvitationForm(FormSchema):
    """Whom to invite, as what."""

    full_name = words("The name", longest=LONGEST_NAME, missing="Write their name.")
    email = _address()
    organisation_id = fields.UUID(required=True, error_messages={"required": _PICK, "invalid_uuid": _PICK})
    role = choice(ROLE_WORDS, "Choose what they do.")
    manages = fields.Boolean(load_default=False)


class ChangeForm(FormSchema):
    """What somebody does from now on."""

    email = _address()
    role = choice(ROLE_WORDS, "Choose what they do.")
    manages = fields.Boolean(load_default=False)


@pages.get("/people")
@requires(Role.STEWARD, Role.PROVIDER)
def show() -> Response:
    """Show who has an account, and what waits for a second steward."""
    return render(
        "people/people.html",
        found=staff.list_seen(database(), actor()),
        holders=seats_here.list_here(database(), actor()),
        grants=staff_stewards.list_waiting(database(), actor()) if _is_steward() else (),
        mine=actor().user_id,
        asked=ASKED_WORDS,
        roles=ROLE_WORDS,
        is_steward=_is_steward(),
    )


@pages.get("/people/invite")
@requires(Role.STEWARD, Role.PROVIDER)
def show_invite() -> Response:
    """Ask whom to invite."""
    staff.list_seen(database(), actor())
    return _invite_page(Form())


@pages.post("/people/invite")
@requires(Role.STEWARD, Role.PROVIDER)
def invite() -> AnyResponse:
    """Make the account and send the link."""
    form = Form(request.form)
    try:
        typed = load(InvitationForm(), form)
        slowing.count(paces.INVITING, str(actor().user_id))
        invited = staff.invite(database(), actor(), Invitation(**{**typed, "role": Role(typed["role"])}))
    except Invalid as fault:
        return _invite_page(form.refused(fault))
    if invited.role is Role.STEWARD:
        flash("This waits for another steward, who has to say yes. Then the link goes out.")
    else:
        flash(f"A link is on its way. Their user name is {invited.username}.")
    return redirect("/people", 303)


@pages.get("/people/<uuid:user_id>")
@requires(Role.STEWARD, Role.PROVIDER)
def one(user_id: UUID) -> Response:
    """Show one account and what can be done."""
    return one_page(user_id, Form())


@pages.post("/people/<uuid:user_id>")
@requires(Role.STEWARD)
def change(user_id: UUID) -> AnyResponse:
    """Change what somebody does, from their next page on."""
    form = Form(request.form)
    try:
        typed = load(ChangeForm(), form)
        waits = staff.change(
            database(), actor(), user_id, Role(typed["role"]), email=typed["email"], manages=typed["manages"]
        )
    except Invalid as fault:
        return one_page(user_id, form.refused(fault))
    except Conflict as fault:
        return one_page(user_id, Form(form.typed, {"role": fault.sentence}))
    flash(_WAITS if waits else "It counts from their next page on.")
    return redirect("/people", 303)


@pages.post("/people/<uuid:user_id>/send-link")
@requires(Role.STEWARD, Role.PROVIDER)
def send_link(user_id: UUID) -> AnyResponse:
    """Send a new link to set a password."""
    slowing.count(paces.INVITING, str(actor().user_id))
    return _done(
        user_id, lambda: staff.send_link_again(database(), actor(), user_id), "A new link is on its way."
    )


@pages.get("/people/<uuid:user_id>/end")
@requires(Role.STEWARD, Role.PROVIDER)
def ask_end(user_id: UUID) -> Response:
    """Ask once more before an account ends."""
    return render("people/end.html", person=staff.get_seen(database(), actor(), user_id))


@pages.post("/people/<uuid:user_id>/end")
@requires(Role.STEWARD, Role.PROVIDER)
def end(user_id: UUID) -> AnyResponse:
    """End an account at once."""
    try:
        cases = staff.end(database(), actor(), user_id)
    except Conflict as fault:
        return one_page(user_id, Form(problems={"maincontent": fault.sentence}))
    if cases is None:
        flash(f"They are signed out everywhere. {_WAITS}")
        return redirect("/people", 303)
    told = f" {cases} open referrals went to their team's duty." if cases else ""
    flash(f"The account has ended. They are signed out everywhere.{told}")
    return redirect("/people", 303)


@pages.post("/people/<uuid:user_id>/take-back")
@requires(Role.STEWARD, Role.PROVIDER)
def take_back(user_id: UUID) -> AnyResponse:
    """Let somebody in again, with a new password."""
    return _done(
        user_id,
        lambda: staff.take_back(database(), actor(), user_id),
        "They can come back: with a link to a new password, or, for a steward, once another steward has said yes.",
    )


@pages.post("/people/<uuid:user_id>/reset-steps")
@requires(Role.STEWARD)
def reset_steps(user_id: UUID) -> AnyResponse:
    """Switch off the second step of somebody who lost their telephone."""
    try:
        waits = staff.reset_steps(database(), actor(), user_id)
    except (Conflict, Invalid) as fault:
        return one_page(user_id, Form(problems={"maincontent": fault.sentence}))
    flash(_WAITS if waits else "Their second step is switched off, and they are signed out everywhere.")
    return redirect("/people", 303)


@pages.post("/people/grants/<uuid:grant_id>")
@requires(Role.STEWARD)
def decide(grant_id: UUID) -> AnyResponse:
    """Say the second steward's word."""
    granted = request.form.get("granted") == "yes"
    try:
        staff_stewards.decide(database(), actor(), grant_id, granted=granted)
    except Conflict as fault:
        flash(fault.sentence)
        return redirect("/people", 303)
    flash("You said yes: it is done." if granted else "It will not be done.")
    return redirect("/people", 303)


def _done(user_id: UUID, act: Callable[[], None], said: str) -> AnyResponse:
    try:
        act()
    except (Conflict, Invalid) as fault:
        return one_page(user_id, Form(problems={"maincontent": fault.sentence}))
    flash(said)
    return redirect("/people", 303)


def _is_steward() -> bool:
    return actor().role is Role.STEWARD


def _invite_page(form: Form) -> Response:
    signed_in = find_signed_in()
    own = signed_in.organisation if signed_in else None
    homes = [(own.id, own.name)] if own and not _is_steward() else staff.list_homes(database(), actor())
    roles = ROLE_WORDS if _is_steward() else {Role.PROVIDER.value: ROLE_WORDS[Role.PROVIDER.value]}
    return render("people/invite.html", form=form, homes=homes, roles=roles, is_steward=_is_steward())


def one_page(user_id: UUID, form: Form) -> Response:
    """Return the page of one account."""
    person: StaffMember = staff.get_seen(database(), actor(), user_id)
    offered = {role.value: ROLE_WORDS[role.value] for role in ROLES_OF[person.organisation_kind]}
    return render(
        "people/one.html",
        form=form,
        person=person,
        roles=offered,
        is_steward=_is_steward(),
        is_me=actor().user_id == user_id,
        **_seats(user_id),
    )


def _seats(user_id: UUID) -> dict[str, Any]:
    """For whom they act too, and could: the steward's to say."""
    if not _is_steward():
        return {}
    return {
        "seats": seats.list_of(database(), actor(), user_id),
        "seat_places": seats.list_places(database(), actor(), user_id),
        "all_roles": ROLE_WORDS,
    }
