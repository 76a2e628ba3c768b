"""A forgotten password, and the page behind the link by which one is set: also the first of who was invited."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.services.signing_in import own_sessions, passwords, staff_stewards
from app.services.signing_in.passwords import SHORTEST
from app.web.accounts.people_words import ASKED_WORDS, ROLE_WORDS
from app.web.frame import guard, slowing
from app.web.frame.forms import Form, FormSchema, Password, load
from app.web.frame.guard import EVERYBODY, actor, database, find_signed_in, public, requires
from app.web.frame.linked import by_link
from app.web.frame.page import render

pages = Blueprint("passwords", __name__)
_TWICE = "Type the same password twice."


class ForgottenForm(FormSchema):
    """A user name or an e-mail address."""

    named = fields.String(
        required=True, error_messages={"required": "Enter your user name or your e-mail address."}
    )


class NewPasswordForm(FormSchema):
    """A new password, twice; spaces count where they stand."""

    password = Password(required=True, error_messages={"required": "Enter a new password."})
    again = Password(required=True, error_messages={"required": _TWICE})


class ChangeForm(NewPasswordForm):
    """The password now, and a new one."""

    now = Password(required=True, error_messages={"required": "Enter the password that you have now."})


@pages.get("/forgotten-password")
@public
def ask() -> Response:
    """Ask whose password is forgotten."""
    return render("account/forgotten.html", form=Form())


@pages.post("/forgotten-password")
@public
def send() -> Response:
    """Send a link if there is somebody to send it to; the answer is the same for everybody."""
    form = Form(request.form)
    try:
        named = load(ForgottenForm(), form)["named"]
    except Invalid as fault:
        return render("account/forgotten.html", form=form.refused(fault))
    slowing.count(paces.FORGOTTEN_FROM_ADDRESS, slowing.address())
    slowing.count(paces.FORGOTTEN_NAME, named.casefold()[:200])
    passwords.ask_for_link(database(), named)
    return render("account/forgotten_sent.html")


@pages.get("/set-password/<code>")
@public
@by_link
def show_link(code: str) -> Response:
    """Ask for a new password; looking uses nothing up."""
    return _set_page(Form(), passwords.look(database(), code))


@pages.post("/set-password/<code>")
@public
@by_link
def set_by_link(code: str) -> AnyResponse:
    """Set it, once."""
    form = Form(request.form)
    try:
        passwords.set_by_link(database(), code, _new(load(NewPasswordForm(), form)))
    except Invalid as fault:
        return _set_page(Form(problems=form.refused(fault).problems), passwords.look(database(), code))
    flash("Your password is set. Sign in with it now.")
    return redirect("/sign-in", 303)


@pages.get("/account/password")
@requires(*EVERYBODY)
def show_change() -> Response:
    """Ask for the password now and a new one."""
    return render("account/password.html", form=Form(), shortest=SHORTEST)


@pages.post("/account/password")
@requires(*EVERYBODY)
def change() -> AnyResponse:
    """Change it; everywhere else one is signed out."""
    slowing.count(paces.CONFIRMING, str(actor().user_id))
    form, signed_in = Form(request.form), find_signed_in()
    session = signed_in.account.session if signed_in else None
    try:
        typed = load(ChangeForm(), form)
        if session is None:
            raise Invalid([FieldProblem("now", "Sign in again first.")])
        passwords.change_own(database(), actor(), session.id, now=typed["now"], new=_new(typed))
    except Invalid as fault:
        # What was typed is a secret: it is not sent back.
        refused = Form(problems=form.refused(fault).problems)
        return render("account/password.html", form=refused, shortest=SHORTEST)
    flash("Your password is changed. Everywhere else you are signed out.")
    return redirect("/account", 303)


@pages.get("/account")
@requires(*EVERYBODY)
def account() -> Response:
    """Show how one signs in, and where one is signed in."""
    sessions = own_sessions.list_own(database(), actor())
    return render(
        "account/account.html",
        sessions=sessions,
        ways_elsewhere=guard.runtime().openid,
        changes=staff_stewards.list_own(database(), actor()),
        asked=ASKED_WORDS,
        roles=ROLE_WORDS,
    )


@pages.post("/account/changes/<uuid:grant_id>")
@requires(*EVERYBODY)
def decide_change(grant_id: UUID) -> AnyResponse:
    """Say yes or no to what a steward asked for of one's own account."""
    granted, signed_in = request.form.get("granted") == "yes", find_signed_in()
    if signed_in is None or signed_in.account.session is None:
        raise NotFound
    session_id = signed_in.account.session.id
    try:
        staff_stewards.decide_own(database(), actor(), session_id, grant_id, granted=granted)
    except Conflict as fault:
        flash(fault.sentence)
        return redirect("/account", 303)
    flash("You said yes: it is done." if granted else "It stays as it is.")
    return redirect("/account", 303)


@pages.post("/account/sessions/<uuid:session_id>/end")
@requires(*EVERYBODY)
def end_session(session_id: UUID) -> AnyResponse:
    """Sign out somewhere else."""
    own_sessions.end(database(), actor(), session_id)
    flash("You are signed out there.")
    return redirect("/account", 303)


@pages.post("/account/sessions/end-others")
@requires(*EVERYBODY)
def end_others() -> AnyResponse:
    """Sign out everywhere else."""
    signed_in = find_signed_in()
    if signed_in is not None and signed_in.account.session is not None:
        own_sessions.end_others(database(), actor(), signed_in.account.session.id)
    flash("You are signed out everywhere else.")
    return redirect("/account", 303)


def _new(typed: dict[str, str]) -> str:
    if typed["password"] != typed["again"]:
        raise Invalid([FieldProblem("again", _TWICE)])
    return typed["password"]


def _set_page(form: Form, username: str) -> Response:
    return render("account/set_password.html", form=form, username=username, shortest=SHORTEST)
