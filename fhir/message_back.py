"""The words of the message back to the referrer, in the order that the PRSB standard asks for.

PRSB Social Prescribing Information Standard v1.1: plan and requested actions at the top, "no actions" said
explicitly, a clinical summary with first and later scores, what did not work, risks always. "No known risks" is a
clinical statement: it is only passed on where somebody made it, and silence is told as silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from fhir.messages import OutcomeReport, ScoreToTell
from fhir.systems import SOCIAL_PRESCRIBING_DECLINED, SOCIAL_PRESCRIBING_REFERRAL

NO_ACTION = "No action needed."
NOTHING_ASKED = "No action was asked of you."  # where what became of the person is not to be passed over
WORSE = "Please note: things are worse for the person."
FURTHER_OFF = "Please note: the person is further from their own goal than at the start."
TEAM_TALKS = "The link worker team was asked to talk with them."
RISKS_NOT_RECORDED = "Nothing was recorded about risks."
RISKS_TOLD = "Safeguarding concerns or risks were told with the referral: see the referral."
NOTHING_IN_VAIN = "Nothing recorded."
# What was seen before and after is told; that the service caused it is not, for nobody knows.
NO_CLAIM = "Scores stand side by side: they show a change, not what brought it about."


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its text; lines are separated by new lines."""

    heading: str
    words: str


def sections(report: OutcomeReport) -> tuple[Section, ...]:
    """Return the sections of the message back, actions first."""
    return (
        Section("Plan and requested actions", report.actions.strip() or NO_ACTION),
        Section("Outcome", _outcome(report)),
        Section("Clinical summary", "\n".join(_summary(report))),
        Section("What did not work", "\n".join(report.did_not_work) or NOTHING_IN_VAIN),
        Section("Risks", report.risks.strip() or RISKS_NOT_RECORDED),
        *(Section("SNOMED CT", f"{code} {term}") for code, term in codes(report)),
    )


def codes(report: OutcomeReport) -> tuple[tuple[str, str], ...]:
    """Return the SNOMED CT codes and terms that the practice's record may hold: the referral once help has begun."""
    found = []
    if report.started_on:
        found.append((SOCIAL_PRESCRIBING_REFERRAL, "Referral to social prescribing service (procedure)"))
    if report.end_reason == "person-declined":
        found.append((SOCIAL_PRESCRIBING_DECLINED, "Social prescribing declined"))
    return tuple(found)


def replaced(report: OutcomeReport) -> str | None:
    """Return the sentence that says which outcome is no longer the last word; None for a first end."""
    if report.replaces_told_on is None:
        return None
    return (
        f"This replaces the outcome told on {_day(report.replaces_told_on)}: help was taken up again since."
    )


def as_text(section: Section) -> str:
    """Return a section as a note."""
    return f"{section.heading}: {section.words}"


def as_xhtml(told: tuple[Section, ...]) -> str:
    """Return the sections as a FHIR narrative; every word is escaped."""
    parts = []
    for section in told:
        lines = "<br/>".join(escape(line, quote=False) for line in section.words.splitlines())
        parts.append(f"<h3>{escape(section.heading, quote=False)}</h3><p>{lines}</p>")
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{"".join(parts)}</div>'


def _outcome(report: OutcomeReport) -> str:
    reason = report.end_reason_text if report.ended_as != "completed" else None
    lines = (replaced(report), report.outcome_text, f"The referral ended early: {reason}" if reason else None)
    return "\n".join(line for line in lines if line)


def _summary(report: OutcomeReport) -> Iterator[str]:
    if report.summary.strip():
        yield report.summary.strip()
    if report.provider is not None:
        service = f" ({report.service_name})" if report.service_name else ""
        yield f"Provided by: {report.provider.name}{service}"
    yield f"Contacts: {report.contacts}"
    if report.goal:
        yield f"The person's own goal: {report.goal}{_goal_progress(report)}"
    measured = list(_scores(report.scores))
    yield from measured
    if measured:
        yield NO_CLAIM


def _goal_progress(report: OutcomeReport) -> str:
    before, after = _number(report.goal_before), _number(report.goal_after)
    if before is None and after is None:
        return ""
    return f" (progress, 0 to 10: before {before or 'not recorded'}, after {after or 'not recorded'})"


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _scores(scores: tuple[ScoreToTell, ...]) -> Iterator[str]:
    """One line a question: its first and its latest score of each phase, with their days."""
    named: dict[tuple[str, str], dict[str, ScoreToTell]] = {}
    for score in sorted(scores, key=lambda each: each.taken_on):
        named.setdefault((score.measure, score.code), {})[score.phase] = score
    for (measure, _), phases in named.items():
        display = next(iter(phases.values())).display
        told = ", ".join(_phase(phases.get(phase), phase) for phase in ("before", "after"))
        yield f"{measure}, {display}: {told}"


def _phase(score: ScoreToTell | None, phase: str) -> str:
    return f"{phase} {score.value:g} ({_day(score.taken_on)})" if score else f"{phase} not recorded"


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
