"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, session
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import FieldProblem, Invalid, NotAllowed
from app.services import sign_in
from app.web import guard
from app.web.forms import Form, FormSchema, load
from app.web.guard import find_signed_in, public
from app.web.navigation import home_of
from app.web.page import render

pages = Blueprint("signing_in", __name__)


class SignInForm(FormSchema):
    """User name and password."""

    username = fields.String(required=True, error_messages={"required": "Enter your user name."})
    password = fields.String(required=True, error_messages={"required": "Enter your password."})


@pages.get("/sign-in")
@public
def show() -> AnyResponse:
    """Ask who you are; whoever is signed in goes on to their work."""
    signed_in = find_signed_in()
    if signed_in:
        return redirect(guard.safe_path(request.args.get("next")) or home_of(signed_in))
    return _page(Form())


@pages.post("/sign-in")
@public
def enter() -> AnyResponse:
    """Open a session; a wrong name and a wrong password are answered alike."""
    form = Form(request.form)
    try:
        typed = load(SignInForm(), form)
        token = sign_in.sign_in(guard.database(), typed["username"], typed["password"])
    except Invalid as fault:
        return _page(form.refused(fault))
    except NotAllowed as fault:
        return _page(form.refused(Invalid([FieldProblem("username", fault.sentence)])))
    session.clear()  # a form token from before belongs to nobody now
    signed_in = sign_in.find_signed_in(guard.database(), token)
    response = redirect(guard.safe_path(request.form.get("next")) or home_of(signed_in), 303)
    guard.give_cookie(response, token)
    return response


@pages.post("/sign-out")
@public
def leave() -> AnyResponse:
    """End the session here and in the browser."""
    token = request.cookies.get(guard.cookie_name())
    if token:
        sign_in.sign_out(guard.database(), token)
    session.clear()
    response = redirect("/sign-in?ended=1", 303)
    guard.take_cookie(response)
    return response


def _page(form: Form) -> Response:
    following = guard.safe_path(request.values.get("next")) or ""
    return render("sign_in.html", form=form, following=following, ended="ended" in request.args)
