"""The JSON API's part for what happens while placements go on: registers, passing on, signposts, the way round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_placing import (
    AttendanceOut,
    JourneyOut,
    KeptOut,
    OnwardIn,
    OnwardMadeOut,
    OnwardsOut,
    RegisterIn,
    RegisterOut,
    SignpostIn,
)
from app.domain.errors import NotFound
from app.domain.vocabulary import Role
from app.services.caring import onward
from app.services.caring.onward import Journey, Passing
from app.services.helping import register, sessions_attended
from app.services.helping.register import Register, Said

part = Part("placements going on", "Who came to a session, and who would be better helped elsewhere.")


@part.route("/services/<uuid:service_id>/register/<held_on>")
@requires(Role.PROVIDER)
@part.response(200, RegisterOut)
def get_register(service_id: UUID, held_on: str) -> Register:
    """Show everybody who is placed at your service on a day (YYYY-MM-DD)."""
    return register.get_register(database(), actor(), service_id, _day(held_on))


@part.route("/services/<uuid:service_id>/register/<held_on>", methods=["PUT"])
@requires(Role.PROVIDER)
@part.arguments(RegisterIn)
@part.response(200, KeptOut)
def keep_register(told: dict[str, Sequence[Said]], service_id: UUID, held_on: str) -> dict[str, int]:
    """Write a whole group down at once; the same again changes nothing, the first "came" starts the help."""
    return {"changed": register.keep(database(), actor(), service_id, _day(held_on), told["lines"])}


@part.route("/placements/<uuid:placement_id>/attendance")
@requires(Role.PROVIDER, Role.LINK_WORKER)
@part.response(200, AttendanceOut)
def get_attendance(placement_id: UUID) -> dict[str, Any]:
    """Show to how many sessions somebody came, with all that the register says, corrections too."""
    sessions = sessions_attended.list_sessions(database(), actor(), placement_id)
    return {
        "attended": sessions_attended.find_attended(database(), actor(), placement_id),
        "sessions": sessions,
    }


@part.route("/placements/<uuid:placement_id>/onward")
@requires(Role.PROVIDER)
@part.response(200, OnwardsOut)
def list_onward(placement_id: UUID) -> dict[str, Any]:
    """List what you wished or told, what became of it, and who helped before where that is told."""
    items = onward.list_for_placement(database(), actor(), placement_id)
    return {"items": items, "helped_before": onward.find_origin(database(), actor(), placement_id)}


@part.route("/placements/<uuid:placement_id>/onward", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(OnwardIn)
@part.response(201, OnwardMadeOut)
def propose(wish: Passing, placement_id: UUID) -> dict[str, UUID]:
    """Ask the link worker to pass the person on; until they decide the person stays with you."""
    return {"onward_id": onward.propose(database(), actor(), placement_id, wish)}


@part.route("/placements/<uuid:placement_id>/signposts", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(SignpostIn)
@part.response(201, OnwardMadeOut)
def signpost(told: dict[str, Any], placement_id: UUID) -> dict[str, UUID]:
    """Write that you told the person of a service; it is no referral."""
    made = onward.signpost(database(), actor(), placement_id, told["service_id"], told["words"])
    return {"onward_id": made}


@part.route("/referrals/<uuid:referral_id>/signposts", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(SignpostIn)
@part.response(201, OnwardMadeOut)
def signpost_by_team(told: dict[str, Any], referral_id: UUID) -> dict[str, UUID]:
    """Write that you told the person of a service; it is no offer."""
    made = onward.signpost_by_team(database(), actor(), referral_id, told["service_id"], told["words"])
    return {"onward_id": made}


@part.route("/referrals/<uuid:referral_id>/journey")
@requires(Role.LINK_WORKER)
@part.response(200, JourneyOut)
def get_journey(referral_id: UUID) -> Journey:
    """Show how a referral went from one provider to the next, and what waits to be decided."""
    return onward.find_journey(database(), actor(), referral_id)


@part.route("/referrals/<uuid:referral_id>/onward/<uuid:onward_id>/turn-down", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.response(204)
def turn_down(referral_id: UUID, onward_id: UUID) -> None:
    """Decide that the person is not passed on; to take it up, offer with its `onward_id`."""
    onward.turn_down(database(), actor(), referral_id, onward_id)


def _day(held_on: str) -> date:
    try:
        return date.fromisoformat(held_on)
    except ValueError:
        raise NotFound from None
