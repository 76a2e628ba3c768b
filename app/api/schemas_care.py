"""What the JSON API gives about care: each audience's own schemas, so that no field reaches another by accident."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas_in import about
from app.api.schemas_out import (
    ContactOut,
    FeedbackOut,
    Moment,
    Number,
    OutcomeOut,
    StepOut,
    TakenOut,
    TaskOut,
    Text,
    Texts,
    page_of,
)

_ACTIONS = about("What may be done now.")


class ReferralLineOut(Schema):
    """One line of the link worker's list."""

    id = fields.UUID()
    reference = Text(metadata=about("To be read out; tells nothing of the person.", "BK-7Q2MXRT"))
    person_name = Text()
    age = Number(allow_none=True)
    status = Text(metadata=about("Where it stands.", "in-triage"))
    turn = Text(allow_none=True, metadata=about("The role that must act next.", "link-worker"))
    priority = Text()
    safeguarding = fields.Boolean()
    needs = Texts(Text())
    requester_name = Text(metadata=about("The practice that asked."))
    received_at = Moment()
    next_action_on = fields.Date(allow_none=True)
    overdue = fields.Boolean()
    owner_name = Text(attribute="owner.name", metadata=about("Who looks after it; empty: the team's duty."))


class PersonOut(Schema):
    """Who the referral is about; a restricted person's address and contact details are left empty."""

    name = Text()
    nhs_number = Text(allow_none=True)
    identity_confirmed = fields.Boolean(metadata=about("false: compare number, name and birth date first."))
    birth_date = fields.Date(allow_none=True)
    age = Number(allow_none=True)
    gender = Text(allow_none=True)
    language = Text(allow_none=True)
    address_lines = Texts(Text())
    postcode = Text(allow_none=True)
    phones = Texts(Text())
    email = Text(allow_none=True)
    restricted = fields.Boolean(metadata=about("true: nothing may give away where the person lives."))
    deceased = fields.Boolean()


class ReasonOut(Schema):
    """One reason and what it adds to the order."""

    sentence = Text(metadata=about("In words.", "Has places now"))
    points = Number(metadata=about("What it adds; 0 or less is a caution.", 15))


class WhyOut(Schema):
    """Why a service was suggested, as it was shown when somebody decided; the three numbers are null if it was not."""

    reasons = fields.List(
        fields.Nested(ReasonOut), metadata=about("What spoke for it, the weightiest first.")
    )
    cautions = fields.List(fields.Nested(ReasonOut), metadata=about("What to check."))
    against = Texts(Text(), metadata=about("Hard rules that stood against it; empty: suitable."))
    position = Number(allow_none=True, metadata=about("Its place in the list.", 1))
    suitable = Number(allow_none=True, metadata=about("How many services suited.", 12))
    ruled_out = Number(allow_none=True, metadata=about("How many others did not.", 48))
    rules = Texts(Text(), metadata=about("The codes of `against`, in its order.", "care"))
    override = Text(
        allow_none=True, metadata=about("Why it was asked although it takes nobody; null: it does.")
    )
    although = Text(allow_none=True, metadata=about("Why it was asked although rules stand against it."))


class TeamPlacementOut(Schema):
    """A placement as the link worker sees it."""

    id = fields.UUID()
    service_id = fields.UUID()
    service_name = Text()
    provider_name = Text()
    status = Text()
    offered_at = Moment()
    respond_by = fields.Date()
    started_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    reason = Text(allow_none=True)
    said = Text(allow_none=True, metadata=about("What the provider said beside the coded reason."))
    brief = Text(metadata=about("What this provider was told in words; empty: the needs alone."))
    why = Texts(Text(), attribute="why.sentences", metadata=about("The reasons it was suggested for."))
    explanation = fields.Nested(WhyOut, attribute="why")


class PlanLineOut(Schema):
    """Who is asked next."""

    service_id = fields.UUID()
    service_name = Text()
    provider_name = Text()
    why = Texts(Text(), attribute="why.sentences")
    explanation = fields.Nested(WhyOut, attribute="why")


