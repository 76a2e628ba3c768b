"""What the JSON API takes and gives about owners, next looks, reminders, and the proof that nobody is forgotten."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas import Choice, Day, Ident, Strict
from app.api.schemas_in import about
from app.api.schemas_out import Moment, Number, Text
from app.domain.escalation import SNOOZE_REASONS


class OwnerIn(Strict):
    """Who looks after a referral from now on."""

    user_id = Ident(
        required=True,
        allow_none=True,
        metadata=about("An id of GET /referrals/{id}/owner; null is whoever of the team is on duty."),
    )


class NextLookIn(Strict):
    """When a routine referral is looked at again, and why not before."""

    until = Day(required=True, metadata=about("After today, at most 60 days away.", "2026-12-14"))
    reason = Choice(SNOOZE_REASONS, required=True, metadata=about("Why it can wait.", "agreed-with-person"))


class ColleagueOut(Schema):
    """Somebody of the team."""

    user_id = fields.UUID()
    name = Text()
    open_referrals = Number(metadata=about("How many open referrals they look after.", 12))


class OwnerOut(Schema):
    """Whose a referral is, and who could take it over."""

    user_id = fields.UUID(
        attribute="owner.user_id", allow_none=True, metadata=about("null: the team's duty.")
    )
    name = Text(attribute="owner.name", metadata=about("Empty: the team's duty."))
    colleagues = fields.List(fields.Nested(ColleagueOut))


class ReminderOut(Schema):
    """What you are asked about one of your placements."""

    placement_id = fields.UUID()
    reference = Text()
    matter = Text(metadata=about("answer, first-contact or review: how is it going?", "review"))
    presses = fields.Boolean(metadata=about("Urgent, or a safeguarding concern."))
    due_at = Moment(metadata=about("By when it should have happened."))


class RemindersOut(Schema):
    """What you are reminded of, what presses first."""

    items = fields.List(fields.Nested(ReminderOut))


class BreachOut(Schema):
    """Something that is not as it must be."""

    invariant = Text(metadata=about("What must hold.", "no-owner"))
    subject_id = fields.UUID(metadata=about("The referral's, placement's, message's or team's id."))


class ProofOut(Schema):
    """The last proof that nobody is forgotten."""

    ran_at = Moment(attribute="run.ran_at", allow_none=True)
    checked = Number(
        attribute="run.checked", allow_none=True, metadata=about("How many things were looked at.")
    )
    breaches = fields.List(fields.Nested(BreachOut), attribute="run.breaches")
    is_silent = fields.Boolean(metadata=about("true: no proof for minutes, the worker must have stopped."))
