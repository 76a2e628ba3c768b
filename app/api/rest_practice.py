"""The JSON API's part for practices: how far each referral of their own has come round the loop."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part, told_page
from app.api.schemas_care import LoopOut, LoopPageOut
from app.api.schemas_in import PageQuery
from app.domain.vocabulary import Role
from app.services.caring import endings
from app.services.shown import views
from app.services.shown.seen import LoopDetail

part = Part("practices", "The practice's own referrals: sent, answered, started, ended, told, acknowledged.")


@part.route("/loops")
@requires(Role.PRACTICE)
@part.arguments(PageQuery, location="query")
@part.response(200, LoopPageOut)
def list_loops(query: dict[str, Any]) -> dict[str, Any]:
    """List your practice's referrals with the stage each has reached."""
    return told_page(views.list_loops(database(), actor(), page=query["page"]))


@part.route("/loops/<uuid:referral_id>")
@requires(Role.PRACTICE)
@part.response(200, LoopOut)
def get_loop(referral_id: UUID) -> LoopDetail:
    """Show one referral of your practice, what became of it and how the news came."""
    return views.get_loop(database(), actor(), referral_id)


@part.route("/loops/<uuid:referral_id>/acknowledge", methods=["POST"])
@requires(Role.PRACTICE)
@part.response(204)
def acknowledge(referral_id: UUID) -> None:
    """Say that the outcome is in the person's record: this closes the loop."""
    endings.confirm_read(database(), actor(), referral_id)
