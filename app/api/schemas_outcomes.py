"""What the JSON API takes and gives about questionnaires at any time, milestones, and follow-ups."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from app.api.schemas import Choice, Day, Many, Strict, Whole, Words
from app.api.schemas_in import MeasureIn, about
from app.api.schemas_out import Moment, Number, Text, Texts
from app.domain.follow_up import FollowUpStatus
from app.domain.milestones import LONGEST_WORDS
from app.domain.outcomes import Phase
from app.services.measures.milestones import Reached

_MOST = 20


class TakenIn(MeasureIn):
    """A questionnaire as it was answered, or left out with a reason: before, after, or months after."""

    phase = Choice(tuple(Phase), required=True, metadata=about("Of which time the answers are.", "before"))
    months = Whole(
        1,
        60,
        load_default=None,
        allow_none=True,
        metadata=about("Months after the help had ended, of a follow-up; null for all else.", 3),
    )


class MeasuresIn(Strict):
    """Some questionnaires at once."""

    measures = Many(
        fields.Nested(TakenIn),
        required=True,
        most=_MOST,
        metadata=about("What was answered or left out."),
    )


class UrgentOut(Schema):
    """An answer asks for a person today: the team is called to it, and whom to ring stands here."""

    urgent = fields.Boolean(metadata=about("true: do not wait, and show the person the routes."))
    routes = Texts(
        Text(), metadata=about("Whom to turn to at once, to be shown as they stand.", ["In danger: ring 999"])
    )


class MilestonesIn(Strict):
    """Milestones of one day."""

    codes = Many(
        Words(60),
        required=True,
        most=_MOST,
        metadata=about("Codes of GET /milestones.", ["joined-group"]),
    )
    happened_on = Day(required=True, metadata=about("On which day, or any day of the month.", "2026-11-20"))
    words = Words(
        LONGEST_WORDS,
        load_default="",
        metadata=about(
            "The person's own words, sealed with their record; in no dataset.", "I went by myself."
        ),
    )

    @post_load
    def _reached(self, told: dict[str, Any], **_: Any) -> Reached:
        return Reached(tuple(told["codes"]), told["happened_on"], told["words"])


class MilestoneOut(Schema):
    """One milestone that was written down."""

    id = fields.UUID()
    placement_id = fields.UUID(allow_none=True, metadata=about("null: the team wrote it."))
    code = Text(metadata=about("Of GET /milestones.", "joined-group"))
    happened_on = fields.Date()
    words = Text(metadata=about("The person's own words; may be empty.", "I went by myself."))
    by = Text(metadata=about("Which organisation wrote it."))
    recorded_at = Moment()


class MilestonesOut(Schema):
    """Milestones, the oldest first."""

    items = fields.List(fields.Nested(MilestoneOut))


class KnownMilestoneOut(Schema):
    """One line of the list of milestones."""

    code = Text(metadata=about("What is sent.", "joined-group"))
    words = Text(metadata=about("What staff read.", "Joined a group"))
    retired = fields.Boolean(metadata=about("true: it is read, and not taken any more."))


class KnownMilestonesOut(Schema):
    """The list of milestones of this installation."""

    items = fields.List(fields.Nested(KnownMilestoneOut))


class FollowUpOut(Schema):
    """One asking of a person, some months after their help had ended."""

    id = fields.UUID()
    months = Number(metadata=about("After the end.", 3))
    due_on = fields.Date()
    status = Text(
        metadata=about(f"One of: {', '.join(FollowUpStatus)}.", "answered"),
    )
    way = Text(allow_none=True, metadata=about("How they are asked: text, email, letter, phone.", "text"))
    asked_at = Moment(allow_none=True)
    reason = Text(allow_none=True, metadata=about("A code: why it was left out or stopped."))
    settled_at = Moment(allow_none=True)


class FollowUpsOut(Schema):
    """The follow-ups of a referral, the earliest first."""

    items = fields.List(fields.Nested(FollowUpOut))
