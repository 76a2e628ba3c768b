"""The door of people's own pages: a link, a date of birth and six digits, once a visit; one sentence for all failing.

Whoever signed in instead (`my_sign_in`) comes by the word SIGNED_IN in place of a code; theirs is in a cookie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial, wraps
from typing import Any, Final

from flask import Blueprint, Response, g, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from app.domain.own_codes import asks_for_digits, digits_of
from app.runtime import SignInProvider
from app.services.own import own_answers, own_visits, person_links, person_sign_in
from app.services.own.person_links import CHECK_IN, FOLLOW_UP, PROGRESS, NotOpened
from app.store.person_links import PersonLink
from app.web.frame import guard, linked
from app.web.frame.forms import Form
from app.web.frame.guard import database, public
from app.web.frame.page import render

pages = Blueprint("my_door", __name__)
ELSEWHERE: Final = "https://www.bbc.co.uk/weather"  # where the quick way out leads: a page that tells nothing
STARTS: Final = {PROGRESS: "progress", FOLLOW_UP: "answers", CHECK_IN: "arrived"}
SIGNED_IN: Final = "signed-in"  # where a code stands in the addresses of others
UNREADABLE: Final = "Enter a real date of birth, such as 27 3 1951."
NO_DIGITS: Final = "Enter the six digits that we gave you for this link."
_VISIT: Final = "my_visit"
_BORN: Final = ("born_day", "born_month", "born_year")

View = Callable[..., Any]


def by_own_link(*purposes: str) -> Callable[[View], View]:
    """Show a view, which is called as view(code, link, …), to whoever has opened the link in this visit.

    Everybody else is asked for the date of birth first, and a link of another purpose is led to its own page.
    """

    def guarded(view: View) -> View:
        @wraps(view)
        def wrapper(code: str, **parts: Any) -> AnyResponse:
            link = _opened(code)
            if link is None:
                return quietly(redirect("/my?over" if code == SIGNED_IN else f"/my/{code}", 303))
            if link.purpose not in purposes:
                return quietly(redirect(_start(code, link), 303))
            g.own_carers, g.own_signed_in = link.is_carers, link.is_signed_in
            g.own_alert = partial(own_answers.is_alerted, database(), link)  # asked by the pages' frame
            return quietly(view(code, link, **parts))

        return wrapper

    return guarded


def the_person_alone(view: View) -> View:
    """Show a view behind a link to the person themselves: what they decide, nobody decides for them by a link."""

    @wraps(view)
    def wrapper(code: str, link: PersonLink, **parts: Any) -> AnyResponse:
        if link.is_carers:
            return render("my/person_alone.html", status=403, code=code, help_phone=linked.help_phone())
        response: AnyResponse = view(code, link, **parts)
        return response

    return wrapper


def quietly(response: AnyResponse) -> AnyResponse:
    """Let no other site learn the address, which is half of the key."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@pages.get("/my/<code>")
@public
def ask(code: str) -> AnyResponse:
    """Ask for the date of birth, in the same words whether there is such a link or not; nothing is sent to anybody.

    Six digits are asked too where the address is of the shape of a link that has some.
    """
    link = _opened(code)
    if link is not None:
        return quietly(redirect(_start(code, link), 303))
    return quietly(redirect("/my", 303)) if code == SIGNED_IN else _door(code, Form())


@pages.post("/my/<code>")
@public
def open_door(code: str) -> AnyResponse:
    """Open the page for whoever knows the date of birth, and the six digits where there are some."""
    form = Form(request.form)
    birth_date, digits = _born(form), digits_of(str(form.value("digits"))) or ""
    wrong = {} if birth_date else {"born_day": UNREADABLE}
    wrong |= {"digits": NO_DIGITS} if asks_for_digits(code) and not digits else {}
    if wrong:  # nothing was tried, and nothing is said of the link
        return _door(code, Form(form.typed, wrong), status=422)
    try:
        link = person_links.open_link(database(), code, birth_date, digits)
    except NotOpened as fault:
        return _door(code, Form(form.typed, {"born_day": fault.sentence}), status=fault.status)
    _begin(link)
    return quietly(redirect(_start(code, link), 303))


@pages.get("/my/<code>/leave")
@public
def leave(code: str) -> AnyResponse:
    """End the visit and show a page that tells nothing: going back asks for the date of birth, or the sign-in, again.

    A GET, because our policy lets no form lead to another site; whoever is led here by others only ends a visit.
    """
    response = quietly(redirect(ELSEWHERE, 303))
    own_visits.end(database(), _visit(), _secret(code))
    session.pop(_VISIT, None)
    if code == SIGNED_IN:
        end_visit()
        guard.take_cookie(response, name=_cookie_name())
    guard.clear_browser(response)
    return response


def ways() -> Sequence[SignInProvider]:
    """Return by which providers people can sign in to their own page."""
    return list(guard.runtime().residents_openid.values())


def begin_visit(response: AnyResponse, token: str, link: PersonLink) -> None:
    """Let this browser go on as whoever signed in; the secret stands in no address."""
    guard.give_cookie(response, token, name=_cookie_name())
    _begin(link)


def end_visit() -> None:
    """End what this browser's secret opens, if it opens anything."""
    token = request.cookies.get(_cookie_name())
    if token:
        person_sign_in.leave(database(), token)


def _cookie_name() -> str:
    return "__Host-own" if guard.runtime().settings.cookies_are_secure else "own"


def _opened(code: str) -> PersonLink | None:
    try:
        link = own_visits.step(database(), _visit(), _secret(code))
    except NotOpened:
        return None
    if link.is_signed_in != (code == SIGNED_IN):
        return None  # the secret of a visit opens nothing as an address, nor a link's code as a cookie
    return link


def _begin(link: PersonLink) -> None:
    session[_VISIT] = own_visits.begin(database(), link, instead_of=_visit())


def _visit() -> str:
    """The secret of the visit in this browser; the database says whether it opens anything."""
    kept = session.get(_VISIT)
    return kept if isinstance(kept, str) else ""


def _secret(code: str) -> str:
    return request.cookies.get(_cookie_name(), "") if code == SIGNED_IN else code


def _start(code: str, link: PersonLink) -> str:
    return f"/my/{code}/{STARTS[link.purpose]}"


def _born(form: Form) -> date | None:
    try:
        day, month, year = (int(form.value(part)) for part in _BORN)
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _door(code: str, form: Form, *, status: int = 200) -> AnyResponse:
    told: dict[str, Any] = {"ways": ways(), "help_phone": linked.help_phone(), "coded": asks_for_digits(code)}
    page: Response = render("my/door.html", status=status, form=form, code=code, **told)
    return quietly(page)
