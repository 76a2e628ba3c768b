"""The JSON API's part for the question back: a provider asks before it answers, the link worker replies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_waiting import AnsweredOut, AnswerIn, AskedOut, QuestionIn, QuestionsOut
from app.domain.vocabulary import Role
from app.services.helping import questions
from app.services.helping.questions import Asked

part = Part(
    "questions", "What a provider asks before it says yes or no; its time to answer stands still meanwhile."
)


@part.route("/placements/<uuid:placement_id>/questions")
@requires(Role.PROVIDER, Role.LINK_WORKER)
@part.response(200, QuestionsOut)
def list_questions(placement_id: UUID) -> dict[str, Sequence[Asked]]:
    """List what was asked and answered about one placement."""
    return {"items": questions.list_for_placement(database(), actor(), placement_id)}


@part.route("/placements/<uuid:placement_id>/questions", methods=["POST"])
@requires(Role.PROVIDER)
@part.arguments(QuestionIn)
@part.response(201, AskedOut)
def ask(told: dict[str, str], placement_id: UUID) -> dict[str, UUID]:
    """Ask the link worker something before you say yes or no."""
    return {"question_id": questions.ask(database(), actor(), placement_id, told["question"])}


@part.route("/placements/<uuid:placement_id>/answer", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(AnswerIn)
@part.response(200, AnsweredOut)
def answer(told: dict[str, str], placement_id: UUID) -> dict[str, date]:
    """Answer the provider's open question; its time to say yes or no runs again."""
    return {"respond_by": questions.answer(database(), actor(), placement_id, told["answer"])}


@part.route("/referrals/<uuid:referral_id>/questions")
@requires(Role.LINK_WORKER)
@part.response(200, QuestionsOut)
def list_of_referral(referral_id: UUID) -> dict[str, Sequence[Asked]]:
    """List what every provider asked about a referral of your team."""
    return {"items": questions.list_for_referral(database(), actor(), referral_id)}
