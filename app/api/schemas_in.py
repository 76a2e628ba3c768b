"""What the JSON API takes: one schema for each body and query, loaded straight into the house's values."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from app.api.schemas import ByCode, Choice, Day, Flag, Ident, Many, Part, Strict, Whole, Words
from app.domain.capacity import OVERRIDE_REASONS
from app.domain.directory_words import LedBy, ServiceKind, Weekday
from app.domain.outcomes import ENDS, SAID_BY, SKIP_REASONS, WAYS, Phase, Taken
from app.domain.referral import Outcome
from app.domain.routing_values import ALTHOUGH_REASONS
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    PAUSE_REASONS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    Access,
    Need,
    OutcomeState,
)
from app.services.caring.endings import Ending
from app.services.caring.triage import LONGEST_BRIEF, MOST_OFFERS
from app.services.helping.delivery import CHANNELS
from app.services.measures.measures_taken import LONGEST_WORDS as LONGEST_ANSWER
from app.store.outcomes import Contact

_FARTHEST_PAGE = 100_000  # what the database can still count to, with room


def about(text: str, example: Any = None) -> dict[str, Any]:
    """Return a field's metadata: what it means and, for the documentation, a value."""
    told: dict[str, Any] = {"description": text}
    return told if example is None else told | {"examples": [example]}


class SignInIn(Strict):
    """A user name and a password."""

    username = Words(200, required=True, metadata=about("The user name.", "amina.link"))
    password = Words(1000, required=True, load_only=True, metadata=about("The password.", "a long password"))
    code = Words(
        40,
        load_only=True,
        metadata=about(
            "A code of the app, or a recovery code, where the account has a second step.", "123456"
        ),
    )


class PageQuery(Strict):
    """Which page of a list."""

    page = Whole(
        1, _FARTHEST_PAGE, strict=False, load_default=1, metadata=about("The page, counted from 1.", 1)
    )


class ReferralsQuery(PageQuery):
    """Which page, and whether ended referrals are left out."""

    open = Choice(("true", "false"), load_default="false", metadata=about("true leaves out what has ended."))


class NeedsIn(Strict):
    """The needs as the link worker understands them; replaces what was there."""

    needs = Many(Choice(Need), most=len(Need), required=True, metadata=about("What the person needs."))
    access = Many(
        Choice(Access),
        most=len(Access),
        load_default=list,
        metadata=about("What a service must have so that the person can use it."),
    )


class WishesIn(Strict):
    """How the person would like it, in their own choice; replaces what was there. None of it rules anything out."""

    days = Many(Choice(Weekday), most=7, load_default=list, metadata=about("Days on which they can come."))
    kinds = Many(Choice(ServiceKind), most=len(ServiceKind), load_default=list)
    led_by = Many(
        Choice(LedBy),
        most=len(LedBy),
        load_default=list,
        metadata=about("Run by or for; only as the person says."),
    )
    near = Flag(load_default=False, metadata=about("Close to home matters more."))
    free = Flag(load_default=False, metadata=about("It must not cost anything."))


def wording_read() -> Whole:
    """Return the field for which version of our words of consent somebody was read."""
    told = about(
        "The version of our words that the person was read or shown; left out: they were none of ours.", 1
    )
    return Whole(1, 99_999, load_default=None, allow_none=True, metadata=told)


class OffersIn(Strict):
    """The services to ask, in order: the first is asked now, each other when the one before says no or nothing."""

    service_ids = Many(
        Ident(), most=MOST_OFFERS, required=True, metadata=about("Services, the first choice first.")
    )
    brief = Words(
        LONGEST_BRIEF,
        load_default=None,
        allow_none=True,
        metadata=about(
            "What each of them is told in words; left out: as written before. They see nothing of the referrer's.",
            "Would like company near home.",
        ),
    )
    override = Choice(
        OVERRIDE_REASONS,
        load_default=None,
        allow_none=True,
        metadata=about(
            "Why a service that takes nobody now, or whose places are spoken for, is asked all the same."
        ),
    )
    although = ByCode(
        keys=Ident(),
        values=Choice(ALTHOUGH_REASONS),
        load_default=dict,
        validate=validate.Length(max=MOST_OFFERS, error=f"Give at most {MOST_OFFERS}."),
        metadata=about(
            "By service, why it is asked although rules stand against it (`needs_reason` of the suggestions).",
            {},
        ),
    )
    asked_again = Flag(
        load_default=False,
        metadata=about(
            "That you asked the person now, and they agree; needed while they have said “not yet” (`ask_first`).",
            example=False,
        ),
    )
    wording = wording_read()
    at_once = Flag(
        load_default=False, metadata=about("true asks all of them now, for different needs.", example=False)
    )
    onward_id = Ident(
        load_default=None, allow_none=True, metadata=about("A provider's wish to pass on that this takes up.")
    )
    tell_origin = Flag(
        load_default=False, metadata=about("Whether they are told who helped before.", example=False)
    )


