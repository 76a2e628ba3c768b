"""Signing in, in one step or two, and out."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, redirect, request, session
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain import paces
from app.domain.errors import FieldProblem, Invalid, NotAllowed
from app.services.signing_in import openid, passkeys, second_steps, sign_in, sign_in_news
from app.services.signing_in.sign_in_paces import Try
from app.web.accounts import demo_sign_ins, known_browser
from app.web.frame import guard, slowing
from app.web.frame.devices import device
from app.web.frame.forms import Form, FormSchema, Password, load
from app.web.frame.guard import find_signed_in, public
from app.web.frame.navigation import home_of
from app.web.frame.page import render

pages = Blueprint("signing_in", __name__)


class SignInForm(FormSchema):
    """User name and password."""

    username = fields.String(required=True, error_messages={"required": "Enter your user name."})
    password = Password(required=True, error_messages={"required": "Enter your password."})


class CodeForm(FormSchema):
    """A code of the app, or a recovery code."""

    code = fields.String(required=True, error_messages={"required": "Enter the code."})


@pages.get("/sign-in")
@public
def show() -> AnyResponse:
    """Ask who you are; whoever is signed in goes on to their work."""
    signed_in = find_signed_in()
    if signed_in:
        return redirect(_following() or home_of(signed_in))
    return _page(Form())


@pages.post("/sign-in")
@public
def enter() -> AnyResponse:
    """Take a password; a wrong name and a wrong password are answered alike. Then a session, or the second step."""
    form = Form(request.form)
    try:
        typed = load(SignInForm(), form)
        begun = _begin(typed["username"], typed["password"])
    except Invalid as fault:
        return _page(form.refused(fault))
    except NotAllowed as fault:
        return _page(form.refused(Invalid([FieldProblem("username", fault.sentence)])))
    return let_in(begun, _following())


@pages.get("/sign-in/code")
@public
def show_code() -> AnyResponse:
    """Ask for the second step."""
    return _code_page(Form()) if _waiting() else redirect("/sign-in")


@pages.post("/sign-in/code")
@public
def enter_code() -> AnyResponse:
    """Take a code of the app or a recovery code, each once."""
    waiting = _waiting()
    if waiting is None:
        return redirect("/sign-in", 303)
    slowing.count(paces.WRONG_CODE, str(waiting))
    form = Form(request.form)
    try:
        token = second_steps.complete(guard.database(), _token(), load(CodeForm(), form)["code"])
    except Invalid as fault:
        return _code_page(form.refused(fault))
    except NotAllowed as fault:
        return _wrong_code(waiting, fault)
    guard.runtime().limiter.forget(paces.WRONG_CODE, str(waiting))
    return _enter(token, _following())


@pages.post("/sign-in/passkey")
@public
def enter_passkey() -> AnyResponse:
    """Take what a passkey has signed."""
    waiting = _waiting()
    if waiting is None:
        return redirect("/sign-in", 303)
    slowing.count(paces.WRONG_CODE, str(waiting))
    try:
        token = passkeys.complete(guard.database(), _token(), request.form.get("signed", ""))
    except NotAllowed as fault:
        return _wrong_code(waiting, fault)
    guard.runtime().limiter.forget(paces.WRONG_CODE, str(waiting))
    return _enter(token, _following())


@pages.post("/sign-out")
@public
def leave() -> AnyResponse:
    """End the session here and in the browser."""
    opened_by = _opened_by()
    if _token():
        sign_in.sign_out(guard.database(), _token())
    session.clear()
    response = redirect(f"/sign-in?ended={opened_by or 1}", 303)
    guard.take_cookie(response)
    guard.clear_browser(response)
    return response


def let_in(begun: sign_in.Begun, following: str | None) -> AnyResponse:
    """Let somebody go on to their work, or to their second step."""
    if begun.waits:
        response = redirect(f"/sign-in/code?next={quote(following or '')}", 303)
        guard.give_cookie(response, begun.token)
        return response
    return _enter(begun.token, following)


def refused(sentence: str) -> Response:
    """Show the page once more, with why somebody who came from elsewhere was not signed in."""
    return _page(Form(), sentence)


def _begin(username: str, password: str) -> sign_in.Begun:
    counter = guard.runtime().limiter
    tried = Try(username, request.remote_addr or "", known_browser.mark_of(username))
    try:
        with tried.counted(counter):
            begun = sign_in.begin(
                guard.database(), username, password, device=device(request.user_agent.string)
            )
    except NotAllowed:
        sign_in_news.note_wrong_password(guard.database(), counter, username)
        raise
    leave_earlier()
    return begun


def leave_earlier() -> None:
    """End the session of whoever was signed in on this browser before."""
    if _token():
        sign_in.sign_out(guard.database(), _token())


def _enter(token: str, following: str | None) -> AnyResponse:
    kept = session.get(guard.KEPT)
    session.clear()  # a form token from before belongs to nobody now
    if kept:
        session[guard.KEPT] = kept  # opens for who typed it alone
    signed_in = sign_in.find_signed_in(guard.database(), token)
    response = redirect(following or home_of(signed_in), 303)
    guard.give_cookie(response, token)
    if signed_in is not None:
        if not known_browser.mark_of(signed_in.account.username):
            sign_in_news.tell_of_new_browser(guard.database(), signed_in.account.id)
        known_browser.remember(response, signed_in.account.username)
    return response


def _wrong_code(waiting: UUID, fault: NotAllowed) -> Response:
    sign_in_news.note_wrong_code(guard.database(), guard.runtime().limiter, waiting)
    return _code_page(Form(problems={"code": fault.sentence}))


def _opened_by() -> str | None:
    """Return the name of the provider by which somebody is signed in, None after a password."""
    providers = guard.runtime().openid
    issuer = openid.find_issuer(guard.database(), _token()) if providers and _token() else None
    return next((name for name, each in providers.items() if each.account.issuer == issuer), None)


def _left_elsewhere() -> dict[str, str] | None:
    """Return where somebody who has just left ends their session at the provider too, None where it offers nothing."""
    provider = guard.runtime().openid.get(request.args.get("ended", ""))
    address = provider.leave_address(f"{guard.database().public_url}/sign-in") if provider else None
    return {"title": provider.account.title, "address": address} if provider and address else None


def _waiting() -> UUID | None:
    return sign_in.find_waiting(guard.database(), _token()) if _token() else None


def _token() -> str:
    return request.cookies.get(guard.cookie_name(), "")


def _following() -> str | None:
    return guard.safe_path(request.values.get("next"))


def _page(form: Form, refused: str = "") -> Response:
    return render(
        "sign_in.html",
        status=403 if refused else 200,
        form=form,
        refused=refused,
        following=_following() or "",
        ended="ended" in request.args,
        elsewhere=_left_elsewhere(),
        ways=[each.account for each in guard.runtime().openid.values()],
        demo=demo_sign_ins.listed(),
    )


def _code_page(form: Form) -> Response:
    asked = passkeys.ask_waiting(guard.database(), _token())
    return render("account/code.html", form=form, following=_following() or "", asked=asked)
