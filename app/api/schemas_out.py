"""What the JSON API gives: one schema for each answer, naming every field that leaves the house."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.api.schemas_in import about

Text = fields.String
Texts = fields.List
Moment = fields.AwareDateTime
Number = fields.Integer


def page_of(line: type[Schema], name: str) -> type[Schema]:
    """Return the schema of a page: the lines, how many there are in all, and where the next page is."""
    parts: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(line), metadata=about("The lines of this page.")),
        "total": Number(metadata=about("How many there are in all.")),
        "page": Number(metadata=about("This page, counted from 1.")),
        "pages": Number(metadata=about("How many pages there are.")),
        "next": Text(allow_none=True, metadata=about("The address of the next page, null on the last.")),
    }
    return Schema.from_dict(parts, name=name)


class ProblemOut(Schema):
    """One wrong value."""

    field = Text(metadata=about("Where it is, as outcome.state or measures.0.answers.", "reason"))
    sentence = Text(metadata=about("What is wrong and how to mend it.", "This is needed: give a value."))
    code = Text(
        metadata=about("The kind of problem, from FHIR's issue types where they have one.", "required")
    )


class ErrorPartOut(Schema):
    """What went wrong."""

    status = Number(metadata=about("The HTTP status.", 422))
    code = Text(metadata=about("The kind of problem.", "value"))
    sentence = Text(metadata=about("For people.", "Some values cannot be taken: every problem is listed."))
    problems = fields.List(fields.Nested(ProblemOut), metadata=about("Every wrong value at once."))


class ErrorOut(Schema):
    """Every refusal has this shape."""

    error = fields.Nested(ErrorPartOut)


class SignedInOut(Schema):
    """Who is signed in."""

    username = Text(attribute="account.username")
    name = Text(attribute="account.full_name")
    role = Text(attribute="account.role", metadata=about("As what they act.", "link-worker"))
    organisation = Text(attribute="organisation.name", metadata=about("For whom they act."))
    organisation_id = fields.UUID(attribute="organisation.id")


class TokenOut(SignedInOut):
    """A new session: send its token with every request."""

    token = Text(metadata=about("For 'Authorization: Bearer'; ends after 30 minutes without a request."))


class ServiceOut(Schema):
    """What a provider offers."""

    id = fields.UUID()
    name = Text()
    provider_name = Text()
    description = Text()
    needs = Texts(Text())
    kind = Text(metadata=about("What one is referred to.", "activity"))
    status = Text(metadata=about("Whether it runs at all.", "active"))
    areas = Texts(
        Text(), metadata=about("Postcode districts or typed codes (ward:...); empty means everywhere.")
    )
    min_age = Number(allow_none=True)
    max_age = Number(allow_none=True)
    genders = Texts(Text(), metadata=about("Empty means everybody."))
    languages = Texts(Text())
    access = Texts(Text())
    capacity = Text(metadata=about("How it stands today.", "open"))
    places_left = Number(allow_none=True)
    weekly_limit = Number(allow_none=True, metadata=about("limited: so many people a week."))
    wait_weeks = Number(allow_none=True, metadata=about("The wait for the first session."))
    full_until = fields.Date(allow_none=True, metadata=about("full: the first day with places again."))
    for_whom = Texts(Text(), metadata=about("Especially for."))
    takes = Text(metadata=about("Who is there for somebody with a safeguarding concern.", "trained"))
    eligibility = Text(attribute="listing.eligibility", metadata=about("Who may come, in plain words."))
    cost = Text(attribute="listing.cost", metadata=about("free, or in words; empty: not known.", "free"))
    answer_days = Number(metadata=about("Days within which the provider answers an offer.", 5))
    verified_on = fields.Date(allow_none=True, metadata=about("When the entry was last confirmed."))


class ServicesOut(Schema):
    """Every service of the place."""

    items = fields.List(fields.Nested(ServiceOut))


class WordOut(Schema):
    """A code and what it means."""

    code = Text()
    text = Text()


class ItemOut(Schema):
    """One question of a questionnaire."""

    code = Text()
    wording = Text(
        allow_none=True, metadata=about("Empty where the words are licensed and not ours to give.", "Happy?")
    )
    low = Number()
    high = Number()
    higher_is_better = fields.Boolean()


class PromptOut(Schema):
    """A question that is answered in the person's own words, and never counted."""

    code = Text()
    wording = Text()


