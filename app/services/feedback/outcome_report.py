"""Gathers what is told about an ended referral: one report, whatever form the practice gets it in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.cautions import Cautions
from app.domain.errors import NotFound
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.measures import Library
from app.domain.outcomes import ENDS, Phase, Taken
from app.domain.referral import Feedback, Organisation, Outcome, Placement, Referral
from app.domain.standing import standing
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, OUTCOME_WORDS, OutcomeState, why
from app.domain.worse import is_worse
from app.services.feedback.letterhead import letterhead
from app.services.helping.parts_told import parts_told
from app.store import cautions, duplicates, outcomes, placements, tasks
from app.store.outcomes import About
from app.store.session import LONDON, Tx
from fhir.message_back import (
    FURTHER_OFF,
    NO_ACTION,
    NOTHING_ASKED,
    RISKS_NOT_RECORDED,
    RISKS_TOLD,
    TEAM_TALKS,
    WORSE,
)
from fhir.messages import OutcomeReport, ScoreToTell

_HELPED = (
    PlacementStatus.STARTED,
    PlacementStatus.PAUSED,
    PlacementStatus.COMPLETED,
    PlacementStatus.ENDED_EARLY,
)
_TRIED_IN_VAIN = {
    PlacementStatus.DECLINED: "declined",
    PlacementStatus.EXPIRED: "did not answer in time",
    PlacementStatus.ENDED_EARLY: "ended early",
}
_NO_BETTER = {
    OutcomeState.NO_CHANGE: "no change was seen",
    OutcomeState.WORSE: "things became worse for the person",
    OutcomeState.DID_NOT_ENGAGE: "the person did not engage",
}


def report_of(
    tx: Tx, referral: Referral, practice: Organisation, *, audit: str, composed_at: datetime | None = None
) -> OutcomeReport:
    """Return the report of a referral's end, with new message ids, dated now unless `composed_at` is given.

    Raises NotFound while no outcome is recorded.
    """
    about = About(referral.id, referral.person_id)
    outcome = outcomes.find_outcome(tx, about, audit=audit)
    if outcome is None:
        raise NotFound("There is no outcome to tell yet.")
    asked, contacts, since = _evidence(tx, referral, audit)
    helped = [placement for placement in asked if placement.status in _HELPED]
    placement = helped[-1] if helped else None
    # A closed referral keeps its reason when it had ended early; a completed one never had any.
    closed_early = referral.status == ReferralStatus.CLOSED and referral.end_reason is not None
    ended_early = referral.status == ReferralStatus.ENDED_EARLY or closed_early
    return OutcomeReport(
        **letterhead(tx, referral, practice, placement=placement, audit=audit, composed_at=composed_at),
        **_words(outcome, placement, parts_told(tx, asked, since=since, audit=audit)),
        **_consent(tx, referral),
        risks=_risks(outcome, cautions.get(tx, referral.id, audit=audit)),
        ended_as="ended-early" if ended_early else "completed",
        end_reason=referral.end_reason,
        end_reason_text=END_REASONS.get(referral.end_reason or ""),
        did_not_work=tuple(_in_vain(asked, placement, outcome)),
        scores=_scores(outcomes.list_measures(tx, about, audit=audit), tx.measures),
        started_on=_started(placement, referral),
        ended_on=referral.ended_at or tx.now,
        contacts=contacts,
    )


def _evidence(tx: Tx, referral: Referral, audit: str) -> tuple[Sequence[Placement], int, date | None]:
    """Return whom was asked, how many contacts reached the person, and from which day on (None: always).

    Of a referral that follows another one it is what that one did, from the day of this request on: what came before
    was done for another requester, of whom this one must not learn.
    """
    leader_id = duplicates.find_leader(tx, referral.id)
    asked = placements.list_for_referral(tx, leader_id or referral.id, audit=audit)
    if leader_id is None:
        return asked, outcomes.count_contacts(tx, referral.id), None
    since = referral.received_at
    told = [each for each in asked if each.offered_at >= since or (each.ended_at or tx.now) >= since]
    day = since.astimezone(LONDON).date()
    return told, outcomes.count_contacts(tx, leader_id, since=day), day


def _started(placement: Placement | None, referral: Referral) -> datetime | None:
    if placement is None or placement.started_at is None:
        return None
    return placement.started_at if placement.started_at >= referral.received_at else None


def replacing(report: OutcomeReport, earlier: Sequence[Feedback]) -> OutcomeReport:
    """Return the report as one that replaces the newest of the earlier outcome messages, if any got there."""
    reached = [each for each in earlier if each.may_be_known]
    if not reached:
        return report
    told_on = reached[-1].composed_at.astimezone(LONDON).date()
    return replace(report, replaces=reached[-1].message_id, replaces_told_on=told_on)


def actions_of(outcome: Outcome, *, team_knows: bool) -> str:
    """Return what whoever asked is to do; where nothing was asked, that, and first that things are worse if they are.

    "No action needed" above a person who is worse off would be read as all is well. `team_knows`: their team was told
    when the outcome was written, which it was not of outcomes from before the platform. Lines, the first is the news.
    """
    if outcome.actions or not is_worse(outcome):
        return outcome.actions or NO_ACTION
    news = WORSE if outcome.state is OutcomeState.WORSE else FURTHER_OFF
    return "\n".join((news, f"{NOTHING_ASKED} {TEAM_TALKS}" if team_knows else NOTHING_ASKED))


def _words(outcome: Outcome, placement: Placement | None, parts: Sequence[str]) -> dict[str, Any]:
    summary = outcome.summary or _plain_summary(placement, outcome)
    return {
        "outcome": outcome.state.value,
        "outcome_text": OUTCOME_WORDS[outcome.state],
        "summary": "\n".join((summary, *parts)),
        "actions": actions_of(outcome, team_knows=True),
        "goal": outcome.goal,
        "goal_before": outcome.goal_before,
        "goal_after": outcome.goal_after,
    }


def _consent(tx: Tx, referral: Referral) -> dict[str, Any]:
    found = tasks.find_newest_consent(tx, referral.id, "share-with-provider")
    if found is None:
        return {}
    return {
        "consent_given": found.given,
        "consent_by_team": found.source != "message",
        "consent_at": found.recorded_at,
    }


def _risks(outcome: Outcome, care: Cautions) -> str:
    """What was written of risks, and that the referral told of some: whoever wrote "none" may not have been told."""
    told = RISKS_TOLD if care.safeguarding or care.risks or care.do_not_contact else ""
    return "\n".join(filter(None, (outcome.risks or RISKS_NOT_RECORDED, told)))


def _plain_summary(placement: Placement | None, outcome: Outcome) -> str:
    who = f"Seen by {placement.provider_name} ({placement.service_name}). " if placement else ""
    return f"{who}{OUTCOME_WORDS[outcome.state]}."


def _in_vain(asked: Iterable[Placement], last: Placement | None, outcome: Outcome) -> Iterable[str]:
    """Say what was tried without success, one sentence each (PRSB: interventions that did not work)."""
    for placement in asked:
        ended = _TRIED_IN_VAIN.get(PlacementStatus(placement.status))
        if ended:
            reason = why((DECLINE_REASONS | END_REASONS).get(placement.reason or ""), placement.said)
            because = f": {reason[0].lower()}{reason[1:]}" if reason else ""
            yield f"{_named(placement)} {ended}{because}."
        elif last and placement.id == last.id and outcome.state in _NO_BETTER:
            yield f"{_named(placement)}: {_NO_BETTER[outcome.state]}."


def _named(placement: Placement) -> str:
    return f"{placement.service_name} ({placement.provider_name})"


def _scores(measures: Iterable[Taken], library: Library) -> tuple[ScoreToTell, ...]:
    """Flatten to one score a line: the first answer of "before", the last of "after" (PRSB: initial, subsequent)."""
    told: dict[tuple[str, str], Taken] = {}
    for taken in standing(measures):
        if taken.phase not in ENDS or taken.skipped:
            continue
        if taken.phase is Phase.AFTER or (taken.measure, taken.phase) not in told:
            told[taken.measure, taken.phase] = taken
    return tuple(
        _score(taken, code, value, library)
        for taken in told.values()
        for code, value in library.scores(library.seen_outside(taken)).items()
    )


def _score(taken: Taken, code: str, value: float, library: Library) -> ScoreToTell:
    measure = library.find(taken.measure, taken.version)
    return ScoreToTell(
        taken.measure,
        code,
        library.display(taken.measure, code, taken.version),
        value,
        taken.phase.value,
        taken.taken_on,
        scale=measure.scale(code) if measure else "",
    )
