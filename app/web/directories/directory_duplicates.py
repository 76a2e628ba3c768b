"""The steward's page of entries that may be one: side by side, kept or told apart, and undone."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.entry_pairs import SIGN_WORDS
from app.domain.vocabulary import Role
from app.services.directory import entry_pairs
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("directory_duplicates", __name__)


@pages.get("/directory-duplicates")
@requires(Role.STEWARD)
def show() -> Response:
    """Show the pairs to decide, and what was decided."""
    found = entry_pairs.find_pairs(database(), actor())
    return render("directory_duplicates.html", found=found, sign_words=SIGN_WORDS)


@pages.post("/directory-duplicates/<uuid:kept_id>/in-place-of/<uuid:other_id>")
@requires(Role.STEWARD)
def keep_one(kept_id: UUID, other_id: UUID) -> AnyResponse:
    """Keep one of two."""
    entry_pairs.keep_one(database(), actor(), kept_id, other_id)
    return _back(
        "One is kept. The other is not offered any more and leads to it. You can take that back below."
    )


@pages.post("/directory-duplicates/<uuid:one_id>/beside/<uuid:other_id>")
@requires(Role.STEWARD)
def keep_both(one_id: UUID, other_id: UUID) -> AnyResponse:
    """Keep both."""
    entry_pairs.keep_both(database(), actor(), one_id, other_id)
    return _back("Both are kept, and are not proposed again.")


@pages.post("/directory-duplicates/<uuid:pair_id>/undo")
@requires(Role.STEWARD)
def undo(pair_id: UUID) -> AnyResponse:
    """Take a decision back."""
    entry_pairs.undo(database(), actor(), pair_id)
    return _back("That is taken back.")


def _back(done: str) -> AnyResponse:
    flash(done)
    return redirect("/directory-duplicates", 303)
