"""The JSON API's part for link workers: their list, one referral, triage, offers and endings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part, told_page
from app.api.rest_urgent import Told, may_be_urgent, urgent
from app.api.schemas_care import (
    OfferedOut,
    ReferralOut,
    ReferralPageOut,
    SuggestionsOut,
    UnmetNeedOut,
)
from app.api.schemas_in import (
    CompletionIn,
    ConsentIn,
    EarlyEndIn,
    NeedsIn,
    OffersIn,
    PageQuery,
    ReferralsQuery,
    ReopenIn,
    WishesIn,
    WithdrawIn,
)
from app.api.schemas_out import TasksOut
from app.domain.routing_values import Wishes
from app.domain.vocabulary import Role
from app.services.caring import endings, offering, triage
from app.services.caring.endings import Ending
from app.services.caring.offering import Asking
from app.services.caring.suggestions import Suggestions
from app.services.rights import consent
from app.services.shown import views
from app.services.shown.seen import ReferralDetail

part = Part("link workers", "The link worker's work: look, suggest, offer, end. A person decides.")


@part.route("/referrals")
@requires(Role.LINK_WORKER)
@part.arguments(ReferralsQuery, location="query")
@part.response(200, ReferralPageOut)
def list_referrals(query: dict[str, Any]) -> dict[str, Any]:
    """List the team's referrals, the soonest next action first."""
    page = views.list_referrals(database(), actor(), page=query["page"], open_only=query["open"] == "true")
    return told_page(page, open=query["open"])


@part.route("/referrals/<uuid:referral_id>")
@requires(Role.LINK_WORKER)
@part.response(200, ReferralOut)
def get_referral(referral_id: UUID) -> ReferralDetail:
    """Show all of one referral."""
    return views.get_referral(database(), actor(), referral_id)


@part.route("/referrals/<uuid:referral_id>/triage", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.response(204)
def start_triage(referral_id: UUID) -> None:
    """Take a new referral in hand."""
    triage.start(database(), actor(), referral_id)


@part.route("/referrals/<uuid:referral_id>/needs", methods=["PUT"])
@requires(Role.LINK_WORKER)
@part.arguments(NeedsIn)
@part.response(204)
def set_needs(told: dict[str, Sequence[str]], referral_id: UUID) -> None:
    """Write the needs and access needs as you understand them."""
    triage.set_needs(database(), actor(), referral_id, needs=told["needs"], access=told["access"])


@part.route("/referrals/<uuid:referral_id>/wishes", methods=["PUT"])
@requires(Role.LINK_WORKER)
@part.arguments(WishesIn)
@part.response(204)
def set_wishes(told: dict[str, Any], referral_id: UUID) -> None:
    """Write how the person would like it."""
    lists = {name: tuple(told[name]) for name in ("days", "kinds", "led_by")}
    triage.set_wishes(database(), actor(), referral_id, Wishes(**(told | lists)))


@part.route("/referrals/<uuid:referral_id>/suggestions")
@requires(Role.LINK_WORKER)
@part.response(200, SuggestionsOut)
def suggest(referral_id: UUID) -> Suggestions:
    """Rank the services of the place for this referral, each with its reasons."""
    return triage.suggest(database(), actor(), referral_id)


@part.route("/referrals/<uuid:referral_id>/offers", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(OffersIn)
@part.response(201, OfferedOut)
def offer(told: dict[str, Any], referral_id: UUID) -> dict[str, Any]:
    """Offer the referral to the first service, the others in turn on a no or on silence; or to all of them at once."""
    service_ids = told.pop("service_ids")
    made = offering.ask(database(), actor(), referral_id, service_ids, Asking(**told))
    return {"placement_id": made[0], "placement_ids": made}


@part.route("/referrals/<uuid:referral_id>/consent", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(ConsentIn)
@part.response(204)
def record_consent(told: dict[str, Any], referral_id: UUID) -> None:
    """Write whether the person agrees that providers are told; a no takes back what has not started."""
    consent.record(database(), actor(), referral_id, given=told["given"], wording=told["wording"])


@part.route("/placements/<uuid:placement_id>/withdraw", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(WithdrawIn)
@part.response(204)
def withdraw_offer(told: dict[str, str], placement_id: UUID) -> None:
    """Take back an offer or a placement."""
    triage.withdraw_offer(database(), actor(), placement_id, reason=told["reason"])


@part.route("/referrals/<uuid:referral_id>/unmet-need", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.response(201, UnmetNeedOut)
def record_unmet_need(referral_id: UUID) -> dict[str, int]:
    """Write that nobody can help with this referral's needs."""
    return {"needs_recorded": triage.record_unmet_need(database(), actor(), referral_id)}


@part.route("/referrals/<uuid:referral_id>/complete", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(CompletionIn)
@part.response(204)
@may_be_urgent(part)
def complete_referral(ending: Ending, referral_id: UUID) -> Told:
    """Say that your own support was what the person needed; the practice is told."""
    endings.complete_by_link_worker(database(), actor(), referral_id, ending)
    return urgent(ending.measures)


@part.route("/referrals/<uuid:referral_id>/end-early", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(EarlyEndIn)
@part.response(204)
@may_be_urgent(part)
def end_referral_early(ending: Ending, referral_id: UUID) -> Told:
    """End a referral before its aim; the practice is told."""
    endings.end_early(database(), actor(), referral_id, ending)
    return urgent(ending.measures)


@part.route("/referrals/<uuid:referral_id>/withdraw", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(WithdrawIn)
@part.response(204)
def withdraw_referral(told: dict[str, str], referral_id: UUID) -> None:
    """Take a referral back at the wish of the person or the practice."""
    endings.withdraw(database(), actor(), referral_id, reason=told["reason"])


@part.route("/referrals/<uuid:referral_id>/reopen", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(ReopenIn)
@part.response(204)
def reopen_referral(told: dict[str, str], referral_id: UUID) -> None:
    """Take an ended referral up again."""
    endings.reopen(database(), actor(), referral_id, reason=told["reason"])


@part.route("/tasks")
@requires(Role.LINK_WORKER, Role.STEWARD)
@part.arguments(PageQuery, location="query")
@part.response(200, TasksOut)
def list_tasks(query: dict[str, Any]) -> dict[str, Any]:
    """List your open tasks: risk first, then people, then everyday steps, then records."""
    return told_page(views.list_tasks(database(), actor(), page=query["page"]))


@part.route("/tasks/<uuid:task_id>/done", methods=["POST"])
@requires(Role.LINK_WORKER, Role.STEWARD)
@part.response(204)
def finish_task(task_id: UUID) -> None:
    """Tick a task off."""
    endings.complete_task(database(), actor(), task_id)


@part.route("/feedback/<uuid:feedback_id>/retry", methods=["POST"])
@requires(Role.LINK_WORKER, Role.STEWARD)
@part.response(204)
def retry_feedback(feedback_id: UUID) -> None:
    """Send a message to the practice again that failed, as it was."""
    endings.retry_feedback(database(), actor(), feedback_id)
