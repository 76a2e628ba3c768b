"""The reads of the pages and of the JSON API: one function for each question, each naming its act for the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.deadlines import is_urgent
from app.domain.disclosure import Disclosure, Request, disclosed_to_provider
from app.domain.lifecycle import PlacementStatus, Track, available_actions
from app.domain.referral import Placement, Referral, Service, Step
from app.domain.standing import standing
from app.domain.turns import whose_turn
from app.domain.vocabulary import Role
from app.services.caring.disclosure import DISCLOSE, disclosed, goals_for
from app.services.caring.owners_seen import owner_of, whose
from app.services.helping import first_contact
from app.services.incoming.duplicates import cautions_of, steps_of
from app.services.incoming.hearers import hearing_of
from app.services.shown.seen import (
    Attention,
    FirstContact,
    Heading,
    LoopDetail,
    LoopPage,
    Page,
    PlacementDetail,
    PlacementPage,
    PlanLine,
    ReferralDetail,
    ReferralPage,
)
from app.services.shown.seen_lines import loop_line, person_banner, placement_line, referral_line
from app.store import (
    corrections,
    directory,
    duplicates,
    feedback,
    inbox,
    outcomes,
    overviews,
    people,
    placements,
    places,
    referrals,
    tasks,
    transitions,
)
from app.store.inbox import Parked
from app.store.outcomes import About
from app.store.session import Database, Tx
from app.store.sharing import asks_first
from app.store.tasks import Task

TASKS: Final = 25  # on a page


def list_referrals(db: Database, actor: Actor, *, page: int = 1, open_only: bool = False) -> ReferralPage:
    """Return a page of the team's referrals, what is overdue first, then what is urgent; for link workers."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "list referrals"
    with db.transaction(actor) as tx:
        found, total = referrals.list_page(tx, audit=act, page=page, open_only=open_only)
        known = people.list_for_referrals(tx, [referral.person_id for referral in found], audit=act)
        lines = whose(tx, [referral_line(each, known[each.person_id], tx.today) for each in found])
    return Page(lines, total, page, referrals.PAGE)


def get_referral(db: Database, actor: Actor, referral_id: UUID) -> ReferralDetail:
    """Return all of one referral for the link worker; raises NotFound when it is not their team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "read referral"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        about = About(referral.id, referral.person_id)
        return ReferralDetail(
            referral=referral,
            turn=whose_turn(Track.REFERRAL, referral.status),
            person=person_banner(people.get(tx, referral.person_id, audit=act), tx.today),
            reason=referrals.reason_text(tx, referral, audit=act),
            brief=referrals.brief_text(tx, referral, audit=act),
            take_care=cautions_of(tx, referral_id, audit=act).for_team(),
            requested_by=referrals.requested_by(tx, referral, audit=act),
            consent_to_share=tasks.find_consent(tx, referral_id, "share-with-provider"),
            ask_first=asks_first(tx, referral_id),
            placements=tuple(placements.list_for_referral(tx, referral_id, audit=act)),
            plan=_plan(tx, referral_id),
            timeline=_timeline(tx, referral_id, act),
            contacts=tuple(outcomes.list_contacts(tx, about, audit=act)),
            measures=tuple(outcomes.list_measures(tx, about, audit=act)),
            outcome=outcomes.find_outcome(tx, about, audit=act),
            feedback=tuple(feedback.list_for_referral(tx, referral_id, audit=act)),
            on_the_way=tuple(feedback.list_on_the_way(tx, referral_id, audit=act)),
            tasks=tuple(tasks.list_open(tx, audit=act, referral_id=referral_id)),
            actions=available_actions(Track.REFERRAL, referral.status, actor.role),
            hearing=hearing_of(tx, referral),
            owner=owner_of(tx, referral_id),
        )


def get_heading(db: Database, actor: Actor, referral_id: UUID) -> Heading:
    """Return what stands first on every page about a referral; raises NotFound when it is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "read heading"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        return Heading(
            referral=referral,
            person=person_banner(people.get(tx, referral.person_id, audit=act), tx.today),
            take_care=cautions_of(tx, referral_id, audit=act).for_team(),
            consent_to_share=tasks.find_consent(tx, referral_id, "share-with-provider"),
        )


def _timeline(tx: Tx, referral_id: UUID, act: str) -> tuple[Step, ...]:
    steps = [*transitions.timeline(tx, referral_id, audit=act), *duplicates.list_told(tx, referral_id)]
    return tuple(sorted(steps, key=lambda step: step.at))


def list_tasks(db: Database, actor: Actor, *, page: int = 1, size: int = TASKS) -> Page[Task]:
    """Return a page of the open tasks of the actor's organisation; the steward's are those of nobody else."""
    check_acts_as(actor, Role.LINK_WORKER, Role.STEWARD)
    with db.transaction(actor) as tx:
        found, total = tasks.list_page(tx, audit="list tasks", page=page, size=size)
    return Page(found, total, page, size)


