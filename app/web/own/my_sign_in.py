"""Signing in to one's own page by NHS login, where the place has set it up: there, back, and out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import NotFound
from app.domain.referral import Referral
from app.domain.wording import worded, worded_all
from app.runtime import SignInProvider
from app.services.own import person_sign_in
from app.services.own.person_links import PROGRESS
from app.services.own.person_sign_in import NoPage, Rules
from app.services.signing_in.openid_tokens import LEEWAY, Shown
from app.store.person_links import PersonLink
from app.web.accounts import asked_elsewhere
from app.web.accounts.asked_elsewhere import THERE, NotAnswered, Why
from app.web.frame import guard, linked
from app.web.frame.guard import database, public
from app.web.frame.page import render
from app.web.own import my_door
from app.web.own.my_door import SIGNED_IN, by_own_link, quietly

pages = Blueprint("my_sign_in", __name__)
_ASKED: Final = "asked_for_my"  # in the form's cookie: what was asked, so that only its own answer counts
_ANEW: Final = {"prompt": "login"}  # whoever signed in on this telephone before is not let in by that
_START: Final = f"/my/{SIGNED_IN}/progress"
_SAID: Final[Mapping[str, str]] = worded_all(
    {
        Why.FAILED: "%(title)s does not work just now. Try again later, or use one of the other ways.",
        Why.STOPPED: "%(title)s did not sign you in. You can try again, or use one of the other ways.",
        Why.LOST: "That took too long, or it was begun on another telephone or computer. Please try again.",
    }
)
_OVER: Final = worded("You have left your page, or it was open for a long time. To go on, open it again.")


@pages.get("/my")
@public
def show() -> AnyResponse:
    """Tell how people open their own page."""
    told: dict[str, Any] = {"said": _said(), "ways": my_door.ways(), "help_phone": linked.help_phone()}
    return quietly(render("my/start.html", code=SIGNED_IN, **told))


@pages.get("/my/not-opened")
@public
def not_opened() -> AnyResponse:
    """Tell whoever has signed in and has no page here what they can do, in the same words for every reason."""
    return quietly(render("my/no_page.html", code=SIGNED_IN, help_phone=linked.help_phone()))


@pages.get("/my/sign-in/<way>")
@public
def ask(way: str) -> AnyResponse:
    """Lead a browser to a provider; nothing is kept but what it must bring back."""
    try:
        return _way(_provider_named(way)).go({}, **_ANEW)
    except NotAnswered as fault:
        return _start_again(way, fault.why)


@pages.get("/my/sign-in/<way>/back")
@public
def come_back(way: str) -> AnyResponse:
    """Take a provider's answer; without the question that this browser was sent with it changes nothing.

    Every end leads on, so that no page stands under an address with a code in it.
    """
    provider = _provider_named(way)
    there = _way(provider)
    try:
        shown = there.read_answer(there.take_question())
        if _is_stale(shown):
            raise NotAnswered(Why.FAILED)
        account = provider.account
        token, link = person_sign_in.sign_in(database(), shown, Rules(account.claims, account.proved_by))
    except NotAnswered as fault:
        return _start_again(way, fault.why)
    except NoPage:
        return quietly(redirect("/my/not-opened", 303))
    return _let_in(token, link)


@pages.get("/my/<code>/requests")
@public
@by_own_link(PROGRESS)
def others(code: str, link: PersonLink) -> Response:
    """Show the other referrals of whoever signed in; a link is for one."""
    return render("my/requests.html", code=code, found=_others(link), help_phone=linked.help_phone())


@pages.post("/my/<code>/requests/<uuid:referral_id>")
@public
@by_own_link(PROGRESS)
def turn_to(code: str, link: PersonLink, referral_id: UUID) -> AnyResponse:  # noqa: ARG001 - part of every address here
    """Go on with another referral of one's own."""
    if not link.is_signed_in:
        raise NotFound
    token, turned = person_sign_in.turn_to(database(), link, referral_id)
    response = _let_in(token, turned)
    flash(worded("This is the page of the request that you chose."))
    return response


def _others(link: PersonLink) -> Sequence[Referral]:
    if not link.is_signed_in:
        raise NotFound
    return person_sign_in.list_others(database(), link)


def _let_in(token: str, link: PersonLink) -> AnyResponse:
    """Begin a visit in this browser, and end the one that was open in it before."""
    my_door.end_visit()
    session.clear()  # a form token from before belongs to nobody now
    response = quietly(redirect(_START, 303))
    my_door.begin_visit(response, token, link)
    return response


def _is_stale(shown: Shown) -> bool:
    """Tell whether they showed there who they are before they were asked to, where the provider says when."""
    return shown.shown_at is not None and database().clock() - shown.shown_at > THERE + LEEWAY


def _provider_named(name: str) -> SignInProvider:
    found = guard.runtime().residents_openid.get(name)
    if found is None:
        raise NotFound
    return found


def _way(provider: SignInProvider) -> asked_elsewhere.Way:
    back = f"{database().public_url}/my/sign-in/{provider.account.name}/back"
    return asked_elsewhere.Way(provider, back, _ASKED)


def _start_again(way: str, why: Why) -> AnyResponse:
    return quietly(redirect(f"/my?why={why}&way={way}", 303))


def _said() -> str:
    """Return what has just happened, as the address of the page tells it; nothing where it tells nothing known."""
    if "over" in request.args:
        return _OVER
    provider = guard.runtime().residents_openid.get(request.args.get("way", ""))
    sentence = _SAID.get(request.args.get("why", ""))
    return worded(sentence, title=provider.account.title) if provider and sentence else ""
