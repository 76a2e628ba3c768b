"""The practice's pages: how far each of its referrals has come, and the outcome letter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.vocabulary import OUTCOME_WORDS, Role
from app.services.caring import endings
from app.services.follow_up import follow_ups
from app.services.helping import waiting
from app.services.shown import views
from app.services.systems import subscriptions
from app.services.watching import escalating
from app.web.caring import follow_up_words
from app.web.caring.answers_shown import answer_table
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import page_number, render
from app.web.referring.loop_shown import score_lines, stages

pages = Blueprint("practice", __name__)


@pages.get("/loops")
@requires(Role.PRACTICE)
def loops() -> Response:
    """Show the practice's own referrals, each with the stage it has reached."""
    found = views.list_loops(database(), actor(), page=page_number())
    to_file = [line for line in found.lines if line.can_acknowledge]
    others = [line for line in found.lines if not line.can_acknowledge]
    troubles = subscriptions.list_troubles(database(), actor())
    unseen = escalating.list_for_practice(database(), actor())
    groups: dict[str, Any] = {"to_file": to_file, "others": others}
    return render("loops.html", found=found, unseen=unseen, troubles=troubles, **groups)


@pages.get("/loops/<uuid:referral_id>")
@requires(Role.PRACTICE)
def loop(referral_id: UUID) -> Response:
    """Show one referral's stages and, when it has ended, the outcome letter."""
    found = views.get_loop(database(), actor(), referral_id)
    return render(
        "loop.html",
        found=found,
        stages=stages(found),
        on_lists=waiting.list_for_referral(database(), actor(), referral_id),
        scores=score_lines(found.measures, database().measures),
        outcome_words=OUTCOME_WORDS,
        asked_later=follow_ups.list_of_referral(database(), actor(), referral_id),
        answers=answer_table(found.measures, database().measures, for_practice=True),
        told_later=follow_up_words,
    )


@pages.post("/loops/<uuid:referral_id>/filed")
@requires(Role.PRACTICE)
def filed(referral_id: UUID) -> AnyResponse:
    """Say that the outcome is in the record: the loop closes."""
    endings.confirm_read(database(), actor(), referral_id)
    flash("Thank you. The outcome is filed and the loop is closed.")
    return redirect(f"/loops/{referral_id}", 303)
