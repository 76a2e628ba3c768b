"""Writes what a person said of themselves and of their record, for their own file alone: no door tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from fhir.systems import OBSERVATION_CATEGORY, OUR_MILESTONES
from fhir.views import resource, to
from fhir.writing import Json, coding, concept, element

_HISTORY: Final = "social-history", "Social History"


@dataclass(frozen=True, slots=True)
class Whose:
    """The person, and the referral where it belongs to one."""

    person_id: str
    referral_id: str | None = None


@dataclass(frozen=True, slots=True)
class SaidShown:
    """What was said to one question in own words; `link_id` is unique in its questionnaire."""

    link_id: str
    question: str
    words: str


@dataclass(frozen=True, slots=True)
class CommentShown:
    """What the person said about their record, with the team's answer where there is one."""

    id: str
    made_at: datetime
    topic: str
    words: str
    answer: str = ""
    answered_at: datetime | None = None


def with_words(response: Json, said: Sequence[SaidShown], answered_by: str | None) -> Json:
    """Return a QuestionnaireResponse with own words behind its answers, and who answered for the person."""
    items = [
        *response.get("item", ()),
        *(
            {"linkId": each.link_id, "text": each.question, "answer": [{"valueString": each.words}]}
            for each in said
        ),
    ]
    source = {"type": "RelatedPerson", "display": answered_by} if answered_by else None
    return response | element(item=items, source=source)


def milestone(whose: Whose, id: str, *, code: str, words: str, on: date, said: str) -> Json:
    """Return something good that happened on the way as an Observation, what the person said of it as its note."""
    return resource("Observation", id, version=None, updated=None) | element(
        basedOn=[to("ServiceRequest", whose.referral_id)],
        status="final",
        category=[concept(coding(OBSERVATION_CATEGORY, *_HISTORY))],
        code=concept(coding(OUR_MILESTONES, code, words), text=words),
        subject=to("Patient", whose.person_id),
        effectiveDateTime=on.isoformat(),
        note=[{"text": said}] if said else None,
    )


def characteristic(whose: Whose, id: str, *, question: str, said: str, at: datetime) -> Json:
    """Return what the person said to one question as an Observation: of themselves, or about one referral."""
    return resource("Observation", id, version=None, updated=None) | element(
        basedOn=[to("ServiceRequest", whose.referral_id)] if whose.referral_id else None,
        status="final",
        category=[concept(coding(OBSERVATION_CATEGORY, *_HISTORY))],
        code=concept(text=question),
        subject=to("Patient", whose.person_id),
        effectiveDateTime=at.isoformat(),
        valueString=said,
    )


def comment(whose: Whose, told: CommentShown) -> Json:
    """Return what the person said about their record as a Communication of theirs; the answer is its note."""
    note = {"time": told.answered_at.isoformat(), "text": told.answer} if told.answered_at else None
    return resource("Communication", told.id, version=None, updated=None) | element(
        basedOn=[to("ServiceRequest", whose.referral_id)],
        status="completed",
        subject=to("Patient", whose.person_id),
        topic=concept(text=told.topic),
        sent=told.made_at.isoformat(),
        sender=to("Patient", whose.person_id),
        payload=[{"contentString": told.words}],
        note=[note] if note else None,
    )
