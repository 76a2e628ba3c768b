"""Gathers what is told about an ended referral: one report, whatever form the practice gets it in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from app.domain.errors import NotFound
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.outcomes import Taken, display, scores
from app.domain.referral import Organisation, Outcome, Person, Placement, Referral
from app.domain.vocabulary import END_REASONS, OUTCOME_WORDS, OrganisationKind
from app.store import directory, outcomes, people, placements
from app.store.outcomes import About
from app.store.session import Tx
from fhir.message_back import NO_ACTION, NO_RISKS
from fhir.messages import OrganisationToTell, OutcomeReport, PersonToTell, ScoreToTell
from fhir.systems import OURS

_VERSION = "1.0.0"
_HELPED = (PlacementStatus.STARTED, PlacementStatus.COMPLETED, PlacementStatus.ENDED_EARLY)


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
    helped = [p for p in placements.list_for_referral(tx, referral.id, audit=audit) if p.status in _HELPED]
    placement = helped[-1] if helped else None
    team = directory.get_organisation(tx, referral.team_id)
    # A closed referral keeps its reason when it had ended early; a completed one never had any.
    closed_early = referral.status == ReferralStatus.CLOSED and referral.end_reason is not None
    ended_early = referral.status == ReferralStatus.ENDED_EARLY or closed_early
    return OutcomeReport(
        message_id=str(uuid4()),
        header_id=str(uuid4()),
        composed_at=composed_at or tx.now,
        version=_VERSION,
        from_endpoint=f"{OURS}Id/organisation|{team.id}",
        to_endpoint=referral.reply_endpoint or f"{OURS}Id/organisation|{practice.id}",
        sender=_told(team),
        receiver=_told(practice),
        link_worker=team.name,
        person=_person(people.get(tx, referral.person_id, audit=audit)),
        ended_as="ended-early" if ended_early else "completed",
        scores=_scores(outcomes.list_measures(tx, about, audit=audit)),
        ended_on=referral.ended_at or tx.now,
        contacts=outcomes.count_contacts(tx, referral.id),
        **_request(referral),
        **_help(tx, placement),
        **_words(outcome, placement),
    )


def _request(referral: Referral) -> dict[str, Any]:
    return {
        "referral_id": str(referral.id),
        "original_bundle_id": referral.original_bundle_id,
        "requester_reference": referral.requester_reference,
        "journey_id": referral.journey_id,
        "end_reason": referral.end_reason,
        "end_reason_text": END_REASONS.get(referral.end_reason or ""),
        "referred_on": referral.received_at,
    }


def _help(tx: Tx, placement: Placement | None) -> dict[str, Any]:
    if placement is None:
        return dict.fromkeys(("provider", "service_id", "service_name", "started_on"))
    return {
        "provider": _told(directory.get_organisation(tx, placement.provider_id)),
        "service_id": str(placement.service_id),
        "service_name": placement.service_name,
        "started_on": placement.started_at,
    }


def _words(outcome: Outcome, placement: Placement | None) -> dict[str, Any]:
    return {
        "outcome": outcome.state.value,
        "outcome_text": OUTCOME_WORDS[outcome.state],
        "summary": outcome.summary or _plain_summary(placement, outcome),
        "actions": outcome.actions or NO_ACTION,
        "risks": outcome.risks or NO_RISKS,
        "goal": outcome.goal,
        "goal_before": outcome.goal_before,
        "goal_after": outcome.goal_after,
    }


def _plain_summary(placement: Placement | None, outcome: Outcome) -> str:
    who = f"Seen by {placement.provider_name} ({placement.service_name}). " if placement else ""
    return f"{who}{OUTCOME_WORDS[outcome.state]}."


def _told(organisation: Organisation) -> OrganisationToTell:
    return OrganisationToTell(
        id=str(organisation.id),
        name=organisation.name,
        ods=organisation.ods,
        is_general_practice=organisation.kind == OrganisationKind.PRACTICE,
    )


def _person(person: Person) -> PersonToTell:
    details = person.details
    return PersonToTell(
        id=str(person.id),
        family=details.family,
        given=details.given,
        birth_date=details.birth_date,
        gender=details.gender,
        nhs_number=details.nhs_number,
        nhs_number_verified=person.identity_confirmed,
    )


def _scores(measures: Iterable[Taken]) -> tuple[ScoreToTell, ...]:
    """Flatten to one score a line; of two answers of one kind and phase the later one counts."""
    newest: dict[tuple[str, str], Taken] = {}
    for taken in measures:
        newest[taken.measure, taken.phase] = taken
    return tuple(
        ScoreToTell(
            taken.measure, code, display(taken.measure, code), value, taken.phase.value, taken.taken_on
        )
        for taken in newest.values()
        for code, value in scores(taken).items()
    )
