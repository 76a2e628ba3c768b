"""Signing in by NHS CIS2 or another provider: there and back, joined to one's account, asked anew, parted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import NotAllowed, NotFound
from app.runtime import SignInProvider
from app.services.signing_in import openid
from app.services.signing_in.openid_tokens import Shown
from app.web.accounts import asked_elsewhere, signing_in
from app.web.accounts.asked_elsewhere import NotAnswered, Why
from app.web.frame import guard, problems
from app.web.frame.devices import device
from app.web.frame.guard import EVERYBODY, actor, database, find_signed_in, public, requires
from app.web.frame.page import render

pages = Blueprint("signing_in_elsewhere", __name__)
SIGN_IN, JOIN, CONFIRM = "sign-in", "join", "confirm"
_HOME: Final = "/account/sign-ins"
_ASKED: Final = "asked_elsewhere"  # in the form's cookie: what was asked, so that only its own answer counts
_ANEW: Final = {"prompt": "login", "max_age": "0"}
_SENTENCES: Final = {
    Why.FAILED: "{title} did not answer as it should, so nothing was changed. Try again, or sign in another way.",
    Why.STOPPED: "{title} did not sign you in. Nothing was changed. Try again, or sign in another way.",
    Why.LOST: "This browser did not ask for that sign-in, or it took too long. Nothing was changed. Try again.",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way of signing in, as a page offers it."""

    name: str
    title: str
    identity_id: UUID | None = None  # of whoever looks, once joined


class NotSignedIn(NotAllowed):
    """Somebody came back from a provider without what opens anything; `sentence` says what to do."""


def own_ways() -> Sequence[Way]:
    """Return how one may sign in beside a password, and which whoever looks has joined."""
    by_issuer = {each.issuer: each.id for each in openid.list_own(database(), actor())}
    return [
        Way(each.account.name, each.account.title, by_issuer.get(each.account.issuer))
        for each in guard.runtime().openid.values()
    ]


@pages.get("/sign-in/with/<way>")
@public
def ask(way: str) -> AnyResponse:
    """Lead a browser to a provider; nothing is kept but what it must bring back."""
    return go(provider_named(way), SIGN_IN, guard.safe_path(request.args.get("next")))


@pages.get("/account/sign-ins")
@requires(*EVERYBODY)
def show() -> Response:
    """Show how else one signs in."""
    return render("account/sign_ins.html", ways=own_ways())


@pages.get("/account/sign-ins/<way>/join")
@requires(*EVERYBODY)
def ask_to_join(way: str) -> AnyResponse:
    """Lead somebody to a provider, to join who they are there to their account here."""
    return go(provider_named(way), JOIN, _HOME, anew=True)


@pages.post("/account/sign-ins/<uuid:identity_id>/part")
@requires(*EVERYBODY)
def part(identity_id: UUID) -> AnyResponse:
    """Part an identity from one's account."""
    openid.part(database(), actor(), identity_id)
    flash("It is parted from your account. What it had opened is signed out.")
    return redirect(_HOME, 303)


@pages.get("/account/confirm/with/<way>")
@requires(*EVERYBODY)
def ask_anew(way: str) -> AnyResponse:
    """Lead somebody to a provider, to show there anew that it is them."""
    return go(provider_named(way), CONFIRM, guard.safe_path(request.args.get("next")), anew=True)


@pages.get("/sign-in/with/<way>/back")
@public
def come_back(way: str) -> AnyResponse:
    """Take a provider's answer; without the question that this browser was sent with it changes nothing."""
    asked, shown = answer_of(provider_named(way))
    if asked["for"] == SIGN_IN:
        return _enter(shown, asked["next"])
    return _of_account(shown, asked)


@pages.errorhandler(NotAllowed)
def tell_why(fault: NotAllowed) -> Response:
    """Show why nothing was opened: on the page to sign in on, or where somebody is in already."""
    if find_signed_in() is None:
        return signing_in.refused(fault.sentence)
    return problems.problem_page(403, fault.sentence, title="That did not work")


def provider_named(name: str) -> SignInProvider:
    """Return a provider that was configured; raises NotFound."""
    found = guard.runtime().openid.get(name)
    if found is None:
        raise NotFound
    return found


def go(provider: SignInProvider, purpose: str, following: str | None, *, anew: bool = False) -> AnyResponse:
    """Lead the browser there with a question of its own, which only this browser can have answered."""
    signed_in = find_signed_in()
    kept = {
        "for": purpose,
        "next": following,
        "whose": str(signed_in.actor.user_id) if signed_in else "",
    }
    try:
        return _way(provider).go(kept, **(_ANEW if anew else {}))
    except NotAnswered as fault:
        raise _not_signed_in(fault.why, provider) from None


def answer_of(provider: SignInProvider) -> tuple[dict[str, Any], Shown]:
    """Return what was asked and who was shown; raises NotSignedIn with a sentence, and says in the log why."""
    way = _way(provider)
    try:
        asked = way.take_question()
        is_theirs = asked["for"] in (JOIN, CONFIRM)
        signed_in = find_signed_in()
        whose = str(signed_in.actor.user_id) if signed_in else ""
        if is_theirs and (not whose or asked["whose"] != whose):
            raise NotAnswered(Why.LOST)
        return asked, way.read_answer(asked, max_age=openid.FRESH if is_theirs else None)
    except NotAnswered as fault:
        raise _not_signed_in(fault.why, provider) from None


def _not_signed_in(why: Why, provider: SignInProvider) -> NotSignedIn:
    return NotSignedIn(_SENTENCES[why].format(title=provider.account.title))


def _way(provider: SignInProvider) -> asked_elsewhere.Way:
    back = f"{database().public_url}/sign-in/with/{provider.account.name}/back"
    return asked_elsewhere.Way(provider, back, _ASKED)


def _enter(shown: Shown, following: str | None) -> AnyResponse:
    begun = openid.sign_in(database(), shown, device=device(request.user_agent.string))
    signing_in.leave_earlier()
    return signing_in.let_in(begun, following)


def _of_account(shown: Shown, asked: dict[str, Any]) -> AnyResponse:
    signed_in = find_signed_in()
    if signed_in is None or signed_in.account.session is None:
        raise NotSignedIn(_SENTENCES[Why.LOST])
    if asked["for"] == JOIN:
        openid.join(database(), actor(), shown)
        flash("It is joined to your account. You can sign in by it from now on.")
        return redirect(_HOME, 303)
    openid.confirm(database(), actor(), signed_in.account.session.id, shown)
    g.asked_first = True  # what was kept is still to be sent
    flash("Thank you. You can go on now.")
    return redirect(asked["next"] or "/account", 303)
