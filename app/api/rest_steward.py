"""The JSON API's part for the steward: what waits for a person, without opening anybody's record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_out import AttentionOut, ParkedListOut, TakenOnOut
from app.domain.vocabulary import Role
from app.services.incoming import parked
from app.services.shown import views
from app.services.shown.seen import Attention

part = Part("stewards", "What needs somebody's attention; nobody's record is opened.")


@part.route("/parked")
@requires(Role.STEWARD)
@part.response(200, ParkedListOut)
def list_parked() -> dict[str, Any]:
    """List the messages that could not become referrals by themselves."""
    return {"items": views.list_parked(database(), actor())}


@part.route("/attention")
@requires(Role.STEWARD)
@part.response(200, AttentionOut)
def list_attention() -> Attention:
    """List news that failed, messages that wait, and open tasks."""
    return views.list_attention(database(), actor())


@part.route("/parked/<uuid:inbox_id>/try-again", methods=["POST"])
@requires(Role.STEWARD)
@part.response(201, TakenOnOut)
def try_again(inbox_id: UUID) -> dict[str, UUID]:
    """Take a waiting message in, once what it waited for is mended; it goes on waiting if it still cannot be."""
    return {"referral_id": parked.try_again(database(), actor(), inbox_id)}
