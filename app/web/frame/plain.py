"""Pages for everybody: the way in, accessibility, privacy."""

from __future__ import annotations

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.vocabulary import Role
from app.web.frame.guard import find_signed_in, public, requires
from app.web.frame.navigation import home_of
from app.web.frame.page import render

pages = Blueprint("plain", __name__)


@pages.get("/")
@public
def home() -> AnyResponse:
    """Lead everybody to where their work is."""
    return redirect(home_of(find_signed_in()))


@pages.get("/welcome")
@requires(Role.RESIDENT, Role.ANALYST)
def welcome() -> Response:
    """Tell roles that have no pages yet what they can expect."""
    return render("welcome.html")


@pages.get("/accessibility")
@public
def accessibility() -> Response:
    """Say how usable these pages are, and whom to tell when they are not."""
    return render("accessibility.html")


@pages.get("/privacy")
@public
def privacy() -> Response:
    """Say what is kept, why, and who sees it."""
    return render("privacy.html")
