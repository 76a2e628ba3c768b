"""A group's word that came after the end: the link worker passes it on to whoever asked, or leaves the outcome."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.domain.vocabulary import Role
from app.services.caring import late_words
from app.services.shown import views
from app.web.frame.guard import actor, database, requires

pages = Blueprint("late_words", __name__)


@pages.post("/referrals/<uuid:referral_id>/late-outcomes/<uuid:word_id>/pass-on")
@requires(Role.LINK_WORKER)
def pass_on(referral_id: UUID, word_id: UUID) -> AnyResponse:
    """Make it the outcome; whoever hears of it is told anew."""
    late_words.pass_on(database(), actor(), referral_id, word_id)
    hearing = views.get_referral(database(), actor(), referral_id).hearing
    flash(f"This is the outcome now. {hearing.ended}")
    return redirect(f"/referrals/{referral_id}", 303)


@pages.post("/referrals/<uuid:referral_id>/late-outcomes/<uuid:word_id>/leave")
@requires(Role.LINK_WORKER)
def leave(referral_id: UUID, word_id: UUID) -> AnyResponse:
    """Leave the outcome as it was."""
    late_words.leave(database(), actor(), referral_id, word_id)
    flash("You have read it. The outcome stays as it was.")
    return redirect(f"/referrals/{referral_id}", 303)
