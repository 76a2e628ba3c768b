"""The words of the outcome letter, in their order: what the practice must do first, then what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from fhir.message_back import (
    NO_ACTION,
    NO_CLAIM,
    NOTHING_IN_VAIN,
    RISKS_NOT_RECORDED,
    codes,
    replaced,
)
from fhir.messages import OrganisationToTell, OutcomeReport, PersonToTell, ScoreToTell

NOT_RECORDED: Final = "Not recorded"
NOT_GIVEN: Final = "Not given"
_LONDON: Final = ZoneInfo("Europe/London")
_HEADLINE: Final = 120  # characters: a longer action is told below its heading, not in it

Fact = tuple[str, str]  # a label and what stands beside it
Paragraphs = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One row of the table: a question and its first and later score, each with its day."""

    question: str
    scale: str
    first: str
    later: str


@dataclass(frozen=True, slots=True)
class LetterWords:
    """Everything that the letter says; the typesetter adds nothing but page numbers."""

    title: str  # of the document, seen in tabs and lists: nothing of the person
    banner: tuple[Fact, ...]  # at the head of every page
    headline: str
    action: Paragraphs  # the rest of what the practice must do
    about: tuple[Fact, ...]
    outcome: Paragraphs
    done: Paragraphs
    goal: Paragraphs
    scores: tuple[ScoreLine, ...]
    scores_note: str
    risks: Paragraphs
    codes: tuple[Fact, ...]  # for whoever writes the letter into the record
    dates: tuple[Fact, ...]


def words_of(report: OutcomeReport, *, reference: str) -> LetterWords:
    """Return the words of the letter about a report; `reference` is the referral's short one, such as BK-7F3K9QP.

    The order is the PRSB message back's (Social Prescribing Information Standard v1.1): actions first, also when
    there are none; risks always, also when nothing was written of them. Missing values are said to be missing.
    """
    whom = "the practice" if report.receiver.is_general_practice else report.receiver.name
    headline, action = _action(report.actions, whom)
    return LetterWords(
        title=f"Social prescribing outcome {reference}",
        banner=(*_identity(report.person), ("Reference", reference)),
        headline=headline,
        action=action,
        about=_about(report, reference),
        outcome=_outcome(report),
        done=_done(report),
        goal=_goal(report),
        scores=tuple(_score_lines(report.scores)),
        scores_note=NO_CLAIM,
        risks=_paragraphs(report.risks) or (RISKS_NOT_RECORDED,),
        codes=tuple(("SNOMED CT", f"{code} {term}") for code, term in codes(report)),
        dates=_dates(report),
    )


def _action(told: str, whom: str) -> tuple[str, Paragraphs]:
    first, *rest = _paragraphs(told) or (NO_ACTION,)
    if len(first) > _HEADLINE:
        return f"Action for {whom}", (first, *rest)
    return first, tuple(rest)


def _identity(person: PersonToTell) -> tuple[Fact, ...]:
    number = person.nhs_number
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}" if number and len(number) == 10 else number
    return (
        ("Name", " ".join([*person.given, person.family or ""]).strip() or NOT_GIVEN),
        ("NHS number", spaced or NOT_GIVEN),
        ("Date of birth", _day(person.birth_date) if person.birth_date else NOT_GIVEN),
    )


def _about(report: OutcomeReport, reference: str) -> tuple[Fact, ...]:
    told: list[Fact] = [
        ("To", _named(report.receiver)),
        ("From", _named(report.sender)),
        *_identity(report.person),
        ("Our reference", reference),
    ]
    if report.requester_reference:
        told.append(("Your reference", report.requester_reference))
    return tuple(told)


def _named(organisation: OrganisationToTell) -> str:
    return f"{organisation.name} ({organisation.ods})" if organisation.ods else organisation.name


def _outcome(report: OutcomeReport) -> Paragraphs:
    reason = report.end_reason_text if report.ended_as != "completed" else None
    early = (f"The referral ended early: {_sentence(reason)}",) if reason else ()
    again = replaced(report)
    return (*((again,) if again else ()), _sentence(report.outcome_text), *early)


def _done(report: OutcomeReport) -> Paragraphs:
    contacts = "1 contact" if report.contacts == 1 else f"{report.contacts or 'No'} contacts"
    who = report.sender.name
    if report.provider is not None:
        who = (
            f"{report.provider.name}, {report.service_name}" if report.service_name else report.provider.name
        )
    helped = "Nobody was found who could help." if _nobody(report) else f"Helped by: {who}. {contacts}."
    worker = report.link_worker if report.link_worker not in ("", report.sender.name) else None
    return (
        *_paragraphs(report.summary),
        helped,
        *((f"Link worker: {worker}, {report.sender.name}.",) if worker else ()),
        f"What did not work: {' '.join(report.did_not_work) or NOTHING_IN_VAIN}",
    )


def _nobody(report: OutcomeReport) -> bool:
    return report.provider is None and report.end_reason == "no-suitable-service"


def _goal(report: OutcomeReport) -> Paragraphs:
    if not report.goal:
        return (f"{NOT_RECORDED}.",)
    before, after = (
        NOT_RECORDED.lower() if value is None else str(value)
        for value in (report.goal_before, report.goal_after)
    )
    return (*_paragraphs(report.goal), f"Progress, from 0 to 10: first {before}, later {after}.")


def _score_lines(scores: Iterable[ScoreToTell]) -> Iterable[ScoreLine]:
    """One line a question, the newest score of each phase, in the order in which the questions came."""
    asked: dict[tuple[str, str], dict[str, ScoreToTell]] = {}
    for score in sorted(scores, key=lambda each: each.taken_on):
        asked.setdefault((score.measure, score.code), {})[score.phase] = score
    order = list(dict.fromkeys((score.measure, score.code) for score in scores))
    for measure, code in order:
        phases = asked[measure, code]
        any_of_them = next(iter(phases.values()))
        question = any_of_them.display if any_of_them.scale else f"{measure}: {any_of_them.display}"
        yield ScoreLine(question, any_of_them.scale, _score(phases, "before"), _score(phases, "after"))


def _score(phases: dict[str, ScoreToTell], phase: str) -> str:
    score = phases.get(phase)
    return f"{score.value:g} ({_short_day(score.taken_on)})" if score else NOT_RECORDED


def _dates(report: OutcomeReport) -> tuple[Fact, ...]:
    return (
        ("Referred", _local_day(report.referred_on)),
        ("Work began", _local_day(report.started_on) if report.started_on else NOT_RECORDED),
        ("Ended", _local_day(report.ended_on)),
        ("Letter written", _local_day(report.composed_at)),
    )


def _paragraphs(text: str) -> Paragraphs:
    return tuple(line for each in text.splitlines() if (line := " ".join(each.split())))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _local_day(moment: datetime) -> str:
    return _day(moment.astimezone(_LONDON).date())


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _short_day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"