def list_placements(db: Database, actor: Actor, *, page: int = 1) -> PlacementPage:
    """Return a page of the provider's own placements, unanswered first."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        found, total = placements.list_page(tx, audit="list placements", page=page)
        whose = overviews.people_of(tx, {placement.referral_id for placement in found}, audit=DISCLOSE)
        known = people.list_for_referrals(tx, [one.person_id for one in whose.values()], audit=DISCLOSE)
        lines = []
        for placement in found:
            one = whose[placement.referral_id]
            person, status = known[one.person_id], placement.status
            shown = disclosed_to_provider(person, Request(), status=status, today=tx.today)
            line = placement_line(placement, tx.today, reference=one.reference, person_name=shown.name)
            lines.append(replace(line, urgent=is_urgent(one.priority)))
    return Page(lines, total, page, placements.PAGE)


def get_placement(db: Database, actor: Actor, placement_id: UUID) -> PlacementDetail:
    """Return one placement for its provider; raises NotFound when it is not theirs. Reading it changes nothing."""
    check_acts_as(actor, Role.PROVIDER)
    act = "read placement"
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=act)
        referral = referrals.get(tx, placement.referral_id, audit=act)
        about = About(referral.id, referral.person_id, placement_id)
        goals = goals_for(tx, referral, placement_id, audit=DISCLOSE)
        brief, status = placement.brief, placement.status
        shown = disclosed(tx, referral, brief=brief, status=status, audit=DISCLOSE, goals=goals)
        return PlacementDetail(
            summary=replace(
                placement_line(placement, tx.today, reference=referral.reference, person_name=shown.name),
                urgent=is_urgent(referral.priority),
            ),
            reason=placement.reason,
            said=placement.said,
            person=shown,
            team_name=directory.get_organisation(tx, referral.team_id).name,
            team_phone=_team_phone(tx, referral),
            first_contact=_first_contact(tx, placement, shown),
            hearing=hearing_of(tx, referral),
            contacts=tuple(outcomes.list_contacts(tx, about, audit=act)),
            measures=standing(outcomes.list_measures(tx, about, audit=act)),
            outcome=outcomes.find_outcome(tx, about, audit=act),
            timeline=tuple(transitions.timeline(tx, referral.id, audit=act)),
            put_right_at=_put_right_at(tx, placement_id) if shown.name else None,
        )


def _team_phone(tx: Tx, referral: Referral) -> str | None:
    with tx.as_system("team's telephone") as system_tx:
        profile = places.find_profile(system_tx, referral.team_id)
    return profile.phone if profile else None


def _first_contact(tx: Tx, placement: Placement, shown: Disclosure) -> FirstContact | None:
    if placement.status != PlacementStatus.ACCEPTED or not shown.contact_through_team:
        return None
    with tx.as_system("first contact") as system_tx:  # the task is the team's
        waited_for = first_contact.is_waited_for(system_tx, placement.referral_id)
    return FirstContact.WAITED_FOR if waited_for else FirstContact.MADE


def _put_right_at(tx: Tx, placement_id: UUID) -> datetime | None:
    with tx.as_system("details put right") as system_tx:
        return corrections.find_told(system_tx, placement_id)


def list_loops(db: Database, actor: Actor, *, page: int = 1) -> LoopPage:
    """Return a page of the practice's own referrals, each with the stages it has reached."""
    check_acts_as(actor, Role.PRACTICE)
    act = "list loops"
    with db.transaction(actor) as tx:
        found, total = referrals.list_page(tx, audit=act, page=page)
        known = people.list_for_referrals(tx, [referral.person_id for referral in found], audit=act)
        steps = steps_of(tx, [referral.id for referral in found], audit=act)
        lines = [loop_line(each, known[each.person_id], steps.get(each.id, ())) for each in found]
    return Page(lines, total, page, referrals.PAGE)


def get_loop(db: Database, actor: Actor, referral_id: UUID) -> LoopDetail:
    """Return one referral of the practice's own; raises NotFound when another practice asked."""
    check_acts_as(actor, Role.PRACTICE)
    act = "read loop"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        person = people.get(tx, referral.person_id, audit=act)
        steps = transitions.timeline(tx, referral_id, audit=act)
        about = About(referral.id, referral.person_id)
        return LoopDetail(
            line=loop_line(referral, person, steps_of(tx, [referral_id], audit=act).get(referral_id, ())),
            loaded=referrals.is_loaded(tx, referral_id, audit=act),
            requester_reference=referral.requester_reference,
            nhs_number=person.details.nhs_number_spaced,
            birth_date=person.details.birth_date,
            outcome=outcomes.find_outcome(tx, about, audit=act),
            measures=standing(outcomes.list_measures(tx, about, audit=act)),
            feedback=tuple(feedback.list_for_referral(tx, referral_id, audit=act)),
            on_the_way=tuple(feedback.list_on_the_way(tx, referral_id, audit=act)),
            timeline=tuple(steps),
        )


def list_parked(db: Database, actor: Actor) -> Sequence[Parked]:
    """Return the messages that wait for the steward, oldest first; never their content."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return inbox.list_parked(tx, audit="list parked")


def list_attention(db: Database, actor: Actor, *, page: int = 1) -> Attention:
    """Return what the steward must look at; nobody's record is opened."""
    check_acts_as(actor, Role.STEWARD)
    act = "list attention"
    with db.transaction(actor) as tx:
        parked = tuple(inbox.list_parked(tx, audit=act))
        waiting, total = tasks.list_page(tx, audit=act, page=page, size=TASKS)
        with tx.as_system(
            "attention"
        ) as system_tx:  # the steward sees no referral, only that its news failed
            failed = tuple(overviews.list_failed_news(system_tx, audit=act))
    return Attention(failed, parked, Page(waiting, total, page, TASKS))


def list_services(db: Database, actor: Actor) -> Sequence[Service]:
    """Return every service of the place, by name; nothing in the directory is about a person."""
    with db.transaction(actor) as tx:
        return directory.list_services(tx, beside=actor.organisation_id)


def _plan(tx: Tx, referral_id: UUID) -> tuple[PlanLine, ...]:
    services = [(directory.get_service(tx, one), why) for one, why in placements.list_plan(tx, referral_id)]
    return tuple(PlanLine(service.id, service.name, service.provider_name, why) for service, why in services)
