"""The door of a safe link: a neutral page, six digits, then the provider's own pages for one offer and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid
from app.domain.safe_links import CODE_DIGITS, MOST_CODES, masked
from app.domain.vocabulary import Role
from app.services.by_link import safe_links
from app.services.by_link.safe_link_post import NotCarried
from app.services.by_link.safe_visits import ByLink
from app.services.messages.links import LinkGone, TooOften
from app.services.signing_in import sign_in
from app.web.frame import guard, linked
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, find_signed_in, public, requires, runtime
from app.web.frame.page import render

pages = Blueprint("safe_links", __name__)
View = Callable[..., Any]


def _quietly(view: View) -> View:
    """Let no other site learn the address, and show one page for every link that does not work."""

    @wraps(view)
    def wrapper(**parts: Any) -> AnyResponse:
        try:
            response: AnyResponse = view(**parts)
        except (LinkGone, TooOften) as fault:
            response = _gone(fault, parts.get("code"))
        except NotCarried as fault:
            response = _no_digits(fault)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapper


@pages.get("/offer-link/<code>")
@public
@_quietly
def ask(code: str) -> Response:
    """Show a button and nothing else: mail scanners follow links, and do not press buttons."""
    safe_links.look(database(), code, runtime().ways_promised)
    return render("safe_link.html", code=code, help_phone=linked.help_phone())


@pages.post("/offer-link/<code>")
@public
@_quietly
def knock(code: str) -> AnyResponse:
    """Use the link up and send the six digits; from here on the address holds no code."""
    token = safe_links.knock(database(), code, runtime().ways_promised)
    response = redirect("/by-link", 303)
    guard.give_cookie(response, token, name=guard.visit_cookie_name())
    return response


@pages.post("/offer-link/<code>/new")
@public
@_quietly
def ask_anew(code: str) -> AnyResponse:
    """Send a new link to whom the old one was sent; the answer is the same whether there was one or not."""
    safe_links.ask_anew(database(), code)
    return redirect("/by-link/sent", 303)


@pages.post("/by-link/new")
@public
@_quietly
def ask_anew_after() -> AnyResponse:
    """Send a new link to whom the link of this browser's last visit was sent; the answer is always the same."""
    safe_links.ask_anew_after(database(), _token())
    return redirect("/by-link/sent", 303)


@pages.get("/by-link/sent")
@public
@_quietly
def sent() -> Response:
    """Say where a new link would be, if there is anything left to see."""
    return render("safe_link_sent.html", help_phone=linked.help_phone())


@pages.get("/by-link")
@public
@_quietly
def ask_code() -> Response:
    """Ask for the six digits and for a name."""
    return _code_page(Form())


@pages.post("/by-link")
@public
@_quietly
def enter() -> AnyResponse:
    """Open the offer to whoever types the digits that went to the second channel."""
    form = Form(request.form)
    try:
        token = safe_links.open_visit(
            database(), _token(), str(form.value("digits")), str(form.value("named"))
        )
    except Invalid as fault:
        return _code_page(form.refused(fault))
    session.clear()  # a form token from before belongs to nobody now
    response = redirect("/by-link/offer", 303)
    if account := request.cookies.get(guard.cookie_name()):  # one browser acts as one
        sign_in.sign_out(database(), account)
        guard.take_cookie(response)
    guard.give_cookie(response, token, name=guard.visit_cookie_name())
    return response


@pages.post("/by-link/again")
@public
@_quietly
def code_again() -> AnyResponse:
    """Send other digits."""
    safe_links.code_again(database(), _token(), runtime().ways_promised)
    flash("We have sent new digits. The ones from before do not work any more.")
    return redirect("/by-link", 303)


@pages.get("/by-link/offer")
@public
@_quietly
def offer() -> AnyResponse:
    """Lead to the one offer that the visit is for."""
    signed_in = find_signed_in()
    return redirect(
        f"/offers/{signed_in.placement_id}" if isinstance(signed_in, ByLink) else "/by-link/over", 303
    )


@pages.post("/by-link/end")
@public
@_quietly
def end() -> AnyResponse:
    """End the visit here and in the browser."""
    safe_links.end(database(), _token())
    session.clear()
    response = redirect("/by-link/over", 303)
    guard.take_cookie(response, name=guard.visit_cookie_name())
    guard.clear_browser(response)
    return response


@pages.get("/by-link/over")
@public
@_quietly
def over() -> AnyResponse:
    """Say that the visit is over, whatever ended it; nothing of anybody is shown."""
    signed_in = find_signed_in()
    if isinstance(signed_in, ByLink):
        return redirect(f"/offers/{signed_in.placement_id}", 303)
    return render(
        "safe_link_over.html",
        has_cookie=bool(_token()),
        has_kept=guard.KEPT_BY_LINK in session,
        help_phone=linked.help_phone(),
    )


@pages.post("/referrals/<uuid:referral_id>/offers/<uuid:placement_id>/safe-link")
@requires(Role.LINK_WORKER)
def send_again(referral_id: UUID, placement_id: UUID) -> AnyResponse:
    """Send a group new links to its offer."""
    sent = safe_links.send_again(database(), actor(), referral_id, placement_id)
    flash(f"A new link is on its way to {'1 helper' if sent == 1 else f'{sent} helpers'}.")
    return redirect(f"/referrals/{referral_id}", 303)


def _token() -> str:
    return request.cookies.get(guard.visit_cookie_name(), "")


def _gone(fault: LinkGone | TooOften, code: str | None) -> Response:
    return render(
        "safe_link_gone.html",
        status=fault.status,
        sentence=fault.sentence,
        code=code,
        help_phone=linked.help_phone(),
    )


def _no_digits(fault: NotCarried) -> Response:
    phone = fault.phone or linked.help_phone()
    return render("safe_link_no_digits.html", status=fault.status, help_phone=phone)


def _code_page(form: Form) -> Response:
    helper = safe_links.find_pending(database(), _token())
    return render(
        "safe_link_code.html",
        form=form,
        where=masked(helper.code_to),
        digits=CODE_DIGITS,
        most_codes=MOST_CODES,
        help_phone=linked.help_phone(),
    )
