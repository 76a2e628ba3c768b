"""The steward's page: what stands still, and how the loop fares in numbers."""

from __future__ import annotations

from flask import Blueprint, Response

from app.domain.vocabulary import Role
from app.services import views
from app.services.health import find_loop_health
from app.web.guard import actor, database, requires
from app.web.page import render

pages = Blueprint("steward", __name__)


@pages.get("/attention")
@requires(Role.STEWARD)
def attention() -> Response:
    """Show what needs a person, without opening anybody's record."""
    found = views.list_attention(database(), actor())
    return render("attention.html", found=found, health=find_loop_health(database()))
