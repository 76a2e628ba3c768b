"""For whom somebody acts, who may act for several organisations: seen on every page, changed on this one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.services.signing_in import seats
from app.services.signing_in.sign_in import SignedIn
from app.web.accounts.people_words import ROLE_WORDS
from app.web.frame import guard
from app.web.frame.guard import EVERYBODY, actor, database, find_signed_in, requires, safe_path
from app.web.frame.navigation import home_of
from app.web.frame.page import render

pages = Blueprint("acting", __name__)


@pages.get("/acting")
@requires(*EVERYBODY)
def show() -> Response:
    """Show for whom one may act; and, after a form was begun for another, that nothing of it was sent."""
    signed_in = find_signed_in()
    choices = seats.list_own(database(), actor(), now=signed_in.acts_for.id if signed_in else None)
    begun = request.args.get("begun", type=UUID)
    return render(
        "acting.html",
        choices=choices,
        begun_for=next((each for each in choices if each.organisation_id == begun and not each.is_now), None),
        following=safe_path(request.args.get("next")) or "/",
        roles=ROLE_WORDS,
        home=home_of(signed_in),
    )


@pages.post("/acting/<uuid:organisation_id>")
@requires(*EVERYBODY)
def change(organisation_id: UUID) -> AnyResponse:
    """Act for another of one's organisations, in all windows, from the next page on."""
    token = request.cookies.get(guard.cookie_name(), "")
    seats.act_for(database(), actor(), token, organisation_id)
    g.was_kept = True  # what they typed before is not sent by this
    now = _acts_now()
    if now is not None:
        flash(f"You act for {now.acts_for.name} now.")
    return redirect(safe_path(request.form.get("next")) or home_of(now), 303)


def _acts_now() -> SignedIn | None:
    """Ask anew as whom the session acts: what this request began with is not so any more."""
    guard.forget_signed_in()
    return find_signed_in()
