"""The JSON API's part for how people are: questionnaires at any time, milestones, follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.rest_urgent import Told, may_be_urgent, urgent
from app.api.schemas_outcomes import (
    FollowUpsOut,
    KnownMilestonesOut,
    MeasuresIn,
    MilestonesIn,
    MilestonesOut,
)
from app.domain.milestones import Milestone
from app.domain.outcomes import Taken
from app.domain.vocabulary import Role
from app.services.follow_up import follow_up_told, follow_ups
from app.services.measures import measures_taken, milestones
from app.services.measures.milestones import Reached
from app.store.follow_ups import FollowUp
from app.store.milestones import Seen

part = Part(
    "outcomes", "How people are, by their own answers: nobody has to answer, and no help waits for it."
)


@part.route("/milestones")
@requires(Role.PROVIDER, Role.LINK_WORKER)
@part.response(200, KnownMilestonesOut)
def list_known() -> dict[str, Sequence[Milestone]]:
    """List the milestones that can be written down here."""
    return {"items": list(milestones.the_list().by_code.values())}


@part.route("/placements/<uuid:placement_id>/measures", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(MeasuresIn)
@part.response(204)
@may_be_urgent(part)
def record_measures(told: dict[str, list[Taken]], placement_id: UUID) -> Told:
    """Record questionnaires of somebody you help or helped, answered or left out; months after, the team asks."""
    measures_taken.record_of_placement(database(), actor(), placement_id, told["measures"])
    return urgent(told["measures"])


@part.route("/placements/<uuid:placement_id>/milestones")
@requires(Role.PROVIDER)
@part.response(200, MilestonesOut)
def list_milestones(placement_id: UUID) -> dict[str, Sequence[Seen]]:
    """List the milestones of somebody you help or helped."""
    return {"items": milestones.list_of_placement(database(), actor(), placement_id)}


@part.route("/placements/<uuid:placement_id>/milestones", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(MilestonesIn)
@part.response(204)
def add_milestones(reached: Reached, placement_id: UUID) -> None:
    """Write down what somebody you help has reached."""
    milestones.add_to_placement(database(), actor(), placement_id, reached)


@part.route("/placements/<uuid:placement_id>/milestones/<uuid:milestone_id>", methods=["DELETE"])
@requires(Role.PROVIDER)
@part.response(204)
def remove_milestone(placement_id: UUID, milestone_id: UUID) -> None:
    """Take away a milestone that your organisation wrote."""
    milestones.remove_from_placement(database(), actor(), placement_id, milestone_id)


@part.route("/referrals/<uuid:referral_id>/measures", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(MeasuresIn)
@part.response(204)
@may_be_urgent(part)
def record_team_measures(told: dict[str, list[Taken]], referral_id: UUID) -> Told:
    """Record questionnaires at any time of a referral's life; those of months after settle that follow-up."""
    follow_up_told.record(database(), actor(), referral_id, told["measures"])
    return urgent(told["measures"])


@part.route("/referrals/<uuid:referral_id>/milestones")
@requires(Role.LINK_WORKER)
@part.response(200, MilestonesOut)
def list_team_milestones(referral_id: UUID) -> dict[str, Sequence[Seen]]:
    """List the milestones of a referral, whoever wrote them."""
    return {"items": milestones.list_of_referral(database(), actor(), referral_id)}


@part.route("/referrals/<uuid:referral_id>/milestones", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(MilestonesIn)
@part.response(204)
def add_team_milestones(reached: Reached, referral_id: UUID) -> None:
    """Write down what somebody has reached."""
    milestones.add_to_referral(database(), actor(), referral_id, reached)


@part.route("/referrals/<uuid:referral_id>/follow-ups")
@requires(Role.LINK_WORKER)
@part.response(200, FollowUpsOut)
def list_follow_ups(referral_id: UUID) -> dict[str, Sequence[FollowUp]]:
    """List when somebody is asked how they are after the help, and what came of it."""
    return {"items": follow_ups.list_of_referral(database(), actor(), referral_id)}


@part.route("/referrals/<uuid:referral_id>/stop-asking", methods=["POST"])
@requires(Role.LINK_WORKER, Role.PRACTICE)
@part.response(204)
def stop_asking(referral_id: UUID) -> None:
    """Say that the person wants to be asked no more; it holds for all their referrals."""
    follow_ups.stop_of_referral(database(), actor(), referral_id)