class ReferralOut(Schema):
    """All that the link worker sees of one referral."""

    id = fields.UUID(attribute="referral.id")
    reference = Text(attribute="referral.reference")
    status = Text(attribute="referral.status")
    turn = Text(allow_none=True)
    priority = Text(attribute="referral.priority")
    safeguarding = fields.Boolean(attribute="referral.safeguarding")
    needs = Texts(Text(), attribute="referral.needs")
    access = Texts(Text(), attribute="referral.access")
    requester_name = Text(attribute="referral.requester_name")
    requester_ods = Text(attribute="referral.requester_ods", allow_none=True)
    received_at = Moment(attribute="referral.received_at")
    next_action_on = fields.Date(attribute="referral.next_action_on", allow_none=True)
    owner_name = Text(attribute="owner.name", metadata=about("Who looks after it; empty: the team's duty."))
    ended_at = Moment(attribute="referral.ended_at", allow_none=True)
    end_reason = Text(attribute="referral.end_reason", allow_none=True)
    person = fields.Nested(PersonOut)
    reason = Text(metadata=about("The referrer's own words; no provider sees them."))
    take_care = Texts(Text(), metadata=about("To be read before anybody makes contact, the gravest first."))
    brief = Text(metadata=about("What was written last for providers: what the next is told."))
    requested_by = Text(metadata=about("The professional who asked."))
    consent_to_share = fields.Boolean(
        allow_none=True, metadata=about("Whether the person agreed that a provider is told; null: not said.")
    )
    ask_first = fields.Boolean(
        metadata=about("The person said “not yet” to sharing: ask them again before an offer.", example=False)
    )
    placements = fields.List(fields.Nested(TeamPlacementOut))
    plan = fields.List(fields.Nested(PlanLineOut))
    timeline = fields.List(fields.Nested(StepOut))
    contacts = fields.List(fields.Nested(ContactOut))
    measures = fields.List(fields.Nested(TakenOut))
    outcome = fields.Nested(OutcomeOut, allow_none=True)
    feedback = fields.List(fields.Nested(FeedbackOut))
    on_the_way = fields.List(fields.Nested(FeedbackOut))
    tasks = fields.List(fields.Nested(TaskOut))
    actions = Texts(Text(), metadata=_ACTIONS)


class SuggestionOut(Schema):
    """A service with the reasons for its place in the list; an unsuitable one stays visible, last."""

    service_id = fields.UUID(attribute="service.id")
    service_name = Text(attribute="service.name")
    provider_name = Text(attribute="service.provider_name")
    capacity = Text(attribute="service.capacity")
    suitable = fields.Boolean()
    points = Number(metadata=about("Orders the list and means nothing more."))
    reasons = Texts(Text(), metadata=about("What speaks for it.", "Has places now"))
    warnings = Texts(Text(), metadata=about("What to check, or what rules it out."))
    outstanding = Number(metadata=about("Offers that it has not answered yet, of all teams.", 0))
    needs_reason = Texts(
        Text(),
        attribute="to_acknowledge",
        metadata=about("Rules that an offer needs a reason for: `although`.", "care"),
    )
    firm = Texts(Text(), metadata=about("Rules that no reason sets aside: it is not asked.", "hidden"))
    explanation = fields.Nested(WhyOut)


class SuggestionsOut(Schema):
    """The services that suit, the most suitable first, then some that do not; a person decides."""

    items = fields.List(fields.Nested(SuggestionOut), attribute="matches")
    ask_first = fields.Boolean(
        metadata=about(
            "The person said “not yet” to sharing: ask them again, and send asked_again with the offer.",
            example=False,
        )
    )
    suitable = Number(metadata=about("How many suit in all; the list shows the first of them."))
    ruled_out = fields.Dict(
        keys=Text(), values=Number(), metadata=about("How many do not, by the rule that stands against them.")
    )


class OfferedOut(Schema):
    """The offers that were made."""

    placement_id = fields.UUID(metadata=about("The first of them."))
    placement_ids = fields.List(fields.UUID())


