"""The JSON API's part for the steward: what waits for a person, without opening anybody's record."""

from __future__ import annotations

from typing import Any

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_out import AttentionOut, ParkedListOut
from app.domain.vocabulary import Role
from app.services import views
from app.services.views import Attention

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
