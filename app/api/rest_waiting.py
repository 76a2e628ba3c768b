"""The JSON API's part for waiting lists: who waits where, for how long, and what is done meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_in import ContactIn
from app.api.schemas_waiting import LeaveIn, LoopWaitersOut, WaitersOut, WaitIn, WordsForPersonOut
from app.domain.vocabulary import Role
from app.services.helping import delivery, waiting, waiting_told
from app.services.helping.waiting_seen import Waiter
from app.services.helping.waiting_told import WordsForPerson
from app.store.outcomes import Contact

part = Part(
    "waiting lists", "Position, expected wait and contact while somebody waits; urgent referrals go first."
)
_PDF = "application/pdf"


@part.route("/waiting")
@requires(Role.PROVIDER)
@part.response(200, WaitersOut)
def list_waiting() -> dict[str, Sequence[Waiter]]:
    """List everybody on your waiting lists, by service and position."""
    return {"items": waiting.list_waiting(database(), actor())}


@part.route("/placements/<uuid:placement_id>/wait", methods=["PUT"])
@requires(Role.PROVIDER)
@part.arguments(WaitIn)
@part.response(204)
def set_wait(told: dict[str, int], placement_id: UUID) -> None:
    """Say how long this person waits from today; practice and team hear what is new."""
    waiting.set_wait(database(), actor(), placement_id, wait_weeks=told["wait_weeks"])


@part.route("/placements/<uuid:placement_id>/leave-list", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(LeaveIn)
@part.response(204)
def leave_list(told: dict[str, str], placement_id: UUID) -> None:
    """Take somebody off your list who gets no place; the link worker decides what is next."""
    waiting.leave(database(), actor(), placement_id, reason=told["reason"], words=told["note"])


@part.route("/referrals/<uuid:referral_id>/waiting")
@requires(Role.LINK_WORKER)
@part.response(200, WaitersOut)
def list_of_referral(referral_id: UUID) -> dict[str, Sequence[Waiter]]:
    """List the waiting lists that a referral of your team is on."""
    return {"items": waiting.list_for_referral(database(), actor(), referral_id)}


@part.route("/loops/<uuid:referral_id>/waiting")
@requires(Role.PRACTICE)
@part.response(200, LoopWaitersOut)
def list_of_loop(referral_id: UUID) -> dict[str, Sequence[Waiter]]:
    """List the waiting lists that a referral of your practice is on."""
    return {"items": waiting.list_for_referral(database(), actor(), referral_id)}


@part.route("/placements/<uuid:placement_id>/team-contacts", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(ContactIn)
@part.response(204)
def record_team_contact(contact: Contact, placement_id: UUID) -> None:
    """Record that you were in touch with somebody who waits; the provider sees the day, not the note."""
    delivery.record_team_contact(database(), actor(), placement_id, contact)


@part.route("/placements/<uuid:placement_id>/words-for-person")
@requires(Role.LINK_WORKER)
@part.response(200, WordsForPersonOut)
def words_for_person(placement_id: UUID) -> WordsForPerson:
    """Fetch what the person is told of their waiting list, to send or to read out."""
    return waiting_told.words_for_person(database(), actor(), placement_id)


@part.route("/placements/<uuid:placement_id>/waiting-letter.pdf")
@requires(Role.LINK_WORKER)
@part.response(200, {"type": "string", "format": "binary"}, content_type=_PDF)
def waiting_letter(placement_id: UUID) -> Any:
    """Fetch the same as a letter in large print."""
    letter = waiting_told.letter_to_person(database(), actor(), placement_id)
    response = Response(letter.pdf, mimetype=_PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="{letter.reference}-waiting.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