class UnmetNeedOut(Schema):
    """How many needs were written down as unmet."""

    needs_recorded = Number()


class PlacementLineOut(Schema):
    """One line of the provider's list."""

    id = fields.UUID()
    reference = Text(metadata=about("To be read out; tells nothing of the person.", "BK-7Q2MXRT"))
    service_name = Text()
    person_name = Text(allow_none=True, metadata=about("null where you no longer need to know."))
    status = Text(metadata=about("Where it stands.", "offered"))
    offered_at = Moment()
    respond_by = fields.Date(metadata=about("After this day somebody else is asked."))
    overdue = fields.Boolean()
    started_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    actions = Texts(Text(), metadata=_ACTIONS)
    urgent = fields.Boolean(metadata=about("It goes first, and its time to answer is short."))


class DisclosedOut(Schema):
    """What a provider may know of the person, and nothing beside it."""

    name = Text(allow_none=True)
    contact = Text(allow_none=True, metadata=about("How to reach the person."))
    contact_through_team = fields.Boolean(metadata=about("true: the team makes the first contact."))
    wants = Text(allow_none=True, metadata=about("What is asked for, in the link worker's words."))
    needs = Texts(Text())
    access = Texts(Text())
    language = Text(allow_none=True)
    age_band = Text(allow_none=True, metadata=about("In years.", "65-74"))
    take_care = Texts(Text(), metadata=about("To be read before anybody makes contact."))
    goals = Texts(Text(), metadata=about("Of the person's plan, those they agreed this provider may read."))


class PlacementOut(Schema):
    """All that a provider sees of one placement of theirs."""

    id = fields.UUID(attribute="summary.id")
    reference = Text(attribute="summary.reference")
    service_name = Text(attribute="summary.service_name")
    status = Text(attribute="summary.status")
    offered_at = Moment(attribute="summary.offered_at")
    respond_by = fields.Date(attribute="summary.respond_by")
    overdue = fields.Boolean(attribute="summary.overdue")
    started_at = Moment(attribute="summary.started_at", allow_none=True)
    ended_at = Moment(attribute="summary.ended_at", allow_none=True)
    actions = Texts(Text(), attribute="summary.actions", metadata=_ACTIONS)
    reason = Text(allow_none=True, metadata=about("The coded reason of a no or an early end."))
    said = Text(allow_none=True, metadata=about("What was said beside it."))
    team_name = Text(metadata=about("The link workers who made the offer: ask them."))
    person = fields.Nested(DisclosedOut)
    contacts = fields.List(fields.Nested(ContactOut))
    measures = fields.List(fields.Nested(TakenOut))
    outcome = fields.Nested(OutcomeOut, allow_none=True)
    timeline = fields.List(fields.Nested(StepOut))


class ReachedOut(Schema):
    """A stage of the loop and when it was reached."""

    stage = Text()
    at = Moment()


class LoopLineOut(Schema):
    """One referral of the practice's own and how far it has come round the loop."""

    id = fields.UUID()
    reference = Text()
    person_name = Text()
    status = Text()
    received_at = Moment()
    end_reason = Text(allow_none=True)
    stage = Text(metadata=about("The furthest stage reached.", "accepted"))
    reached = fields.List(fields.Nested(ReachedOut))
    can_acknowledge = fields.Boolean()


class LoopOut(Schema):
    """One loop as the practice sees it."""

    line = fields.Nested(LoopLineOut)
    requester_reference = Text(allow_none=True)
    nhs_number = Text(allow_none=True)
    birth_date = fields.Date(allow_none=True)
    outcome = fields.Nested(OutcomeOut, allow_none=True)
    measures = fields.List(fields.Nested(TakenOut))
    feedback = fields.List(fields.Nested(FeedbackOut))
    on_the_way = fields.List(fields.Nested(FeedbackOut))
    timeline = fields.List(fields.Nested(StepOut))


ReferralPageOut = page_of(ReferralLineOut, "ReferralPageOut")
PlacementPageOut = page_of(PlacementLineOut, "PlacementPageOut")
LoopPageOut = page_of(LoopLineOut, "LoopPageOut")
