"""Asks who somebody is once more before what cannot be taken back: records taken along, roles, tokens, second steps."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, flash, g, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.errors import FieldProblem, Invalid
from app.services.signing_in import own_sessions, second_steps
from app.web.accounts import signing_in_elsewhere
from app.web.frame import guard, kept, slowing
from app.web.frame.forms import Form, FormSchema, Password, load
from app.web.frame.guard import EVERYBODY, actor, database, find_signed_in, requires
from app.web.frame.navigation import home_of
from app.web.frame.page import render

pages = Blueprint("step_up", __name__)
# Endpoints of the pages, without the frame's name.
SENSITIVE: Final = frozenset(
    {
        # files with people in them
        "subject_access.show",
        "cohort.report",
        "cohort.result",
        "prsb.as_rows",
        "prsb.as_document",
        "prsb.as_rows_practice",
        "prsb.as_document_practice",
        # a record that is not theirs
        "emergency_access.ask",
        "emergency_access.open_record",
        "privacy_officer.as_csv",
        # what becomes of a record for good
        "retention.propose",
        "retention.confirm",
        "retention.lift",
        # what programs sign in with
        "projects.make_token",
        # who may do what
        "people.invite",
        "people.change",
        "people.take_back",
        "people.send_link",
        "people.reset_steps",
        "people.decide",
        "passwords.decide_change",
        "people_seats.add",
        # something else to show next time: whoever sits at an open session makes it theirs
        "second_steps.begin_app",
        "second_steps.confirm_app",
        "second_steps.begin_passkey",
        "second_steps.add_passkey",
        # less to show next time
        "second_steps.remove_app",
        "second_steps.remove_passkey",
        "second_steps.make_codes",
        # another way in, or one less
        "signing_in_elsewhere.ask_to_join",
        "signing_in_elsewhere.part",
    }
)


class ConfirmForm(FormSchema):
    """A password, or a code of the app."""

    password = Password(load_default="")
    code = fields.String(load_default="")


def ask_first() -> AnyResponse | None:
    """Lead somebody who has not shown for a while who they are to the question; None when they may go on."""
    name = (request.endpoint or "").removeprefix("web.")
    signed_in = find_signed_in() if name in SENSITIVE else None
    if signed_in is None or signed_in.lapsed:
        return None
    allowed = getattr(current_app.view_functions[request.endpoint or ""], "_access", ())
    if signed_in.account.role not in allowed or signed_in.is_fresh(database().clock()):
        return None
    if request.method == "GET":
        following = request.full_path.rstrip("?")
    else:
        kept.keep()
        g.asked_first = True
        following = guard.form_page() or home_of(signed_in)
    return redirect(f"/account/confirm?next={following}", 303)


@pages.get("/account/confirm")
@requires(*EVERYBODY)
def show() -> Response:
    """Ask for the password or a code."""
    return _page(Form())


@pages.post("/account/confirm")
@requires(*EVERYBODY)
def confirm() -> AnyResponse:
    """Take it, and go on."""
    slowing.count(paces.CONFIRMING, str(actor().user_id))
    form = Form(request.form)
    signed_in = find_signed_in()
    session = signed_in.account.session if signed_in else None
    try:
        typed = load(ConfirmForm(), form)
        if session is None or not (typed["password"] or typed["code"]):
            raise Invalid([FieldProblem("password", "Enter your password.")])
        own_sessions.confirm(database(), actor(), session.id, **typed)
    except Invalid as fault:
        return _page(form.refused(fault))
    guard.runtime().limiter.forget(paces.CONFIRMING, str(actor().user_id))
    g.asked_first = True  # what was kept is still to be sent
    flash("Thank you. You can go on now.")
    return redirect(guard.safe_path(request.form.get("next")) or home_of(signed_in), 303)


def _page(form: Form) -> Response:
    following = guard.safe_path(request.values.get("next")) or ""
    steps = second_steps.find_own(database(), actor())
    ways = signing_in_elsewhere.own_ways() if guard.runtime().openid else ()
    return render("account/confirm.html", form=form, following=following, steps=steps, ways=ways)
