"""The JSON API's part for what must not wait unseen: owners, next looks, reminders, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_waits import NextLookIn, OwnerIn, OwnerOut, ProofOut, RemindersOut
from app.domain.errors import NotFound
from app.domain.invariants import Invariant
from app.domain.vocabulary import Role
from app.services.caring import ownership
from app.services.caring.ownership import HandOver
from app.services.watching import chasers, invariants
from app.services.watching.invariants import Watch
from app.store.escalations import Raised

part = Part(
    "owners and reminders", "Every open referral is somebody's and has a next date; silence is asked about."
)


@part.route("/referrals/<uuid:referral_id>/owner")
@requires(Role.LINK_WORKER)
@part.response(200, OwnerOut)
def get_owner(referral_id: UUID) -> HandOver:
    """Show whose a referral is, and who of the team could take it over."""
    return ownership.ask_hand_over(database(), actor(), referral_id)


@part.route("/referrals/<uuid:referral_id>/owner", methods=["PUT"])
@requires(Role.LINK_WORKER)
@part.arguments(OwnerIn)
@part.response(204)
def hand_over(told: dict[str, UUID | None], referral_id: UUID) -> None:
    """Hand a referral over to a colleague, or to the team's duty."""
    ownership.hand_over(database(), actor(), referral_id, told["user_id"])


@part.route("/referrals/<uuid:referral_id>/next-look", methods=["PUT"])
@requires(Role.LINK_WORKER)
@part.arguments(NextLookIn)
@part.response(204)
def put_off(told: dict[str, Any], referral_id: UUID) -> None:
    """Put the reminders of a routine referral off; an urgent one or a safeguarding concern never."""
    until: date = told["until"]
    chasers.put_off(database(), actor(), referral_id, until=until, reason=told["reason"])


@part.route("/referrals/<uuid:referral_id>/next-look", methods=["DELETE"])
@requires(Role.LINK_WORKER)
@part.response(204)
def take_up_again(referral_id: UUID) -> None:
    """Look at it today after all."""
    chasers.take_up_again(database(), actor(), referral_id)


@part.route("/reminders")
@requires(Role.PROVIDER)
@part.response(200, RemindersOut)
def list_reminders() -> dict[str, Sequence[Raised]]:
    """List what you are reminded of, what presses first."""
    return {"items": chasers.list_for_provider(database(), actor())}


@part.route("/placements/<uuid:placement_id>/going-on", methods=["POST"])
@requires(Role.PROVIDER)
@part.response(204)
def say_going_on(placement_id: UUID) -> None:
    """Say that all goes on well with somebody whom you were asked about."""
    chasers.say_going_on(database(), actor(), placement_id)


@part.route("/proof")
@requires(Role.STEWARD)
@part.response(200, ProofOut)
def get_proof() -> Watch:
    """Show the last proof that nobody is forgotten, with its breaches."""
    return invariants.find_watch(database(), actor())


@part.route("/proof/<invariant>/<uuid:subject_id>/mend", methods=["POST"])
@requires(Role.STEWARD)
@part.response(204)
def mend(invariant: str, subject_id: UUID) -> None:
    """Mend one breach."""
    if invariant not in set(Invariant):
        raise NotFound
    invariants.mend(database(), actor(), Invariant(invariant), subject_id)
