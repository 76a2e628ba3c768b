"""The outcome letter as a PDF, for the practice that asked and for the team that told it."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.domain.vocabulary import Role
from app.services.feedback.letters import outcome_letter

part = Part("letters", "The outcome as a letter: one page to print and file.")
_PDF = "application/pdf"
_FILE = {"type": "string", "format": "binary"}


@part.route("/loops/<uuid:referral_id>/letter.pdf")
@requires(Role.PRACTICE)
@part.response(200, _FILE, content_type=_PDF)
def read_of_loop(referral_id: UUID) -> Response:
    """Fetch the outcome letter of a referral of your practice."""
    return _told(referral_id)


@part.route("/referrals/<uuid:referral_id>/letter.pdf")
@requires(Role.LINK_WORKER)
@part.response(200, _FILE, content_type=_PDF)
def read_of_referral(referral_id: UUID) -> Response:
    """Fetch the outcome letter of a referral of your team."""
    return _told(referral_id)


def _told(referral_id: UUID) -> Response:
    letter = outcome_letter(database(), actor(), referral_id)
    response = Response(letter.pdf, mimetype=_PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="{letter.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
