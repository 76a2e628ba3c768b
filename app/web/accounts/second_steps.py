"""One's second step of signing in: an app for codes, passkeys, recovery codes; set up, looked at, switched off."""

from __future__ import annotations

from uuid import UUID

import segno
from flask import Blueprint, Response, flash, redirect, request
from markupsafe import Markup
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.errors import Invalid
from app.services.signing_in import passkeys, second_steps
from app.store.accounts import Sitting
from app.web.frame import guard, slowing
from app.web.frame.forms import Form, FormSchema, load
from app.web.frame.guard import EVERYBODY, actor, database, find_signed_in, requires
from app.web.frame.page import render

pages = Blueprint("second_steps", __name__)
_HOME = "/account/app"


class CodeForm(FormSchema):
    """A code of the app."""

    code = fields.String(required=True, error_messages={"required": "Enter the code that your app shows."})


@pages.get("/account/app")
@requires(*EVERYBODY)
def show() -> Response:
    """Show what there is beside the password."""
    return _page(Form())


@pages.post("/account/app/begin")
@requires(*EVERYBODY)
def begin_app() -> AnyResponse:
    """Make a secret for an app."""
    second_steps.begin_app(database(), actor())
    return redirect(_HOME, 303)


@pages.post("/account/app")
@requires(*EVERYBODY)
def confirm_app() -> AnyResponse:
    """Take the first code; from then on the app counts."""
    slowing.count(paces.WRONG_CODE, str(actor().user_id))
    form = Form(request.form)
    try:
        code = load(CodeForm(), form)["code"]
        codes = second_steps.confirm_app(database(), actor(), _session().id, code)
    except Invalid as fault:
        return _page(Form(problems=form.refused(fault).problems))
    flash("Your app is set up. From now on you need it to sign in.")
    return _told(codes)


@pages.post("/account/app/remove")
@requires(*EVERYBODY)
def remove_app() -> AnyResponse:
    """Switch the app off."""
    second_steps.remove_app(database(), actor())
    flash("Your app is switched off.")
    return redirect(_HOME, 303)


@pages.post("/account/recovery-codes")
@requires(*EVERYBODY)
def make_codes() -> AnyResponse:
    """Make new recovery codes and show them, once."""
    return _told(second_steps.new_codes(database(), actor()))


@pages.get("/account/passkey")
@requires(*EVERYBODY)
def show_passkey() -> Response:
    """Show the form for a new passkey; what a device is asked comes with the next step."""
    return render("account/passkey.html", form=Form(), asked=None)


@pages.post("/account/passkey/begin")
@requires(*EVERYBODY)
def begin_passkey() -> Response:
    """Ask the device to make a passkey."""
    asked = passkeys.ask_new(database(), actor(), _token())
    return render("account/passkey.html", form=Form(request.form), asked=asked)


@pages.post("/account/passkey")
@requires(*EVERYBODY)
def add_passkey() -> AnyResponse:
    """Keep what the device has made."""
    form = Form(request.form)
    told, name = request.form.get("made", ""), request.form.get("name", "")
    try:
        codes = passkeys.add(database(), actor(), _session().id, _token(), told=told, name=name)
    except Invalid as fault:
        return render("account/passkey.html", form=form.refused(fault), asked=None)
    flash("Your passkey is set up. From now on you need it, or a code, to sign in.")
    return _told(codes)


@pages.post("/account/passkeys/<uuid:passkey_id>/remove")
@requires(*EVERYBODY)
def remove_passkey(passkey_id: UUID) -> AnyResponse:
    """Take a passkey away."""
    passkeys.remove(database(), actor(), passkey_id)
    flash("The passkey is taken away.")
    return redirect(_HOME, 303)


def _told(codes: tuple[str, ...]) -> AnyResponse:
    return render("account/recovery_codes.html", codes=codes) if codes else redirect(_HOME, 303)


def _session() -> Sitting:
    signed_in = find_signed_in()
    if signed_in is None or signed_in.account.session is None:
        raise Invalid([])
    return signed_in.account.session


def _token() -> str:
    return request.cookies.get(guard.cookie_name(), "")


def _page(form: Form) -> Response:
    signed_in = find_signed_in()
    secret = second_steps.show_app(database(), actor())
    return render(
        "account/app.html",
        form=form,
        steps=second_steps.find_own(database(), actor()),
        secret=secret,
        picture=_picture(secret.address) if secret else None,
        owes=bool(signed_in and signed_in.owes_second_step),
    )


def _picture(address: str) -> Markup:
    """Return the address as a drawing of squares, without a style of its own."""
    drawn = segno.make(address, error="m").svg_inline(scale=4, border=4, svgclass="bs-qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - drawn by the library from an address of ours
