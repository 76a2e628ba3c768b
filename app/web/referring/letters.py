"""The outcome letter as a file to print: the same for the practice and for the link worker."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from app.domain.vocabulary import Role
from app.services.feedback.letters import outcome_letter
from app.web.frame.guard import actor, database, requires

pages = Blueprint("letters", __name__)


@pages.get("/loops/<uuid:referral_id>/letter")
@requires(Role.PRACTICE)
def of_loop(referral_id: UUID) -> Response:
    """Hand the outcome letter to the practice that asked."""
    return _download(referral_id)


@pages.get("/referrals/<uuid:referral_id>/letter")
@requires(Role.LINK_WORKER)
def of_referral(referral_id: UUID) -> Response:
    """Hand the outcome letter to the team that told it."""
    return _download(referral_id)


def _download(referral_id: UUID) -> Response:
    letter = outcome_letter(database(), actor(), referral_id)
    response = Response(letter.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{letter.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"  # a record of a person: not to be left on a shared machine
    return response
