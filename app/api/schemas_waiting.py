"""What the JSON API takes and gives about waiting lists and about providers' questions."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas import Choice, Flag, Strict, Whole, Words
from app.api.schemas_in import about, wording_read
from app.api.schemas_out import Moment, Number, Text, Texts
from app.domain.questions import LONGEST_ANSWER, LONGEST_QUESTION
from app.domain.waiting import LEAVE_REASONS, LONGEST_WAIT
from app.services.caring.endings import LONGEST_TEXT

_WEEKS = about("How long the provider expects this person to wait from today.", 6)


class AcceptIn(Strict):
    """A yes; the body may be left out."""

    asked_again = Flag(
        load_default=False,
        metadata=about(
            "From a waiting list: that somebody asked the person again whether they agree. Needed when their last yes "
            "is older than the place allows.",
            example=True,
        ),
    )
    wording = wording_read()
    over_limit = Flag(
        load_default=False,
        metadata=about(
            "That you take one more than your dial says. Needed when no place is left of those that you count.",
            example=False,
        ),
    )


class WaitlistIn(Strict):
    """A "later"; the body may be left out."""

    wait_weeks = Whole(
        0,
        LONGEST_WAIT,
        load_default=None,
        allow_none=True,
        metadata=about("Weeks that this person will wait; null: as usual for the service.", 6),
    )


class WaitIn(Strict):
    """How long somebody waits from today."""

    wait_weeks = Whole(0, LONGEST_WAIT, required=True, metadata=_WEEKS)


class LeaveIn(Strict):
    """Why somebody leaves the list without a place."""

    reason = Choice(LEAVE_REASONS, required=True, metadata=about("Why.", "person-declined"))
    note = Words(LONGEST_TEXT, load_default="", metadata=about("What the link worker should know."))


class QuestionIn(Strict):
    """What the provider must know before it says yes or no."""

    question = Words(
        LONGEST_QUESTION,
        required=True,
        metadata=about("In a sentence or two.", "Can they manage the stairs to the first floor?"),
    )


class AnswerIn(Strict):
    """What the provider is told."""

    answer = Words(LONGEST_ANSWER, required=True, metadata=about("In a sentence or two.", "Yes, slowly."))


class LoopWaiterOut(Schema):
    """A referral's place on a waiting list, as the practice that asked sees it."""

    service_name = Text()
    provider_name = Text()
    position = Number(metadata=about("Counted from 1; urgent referrals go first, then by joining.", 3))
    length = Number(metadata=about("How many wait for the service.", 7))
    priority = Text(metadata=about("Of the referral.", "routine"))
    joined_on = fields.Date()
    wait_weeks = Number(
        attribute="expected.weeks", allow_none=True, metadata=about("Expected in all; null: not known.", 6)
    )
    expected_on = fields.Date(
        attribute="expected.until", allow_none=True, metadata=about("Around this day a place is expected.")
    )
    expected = Text(attribute="expected_words", metadata=about("The same in words."))


class WaiterOut(LoopWaiterOut):
    """A place on a waiting list, as its provider and its team see it."""

    placement_id = fields.UUID()
    reference = Text(metadata=about("To be read out; tells nothing of the person.", "BK-7Q2MXRT"))
    service_id = fields.UUID()
    person_name = Text(allow_none=True, metadata=about("For the provider; null for the team, who has it."))
    is_own_wait = fields.Boolean(metadata=about("true: said for this person, not the service's usual wait."))
    last_contact = fields.Date(allow_none=True, metadata=about("When somebody last reached the person."))
    contact_due_on = fields.Date(metadata=about("By then somebody must be in touch again."))
    is_overdue = fields.Boolean(metadata=about("true: nobody was in touch by then."))


class WaitersOut(Schema):
    """Waiting lists, by service and position."""

    items = fields.List(fields.Nested(WaiterOut))


class LoopWaitersOut(Schema):
    """The waiting lists that a referral is on."""

    items = fields.List(fields.Nested(LoopWaiterOut))


class WordsForPersonOut(Schema):
    """What a person on a waiting list is told, in plain words."""

    text = Text(metadata=about("To be sent or read out in one piece."))
    paragraphs = Texts(Text())
    take_care = Texts(Text(), metadata=about("To be read before anybody makes contact."))
    barred = Text(allow_none=True, metadata=about("Why nothing may be sent; null: it may."))


class QuestionOut(Schema):
    """A question and, once there is one, its answer."""

    id = fields.UUID(attribute="question.id")
    placement_id = fields.UUID(attribute="question.placement_id")
    service_name = Text()
    provider_name = Text()
    question = Text(attribute="question.asked")
    asked_at = Moment(attribute="question.asked_at")
    answer = Text(attribute="question.answer", allow_none=True)
    answered_at = Moment(attribute="question.answered_at", allow_none=True)
    is_open = fields.Boolean(metadata=about("true: it waits for the link worker's answer."))


class QuestionsOut(Schema):
    """What was asked and answered, oldest first."""

    items = fields.List(fields.Nested(QuestionOut))


class AskedOut(Schema):
    """The question that was asked."""

    question_id = fields.UUID()


class AnsweredOut(Schema):
    """Until when the provider may answer the offer now."""

    respond_by = fields.Date()
