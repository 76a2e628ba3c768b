"""The words of the letter to somebody who asked for themselves: how it went, said to them and to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.domain.referral import Outcome, PersonDetails
from app.domain.vocabulary import OutcomeState
from app.letters.plain import PlainLetter

_LONDON = ZoneInfo("Europe/London")
_HOW: Mapping[OutcomeState, str] = MappingProxyType(
    {
        OutcomeState.BETTER: "Things are better for you, as far as we know.",
        OutcomeState.NO_CHANGE: "Things have not changed for you, as far as we know.",
        OutcomeState.WORSE: "Things have become harder for you, as far as we know.",
        OutcomeState.DID_NOT_ENGAGE: "The help that was planned did not come about.",
        OutcomeState.COULD_NOT_REACH: "We could not reach you to ask how things are for you now.",
        OutcomeState.NOT_ASKED: "We did not ask you how things are for you now.",
        OutcomeState.NOT_KNOWN: "We do not know how things are for you now.",
    }
)
_WHY: Mapping[str, str] = MappingProxyType(
    {
        "could-not-contact": "We could not reach you.",
        "person-declined": "You told us that you did not want the service.",
        "did-not-engage": "The help ended because the meetings stopped.",
        "moved-away": "You moved away.",
        "no-suitable-service": "We found nobody who could help with this. We wrote that down, without your name, "
        "for those who plan services.",
        "needs-other-care": "Other care comes first for you just now.",
    }
)


@dataclass(frozen=True, slots=True)
class Story:
    """What the letter tells of: who was asked when, who helped, how it ended."""

    reference: str
    team_name: str
    asked_on: datetime
    helped_by: str | None  # service and provider
    outcome: Outcome
    end_reason: str | None
    address_is_secret: bool


def words_to(person: PersonDetails, story: Story, *, written_on: date) -> PlainLetter:
    """Return the words of the letter; without the address where it is secret, and never with the NHS number."""
    address = () if story.address_is_secret else (*person.address_lines, person.postcode or "")
    return PlainLetter(
        title=f"Your request {story.reference}",
        sender=(story.team_name,),
        to=tuple(filter(None, (person.full_name, *address))),
        date=_day(written_on),
        heading="How it went",
        paragraphs=(f"Dear {person.full_name},", *filter(None, _paragraphs(story))),
        closing=("With best wishes,", story.team_name),
    )


def _paragraphs(story: Story) -> tuple[str, ...]:
    outcome = story.outcome
    asked = f"On {_day(story.asked_on.astimezone(_LONDON).date())} you asked us for help."
    goal = ""
    if outcome.goal and outcome.goal_before is not None and outcome.goal_after is not None:
        goal = (
            f"Your own goal was: {outcome.goal}. From 0 to 10 it was at {outcome.goal_before} when we began, "
        )
        goal += f"and at {outcome.goal_after} at the end."
    return (
        f"{asked} Our reference is {story.reference}. This letter tells how it went. You need not do anything.",
        f"You were helped by {story.helped_by}." if story.helped_by else "",
        _HOW[outcome.state],
        _WHY.get(story.end_reason or "", ""),
        outcome.summary,
        goal,
        "This letter goes to you alone. Your GP practice does not get it from us unless you asked for that. You may "
        "show it to anybody you like.",
        "You can ask us again at any time.",
    )


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
