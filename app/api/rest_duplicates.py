"""The JSON API for two requests of one person, and for telling a person who asked for themselves."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from marshmallow import Schema, fields

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas import Choice, Strict
from app.api.schemas_in import about
from app.domain.duplicates import APART_REASONS, FoundBy
from app.domain.vocabulary import Role
from app.services.feedback import telling
from app.services.feedback.person_letter import person_letter
from app.services.incoming import duplicates
from app.services.incoming.duplicates import Together

part = Part(
    "two requests for one person", "Seen beside each other, worked as one or kept apart. A person decides."
)
_PDF = "application/pdf"
_FILE = {"type": "string", "format": "binary"}


class ApartIn(Strict):
    """Why two referrals are kept apart."""

    reason = Choice(APART_REASONS, required=True, metadata=about("A reason to keep them apart."))


class ToldIn(Strict):
    """How the person was told."""

    how = Choice(telling.WAYS, required=True, metadata=about("How the person was told."))


class AlikeOut(Schema):
    """Another open referral that may be of the same person."""

    referral_id = fields.UUID()
    reference = fields.String(metadata=about("As people read it out.", "BK-7F3K9QP"))
    requester = fields.String(attribute="requester_name", metadata=about("Who asked."))
    received_at = fields.AwareDateTime()
    status = fields.String()
    found_by = fields.Enum(
        FoundBy, by_value=True, metadata=about("A name and a birth date are only a question.")
    )


class OtherOut(Schema):
    """A referral that was decided on together with this one."""

    id = fields.UUID()
    reference = fields.String()
    requester = fields.String(attribute="requester_name")
    status = fields.String()


class ApartOut(Schema):
    """A referral that is kept apart."""

    referral = fields.Nested(OtherOut)
    reason = fields.String(metadata=about("A reason to keep them apart.", "another-need"))


class JoinedOut(Schema):
    """Which of the two leads."""

    leader_id = fields.UUID(metadata=about("What is done with it is done for both."))


class OthersOut(Schema):
    """What else there is of the person."""

    alike = fields.List(fields.Nested(AlikeOut), metadata=about("Nobody has decided yet."))
    leader = fields.Nested(OtherOut, allow_none=True, metadata=about("The referral that this one follows."))
    followers = fields.List(fields.Nested(OtherOut), metadata=about("Referrals that follow this one."))
    apart = fields.List(fields.Nested(ApartOut))


@part.route("/referrals/<uuid:referral_id>/others")
@requires(Role.LINK_WORKER)
@part.response(200, OthersOut)
def list_others(referral_id: UUID) -> Together:
    """List the person's other open referrals with your team, and what was decided of them."""
    return duplicates.find_others(database(), actor(), referral_id)


@part.route("/referrals/<uuid:referral_id>/others/<uuid:other_id>/join", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.response(200, JoinedOut)
def join(referral_id: UUID, other_id: UUID) -> dict[str, UUID]:
    """Work two open referrals of one person as one; each requester is told of its own and of no other."""
    return {"leader_id": duplicates.work_as_one(database(), actor(), referral_id, other_id)}


@part.route("/referrals/<uuid:referral_id>/others/<uuid:other_id>/apart", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(ApartIn)
@part.response(204)
def keep_apart(told: dict[str, str], referral_id: UUID, other_id: UUID) -> None:
    """Keep two referrals apart, for a reason."""
    duplicates.keep_apart(database(), actor(), referral_id, other_id, reason=told["reason"])


@part.route("/referrals/<uuid:referral_id>/others/<uuid:other_id>/undo", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.response(204)
def undo(referral_id: UUID, other_id: UUID) -> None:
    """Take back what was decided of two referrals, while neither has ended."""
    duplicates.undo(database(), actor(), referral_id, other_id)


@part.route("/referrals/<uuid:referral_id>/person-told", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.arguments(ToldIn)
@part.response(204)
def person_told(told: dict[str, str], referral_id: UUID) -> None:
    """Write that a person who asked for themselves was told how it ended: this closes the loop."""
    telling.person_was_told(database(), actor(), referral_id, how=told["how"])


@part.route("/referrals/<uuid:referral_id>/person-letter.pdf")
@requires(Role.LINK_WORKER)
@part.response(200, _FILE, content_type=_PDF)
def read_person_letter(referral_id: UUID) -> Response:
    """Fetch the letter to a person who asked for themselves."""
    letter = person_letter(database(), actor(), referral_id)
    response = Response(letter.pdf, mimetype=_PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="{letter.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
