"""The closed lists of words that the whole house shares."""

from __future__ import annotations

from enum import StrEnum

from app.domain.wording import in_a_row, worded, worded_all


class Role(StrEnum):
    """What somebody acts as; `system` is the platform itself doing what a rule says."""

    LINK_WORKER = "link-worker"
    PROVIDER = "provider"
    PRACTICE = "practice"
    RESIDENT = "resident"
    ANALYST = "analyst"
    STEWARD = "steward"
    SYSTEM = "system"


class OrganisationKind(StrEnum):
    """Kinds of organisation; a team is the link workers' (often of a primary care network)."""

    PRACTICE = "practice"
    TEAM = "team"
    PROVIDER = "provider"
    PLACE = "place"


class Environment(StrEnum):
    """Whether an organisation sends real people or only test patients."""

    LIVE = "live"
    SANDBOX = "sandbox"


class Need(StrEnum):
    """Needs a person may be referred for; the dataset's list is the same."""

    SOCIAL_CONNECTION = "social-connection"
    MENTAL_WELLBEING = "mental-wellbeing"
    MONEY_ADVICE = "money-advice"
    HOUSING = "housing"
    EMPLOYMENT = "employment"
    PHYSICAL_ACTIVITY = "physical-activity"
    FOOD = "food"
    CARING = "caring"
    BEREAVEMENT = "bereavement"
    DIGITAL = "digital"
    VOLUNTEERING = "volunteering"
    ARTS_AND_NATURE = "arts-and-nature"
    LONG_TERM_CONDITION = "long-term-condition"
    OTHER = "other"


NEED_WORDS: dict[Need, str] = worded_all(
    {
        Need.SOCIAL_CONNECTION: "Loneliness and social connection",
        Need.MENTAL_WELLBEING: "Mental wellbeing",
        Need.MONEY_ADVICE: "Money, benefits and debt advice",
        Need.HOUSING: "Housing",
        Need.EMPLOYMENT: "Work and training",
        Need.PHYSICAL_ACTIVITY: "Getting active",
        Need.FOOD: "Food",
        Need.CARING: "Caring for somebody",
        Need.BEREAVEMENT: "Bereavement",
        Need.DIGITAL: "Getting online",
        Need.VOLUNTEERING: "Volunteering",
        Need.ARTS_AND_NATURE: "Arts and nature",
        Need.LONG_TERM_CONDITION: "Living with a long-term condition",
        Need.OTHER: "Something else",
    }
)


class Access(StrEnum):
    """What a person needs so that a service can be used at all."""

    STEP_FREE = "step-free"
    HOME_VISIT = "home-visit"
    SIGN_LANGUAGE = "sign-language"
    HEARING_LOOP = "hearing-loop"
    LARGE_PRINT = "large-print"
    QUIET_SPACE = "quiet-space"


class Capacity(StrEnum):
    """How a service stands today, as its provider set the dial."""

    OPEN = "open"
    LIMITED = "limited"  # so many a week
    WAITING_LIST = "waiting-list"
    FULL = "full"  # until a day, where one is known
    PAUSED = "paused"


class ProviderKind(StrEnum):
    """How a provider is paid for: a group of volunteers is grassroots."""

    COMMISSIONED = "commissioned"
    GRASSROOTS = "grassroots"
    STATUTORY = "statutory"


class FeedbackFormat(StrEnum):
    """How a practice is told what became of its referral, as it chose."""

    BARS = "bars"  # a FHIR R4 message in the BaRS pattern
    SEND_DOCUMENT = "send-document"  # GP Connect Send Document, over MESH: the letter in an ITK3 message
    LETTER = "letter"  # the letter alone, over MESH


class ProgressMessages(StrEnum):
    """Whether a practice that reads BaRS messages hears of a referral on its way, or of its end only."""

    ALL = "all"
    OUTCOME_ONLY = "outcome-only"


class NewsKind(StrEnum):
    """What one message to the practice tells: how it ended, or where it stands on the way."""

    OUTCOME = "outcome"
    WAITING = "waiting"  # a provider put the person on its waiting list
    ACCEPTED = "accepted"  # a provider said yes
    IN_PROGRESS = "in-progress"  # help has begun
    DECLINED = "declined"  # nobody is left who was asked, or the referral was taken back
    NOT_REACHED = "not-reached"  # the team could not reach the person so far; it goes on


class Priority(StrEnum):
    """FHIR request priority."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


class OutcomeState(StrEnum):
    """What can honestly be said at the end; the person's change, never its cause."""

    BETTER = "better"
    NO_CHANGE = "no-change"
    WORSE = "worse"
    DID_NOT_ENGAGE = "did-not-engage"
    COULD_NOT_REACH = "could-not-reach"
    NOT_ASKED = "not-asked"
    NOT_KNOWN = "not-known"


OUTCOME_WORDS: dict[OutcomeState, str] = worded_all(
    {
        OutcomeState.BETTER: "Things are better for the person",
        OutcomeState.NO_CHANGE: "No change",
        OutcomeState.WORSE: "Things are worse for the person",
        OutcomeState.DID_NOT_ENGAGE: "The person did not engage",
        OutcomeState.COULD_NOT_REACH: "The person could not be reached",
        OutcomeState.NOT_ASKED: "The person was not asked",
        OutcomeState.NOT_KNOWN: "Not known",
    }
)

# dos-rejected-reasons-bars 1.0.0, https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars
DECLINE_REASONS: dict[str, str] = worded_all(
    {
        "21": "Unsuitable due to transport",
        "22": "No capacity",
        "23": "Not the right service for this need",
        "24": "Service declined the referral",
        "26": "The person chose otherwise",
        "27": "The person could not be contacted",
        "31": "No sessions available",
        "32": "Sessions not suitable",
        "40": "The person is not eligible",
        "41": "A home visit was asked for",
        "42": "Too far away",
        "99": "Another reason",
    }
)

PAUSE_REASONS: dict[str, str] = worded_all(
    {
        "waiting-for-person": "Waiting for the person",
        "person-away-or-ill": "The person is away or ill",
        "no-capacity": "The provider has no capacity just now",
        "other": "Another reason",
    }
)

END_REASONS: dict[str, str] = worded_all(
    {
        "could-not-contact": "The person could not be reached",
        "person-declined": "The person did not want the service",
        "did-not-engage": "The person stopped coming",
        "moved-away": "The person moved away",
        "no-suitable-service": "No suitable service was found (recorded as unmet need)",
        "needs-other-care": "The person needs other care first",
        "died": "The person died",
        "other": "Another reason",
    }
)

WITHDRAW_REASONS: dict[str, str] = {
    "requester-cancelled": "Whoever asked cancelled the request",
    "sent-by-mistake": "Whoever asked sent the request by mistake",
    "consent-withdrawn": "The person withdrew consent",
    "duplicate": "The same request came twice",
    "placed-elsewhere": "Another offer was taken up",
    "other": "Another reason",
}

REOPEN_REASONS: dict[str, str] = {
    "person-returned": "The person came back",
    "new-need": "A new need came up",
    "ended-by-mistake": "It was ended by mistake",
    "known-later": "What came of the help became known later",
}


def why(reason: str | None, said: str | None) -> str:
    """Return the words of a coded reason and what was said beside it, without a full stop; "" for neither."""
    own_words = " ".join((said or "").split()).rstrip(".")
    quoted = worded("In their words: %(words)s", words=own_words) if own_words else ""
    return in_a_row((reason or "", quoted), ". ")
