"""The JSON API's part for providers and their systems: answer offers, record contacts, end with an outcome."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part, told_page
from app.api.rest_urgent import Told, may_be_urgent, urgent
from app.api.schemas_care import PlacementOut, PlacementPageOut
from app.api.schemas_in import CompletionIn, ContactIn, DeclineIn, EarlyEndIn, PageQuery, PauseIn
from app.api.schemas_waiting import AcceptIn, WaitlistIn
from app.domain.vocabulary import Role
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.shown import views
from app.services.shown.seen import PlacementDetail
from app.store.outcomes import Contact

part = Part("providers", "Your own placements; of the person you see what you need to help, and no more.")


@part.route("/placements")
@requires(Role.PROVIDER)
@part.arguments(PageQuery, location="query")
@part.response(200, PlacementPageOut)
def list_placements(query: dict[str, Any]) -> dict[str, Any]:
    """List your placements, unanswered offers first."""
    return told_page(views.list_placements(database(), actor(), page=query["page"]))


@part.route("/placements/<uuid:placement_id>")
@requires(Role.PROVIDER)
@part.response(200, PlacementOut)
def get_placement(placement_id: UUID) -> PlacementDetail:
    """Show one placement; showing it changes nothing."""
    return views.get_placement(database(), actor(), placement_id)


@part.route("/placements/<uuid:placement_id>/open", methods=["POST"])
@requires(Role.PROVIDER)
@part.response(204)
def open_placement(placement_id: UUID) -> None:
    """Say that somebody has seen the offer."""
    delivery.open_offer(database(), actor(), placement_id)


@part.route("/placements/<uuid:placement_id>/accept", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(AcceptIn, required=False)
@part.response(204)
def accept_placement(told: dict[str, Any], placement_id: UUID) -> None:
    """Say yes; from a waiting list only while the person still agrees."""
    delivery.accept(database(), actor(), placement_id, **told)


@part.route("/placements/<uuid:placement_id>/decline", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(DeclineIn)
@part.response(204)
def decline_placement(told: dict[str, str], placement_id: UUID) -> None:
    """Say no, with a coded reason; the next service is asked."""
    delivery.decline(database(), actor(), placement_id, reason=told["reason"])


@part.route("/placements/<uuid:placement_id>/waitlist", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(WaitlistIn, required=False)
@part.response(204)
def waitlist_placement(told: dict[str, int | None], placement_id: UUID) -> None:
    """Say later: the person is on your waiting list, for so many weeks where you know."""
    delivery.waitlist(database(), actor(), placement_id, wait_weeks=told["wait_weeks"])


@part.route("/placements/<uuid:placement_id>/start", methods=["POST"])
@requires(Role.PROVIDER)
@part.response(204)
def start_placement(placement_id: UUID) -> None:
    """Say that help has started."""
    delivery.start(database(), actor(), placement_id)


@part.route("/placements/<uuid:placement_id>/pause", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(PauseIn)
@part.response(204)
def pause_placement(told: dict[str, str], placement_id: UUID) -> None:
    """Say that the help rests, with a coded reason; the place stays the person's."""
    delivery.pause(database(), actor(), placement_id, reason=told["reason"])


@part.route("/placements/<uuid:placement_id>/resume", methods=["POST"])
@requires(Role.PROVIDER)
@part.response(204)
def resume_placement(placement_id: UUID) -> None:
    """Go on after a pause; help begins here where it had not begun before."""
    delivery.resume(database(), actor(), placement_id)


@part.route("/placements/<uuid:placement_id>/contacts", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(ContactIn)
@part.response(204)
def record_contact(contact: Contact, placement_id: UUID) -> None:
    """Record a contact; the first that reached the person starts an accepted placement."""
    delivery.record_contact(database(), actor(), placement_id, contact)


@part.route("/placements/<uuid:placement_id>/complete", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(CompletionIn)
@part.response(204)
@may_be_urgent(part)
def complete_placement(ending: Ending, placement_id: UUID) -> Told:
    """Finish with an outcome; when nothing else is open the practice is told."""
    endings.complete(database(), actor(), placement_id, ending)
    return urgent(ending.measures)


@part.route("/placements/<uuid:placement_id>/end-early", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(EarlyEndIn)
@part.response(204)
@may_be_urgent(part)
def end_placement_early(ending: Ending, placement_id: UUID) -> Told:
    """End before the aim, with a reason and an honest outcome; the link worker decides what is next."""
    endings.end_placement_early(database(), actor(), placement_id, ending)
    return urgent(ending.measures)
