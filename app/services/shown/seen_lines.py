"""Makes what the lists and the heads of the pages show of one record each, from the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.domain.lifecycle import ANSWER_RUNS_OUT, Action, Track, available_actions
from app.domain.referral import Person, Placement, Referral, Step, age_on
from app.domain.stages import stages_reached
from app.domain.turns import whose_turn
from app.domain.vocabulary import Role
from app.services.shown.seen import LoopLine, PersonBanner, PlacementSummary, ReferralSummary
from app.store.session import LONDON


def referral_line(referral: Referral, person: Person, today: date) -> ReferralSummary:
    """Return a referral as it stands in the link worker's list."""
    return ReferralSummary(
        id=referral.id,
        reference=referral.reference,
        person_name=person.details.full_name,
        age=age_on(today, person.details.birth_date),
        status=referral.status,
        turn=whose_turn(Track.REFERRAL, referral.status),
        priority=referral.priority,
        safeguarding=referral.safeguarding,
        needs=referral.needs,
        requester_name=referral.requester_name,
        received_at=referral.received_at,
        next_action_on=referral.next_action_on,
        overdue=referral.next_action_on is not None and referral.next_action_on < today,
        source_kind=referral.source_kind,
        waited_days=(today - referral.received_at.astimezone(LONDON).date()).days,
    )


def person_banner(person: Person, today: date) -> PersonBanner:
    """Return who a referral is about; of a restricted person neither where they live nor how to reach them."""
    details, hidden = person.details, person.restricted
    return PersonBanner(
        id=person.id,
        name=details.full_name,
        nhs_number=details.nhs_number_spaced,
        identity_confirmed=person.identity_confirmed,
        birth_date=details.birth_date,
        age=age_on(today, details.birth_date),
        gender=details.gender,
        language=details.language,
        address_lines=() if hidden else details.address_lines,
        postcode=None if hidden else details.postcode,
        phones=() if hidden else details.phones,
        email=None if hidden else details.email,
        restricted=hidden,
        deceased=person.deceased,
    )


def placement_line(
    placement: Placement, today: date, *, reference: str, person_name: str | None
) -> PlacementSummary:
    """Return a placement as its provider sees it; `person_name` is no more than is disclosed to them."""
    return PlacementSummary(
        id=placement.id,
        reference=reference,
        service_name=placement.service_name,
        person_name=person_name,
        status=placement.status,
        offered_at=placement.offered_at,
        respond_by=placement.respond_by,
        overdue=placement.status in ANSWER_RUNS_OUT and placement.respond_by < today,
        started_at=placement.started_at,
        ended_at=placement.ended_at,
        actions=available_actions(Track.PLACEMENT, placement.status, Role.PROVIDER),
    )


def loop_line(referral: Referral, person: Person, steps: Sequence[Step]) -> LoopLine:
    """Return a referral as its practice sees it, from all of its steps, oldest first."""
    told = [step.after for step in steps if step.track == Track.FEEDBACK]
    closable = Action.CLOSE in available_actions(Track.REFERRAL, referral.status, Role.SYSTEM)
    can = bool(told) and Action.ACKNOWLEDGE in available_actions(Track.FEEDBACK, told[-1], Role.PRACTICE)
    return LoopLine(
        id=referral.id,
        reference=referral.reference,
        person_name=person.details.full_name,
        status=referral.status,
        received_at=referral.received_at,
        end_reason=referral.end_reason,
        reached=stages_reached(steps),
        can_acknowledge=can and closable,
    )