class ConsentIn(Strict):
    """What the person said about being told of to providers."""

    given = Flag(required=True, metadata=about("Whether the person agrees.", example=True))
    wording = wording_read()


class DeclineIn(Strict):
    """Why not; a code of the national list."""

    reason = Choice(DECLINE_REASONS, required=True, metadata=about("A decline reason.", "22"))


class PauseIn(Strict):
    """Why the help rests."""

    reason = Choice(
        PAUSE_REASONS, required=True, metadata=about("A reason of a pause.", "person-away-or-ill")
    )


class WithdrawIn(Strict):
    """Why it is taken back."""

    reason = Choice(WITHDRAW_REASONS, required=True, metadata=about("A withdrawal reason."))


class ReopenIn(Strict):
    """Why it is taken up again."""

    reason = Choice(REOPEN_REASONS, required=True, metadata=about("A reopening reason."))


class ContactIn(Strict):
    """One contact, or one try, with the person."""

    channel = Choice(CHANNELS, required=True, metadata=about("How."))
    reached = Flag(required=True, metadata=about("Whether the person was reached.", example=True))
    happened_on = Day(required=True, metadata=about("The day; not in the future.", "2026-11-20"))
    minutes = Whole(0, 1440, load_default=None, allow_none=True, metadata=about("How long it took.", 20))
    note = Words(load_default="", metadata=about("A note in your own words.", "Rang; comes on Tuesday."))

    @post_load
    def _contact(self, told: dict[str, Any], **_: Any) -> Contact:
        return Contact(**told)


class OutcomeIn(Strict):
    """How it ended, honestly and in the person's own terms."""

    state = Choice(OutcomeState, required=True, metadata=about("What can be said of the person's change."))
    summary = Words(load_default="", metadata=about("For the GP, in a few lines.", "Goes to the lunch club."))
    actions = Words(load_default="", metadata=about("What the GP should do; left out: no action needed."))
    risks = Words(load_default="", metadata=about("Risks the GP must know; left out: told as not recorded."))
    goal = Words(load_default=None, allow_none=True, metadata=about("The person's own goal.", "Company"))
    goal_before = Whole(
        0, 10, load_default=None, allow_none=True, metadata=about("How near the goal before, 0 to 10.", 2)
    )
    goal_after = Whole(
        0, 10, load_default=None, allow_none=True, metadata=about("How near the goal after, 0 to 10.", 7)
    )

    @post_load
    def _outcome(self, told: dict[str, Any], **_: Any) -> Outcome:
        return Outcome(**(told | {"state": OutcomeState(told["state"])}))


class MeasureIn(Strict):
    """A questionnaire as it was answered, or left out with a reason; where items are missing there is no total."""

    measure = Words(
        60, required=True, metadata=about("Which questionnaire, by its code in the vocabulary.", "ons4")
    )
    version = Words(
        20,
        load_default="",
        metadata=about("Which version of it; the one that is asked today, unless told.", "1"),
    )
    phase = Choice(ENDS, required=True, metadata=about("Before the help or after it."))
    answers = ByCode(
        keys=Words(60),
        values=Whole(-1000, 1000),
        load_default=dict,
        metadata=about(
            "A number for each item, by the item's code; empty where it is left out.",
            {"life-satisfaction": 4, "anxious": 7},
        ),
    )
    words = ByCode(
        keys=Words(60),
        values=Words(LONGEST_ANSWER),
        load_default=dict,
        metadata=about(
            "The person's own words, by the code of what asks for them; sealed, in no dataset.",
            {"story": "I go out."},
        ),
    )
    skipped = Choice(
        SKIP_REASONS,
        load_default=None,
        allow_none=True,
        metadata=about(
            "Why it is left out; null where there are answers. It never holds up care.", "declined"
        ),
    )
    said_by = Choice(SAID_BY, load_default="provider", metadata=about("Who gave the answers.", "person"))
    way = Choice(WAYS, load_default="import", metadata=about("On which way they came.", "phone"))
    taken_on = Day(required=True, metadata=about("The day it was answered.", "2026-11-20"))

    @post_load
    def _taken(self, told: dict[str, Any], **_: Any) -> Taken:
        return Taken(**(told | {"phase": Phase(told["phase"])}))


class CompletionIn(Strict):
    """The end of help: an outcome always, measures as far as they were taken."""

    outcome = Part(OutcomeIn, required=True, metadata=about("There is no end without an outcome."))
    measures = Many(
        fields.Nested(MeasureIn),
        most=20,
        load_default=list,
        metadata=about("Questionnaires, before and after."),
    )

    @post_load
    def _ending(self, told: dict[str, Any], **_: Any) -> Ending:
        return Ending(**told)


class EarlyEndIn(CompletionIn):
    """An end before the aim: an outcome and a coded reason."""

    reason = Choice(END_REASONS, required=True, metadata=about("Why it ended early."))