class MeasureOut(Schema):
    """A questionnaire; without a total its items are never summed."""

    code = Text()
    version = Text()
    name = Text()
    total_code = Text(allow_none=True)
    attribution = Text()
    items = fields.List(fields.Nested(ItemOut))
    narrative = fields.List(fields.Nested(PromptOut))


class VocabularyOut(Schema):
    """Every closed list of words that bodies and answers use."""

    needs = fields.List(fields.Nested(WordOut))
    access = fields.List(fields.Nested(WordOut))
    outcome_states = fields.List(fields.Nested(WordOut))
    decline_reasons = fields.List(fields.Nested(WordOut))
    pause_reasons = fields.List(fields.Nested(WordOut))
    end_reasons = fields.List(fields.Nested(WordOut))
    withdraw_reasons = fields.List(fields.Nested(WordOut))
    reopen_reasons = fields.List(fields.Nested(WordOut))
    contact_channels = Texts(Text())
    measures = fields.List(fields.Nested(MeasureOut))


class StepOut(Schema):
    """One line of a timeline."""

    at = Moment()
    track = Text()
    action = Text()
    before = Text()
    after = Text()
    reason = Text(allow_none=True)
    said = Text(allow_none=True, metadata=about("What a provider said beside the coded reason."))
    role = Text()
    by = Text(metadata=about("A colleague by name, others by their organisation."))


class ContactOut(Schema):
    """One contact with the person."""

    channel = Text()
    reached = fields.Boolean()
    happened_on = fields.Date()
    minutes = Number(allow_none=True)
    note = Text()


class TakenOut(Schema):
    """A questionnaire as it was answered."""

    measure = Text()
    version = Text()
    phase = Text()
    months = Number(allow_none=True, metadata=about("After the end, of a follow-up; null for all else.", 3))
    said_by = Text(metadata=about("Who gave the answers.", "person"))
    way = Text(metadata=about("On which way they came.", "phone"))
    skipped = Text(
        allow_none=True, metadata=about("Why it was left out; null where it was answered.", "declined")
    )
    answers = fields.Dict(keys=Text(), values=Number())
    totals = fields.Dict(
        keys=Text(),
        values=fields.Float(),
        metadata=about("By code, instead of the answers, where only they may be seen.", {"total": 12}),
    )
    words = fields.Dict(
        keys=Text(),
        values=Text(),
        metadata=about(
            "The person's own words by code; empty for all but their team.", {"story": "I go out."}
        ),
    )
    taken_on = fields.Date()


class OutcomeOut(Schema):
    """How it ended."""

    state = Text()
    summary = Text()
    actions = Text()
    risks = Text()
    goal = Text(allow_none=True)
    goal_before = Number(allow_none=True)
    goal_after = Number(allow_none=True)


class FeedbackOut(Schema):
    """A message to the practice: what it tells (outcome, accepted, in-progress, declined) and how far it got."""

    id = fields.UUID()
    kind = Text()
    status = Text()
    transport = Text()
    composed_at = Moment()
    sent_at = Moment(allow_none=True)
    delivered_at = Moment(allow_none=True)
    acknowledged_at = Moment(allow_none=True)
    failure = Text(allow_none=True)


class TaskOut(Schema):
    """One thing to look at."""

    id = fields.UUID()
    kind = Text()
    referral_id = fields.UUID(allow_none=True)
    referral_reference = Text(allow_none=True)
    due_on = fields.Date()


TasksOut = page_of(TaskOut, "TasksOut")


class ParkedOut(Schema):
    """A message that waits for the steward; never its content."""

    id = fields.UUID()
    sender = Text()
    reason = Text()
    received_at = Moment()


class TakenOnOut(Schema):
    """The referral that a waiting message has become."""

    referral_id = fields.UUID()


class ParkedListOut(Schema):
    """Messages that wait, the oldest first."""

    items = fields.List(fields.Nested(ParkedOut))


class FailedNewsOut(Schema):
    """A message that did not get to the practice."""

    feedback_id = fields.UUID()
    kind = Text()
    reference = Text()
    practice_name = Text()
    transport = Text()
    failure = Text(allow_none=True)
    composed_at = Moment()


class AttentionOut(Schema):
    """What the steward must look at."""

    failed_news = fields.List(fields.Nested(FailedNewsOut))
    parked = fields.List(fields.Nested(ParkedOut))
    tasks = fields.List(
        fields.Nested(TaskOut),
        attribute="tasks.lines",
        metadata=about("The first; all are at /tasks, by page."),
    )
