"""How help ends: no end without an outcome, and every end of a referral leaves word for the GP who asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import (
    HELPS,
    OPEN_PLACEMENT,
    PLAIN,
    Action,
    FeedbackStatus,
    Telling,
    Track,
    Transition,
    decide,
)
from app.domain.outcomes import Taken
from app.domain.referral import Outcome, Placement
from app.domain.undelivered import Kind
from app.domain.vocabulary import END_REASONS, OutcomeState, Role
from app.services.caring.triage import back_to_triage_if_nothing_open
from app.services.feedback.acknowledgement import acknowledge
from app.services.feedback.progress import tell_taken_back
from app.services.feedback.telling import tell_end
from app.services.follow_up import follow_up_stops
from app.services.measures import measures_taken
from app.services.rights import stop_notices
from app.services.watching import unmet_need
from app.services.watching.calendar import limits_of
from app.store import departures, feedback, outbox, outcomes, placements, referrals, set_aside, tasks
from app.store.outcomes import About
from app.store.session import Database, Tx

LONGEST_TEXT = 4000
STOPPED_BY_PERSON = "person-declined"  # the reason of an end that the person brought about themselves
_STOPPED = "stopped by the person"
_BY_THEMSELVES = (
    "The person ended this themselves, on their own page. Nobody has asked them yet how things are for them."
)
_NOBODY = "no-suitable-service"  # the reason of an end that is evidence of an unmet need


@dataclass(frozen=True, slots=True)
class Ending:
    """What is recorded when something ends; `outcome` None is refused by the rules."""

    outcome: Outcome | None
    measures: Sequence[Taken] = ()
    reason: str | None = None
    told: Telling = PLAIN


def complete(db: Database, actor: Actor, placement_id: UUID, ending: Ending) -> None:
    """The provider has finished: placement and, when nothing else is open, referral are completed and the GP told."""
    with db.transaction(actor) as tx:
        placement = _end_placement(tx, placement_id, Action.COMPLETE, ending)
        with tx.as_system("completed") as system_tx:
            if not _others_open(system_tx, placement):
                _end_referral(system_tx, placement.referral_id, Action.COMPLETE, ending)


def end_placement_early(db: Database, actor: Actor, placement_id: UUID, ending: Ending) -> None:
    """The provider cannot go on; the link worker decides what is next."""
    with db.transaction(actor) as tx:
        placement = _end_placement(tx, placement_id, Action.END_EARLY, ending)
        back_to_triage_if_nothing_open(tx, placement.referral_id)


def complete_by_link_worker(db: Database, actor: Actor, referral_id: UUID, ending: Ending) -> None:
    """The link worker's own support was what the person needed."""
    _end_by_link_worker(db, actor, referral_id, Action.COMPLETE, ending)


def end_early(db: Database, actor: Actor, referral_id: UUID, ending: Ending) -> None:
    """The link worker ends a referral before its aim, with a reason and an honest outcome; the GP is told."""
    _end_by_link_worker(db, actor, referral_id, Action.END_EARLY, ending)


def withdraw(db: Database, actor: Actor, referral_id: UUID, *, reason: str | None) -> None:
    """Take a referral back at the wish of the person or the practice: whoever has it is told to stop."""
    with db.transaction(actor) as tx:
        take_back(tx, referral_id, reason=reason)


def take_back(tx: Tx, referral_id: UUID, *, reason: str | None) -> None:
    """Do the same within a step of the caller's, as who acts there: the platform, for a person on their own page."""
    referral = referrals.get_for_update(tx, referral_id, audit="withdraw")
    departures.shut(
        tx, referral.person_id
    )  # what is leaving at this moment has left, and is stopped by a notice
    step = decide(Track.REFERRAL, referral.status, Action.WITHDRAW, role=tx.actor.role, reason=reason)
    referrals.record(tx, referral_id, step, audit="withdraw")
    with tx.as_system("withdrawn") as system_tx:
        stopped = _withdraw_placements(system_tx, referral_id, reason)
        if reason == "consent-withdrawn":
            stop_notices.tell(system_tx, referral, stopped)
        if tx.actor.role is not Role.PRACTICE:  # who took it back themselves need not be told
            tell_taken_back(system_tx, referral_id, reason or "other")


def end_for_person(tx: Tx, referral_id: UUID) -> None:
    """End, as the platform, help that had begun and that the person stops themselves; whoever asked is told.

    The outcome says what is known: that they stopped it, and that nobody has asked how things are.
    """
    referral = referrals.get_for_update(tx, referral_id, audit=_STOPPED)
    departures.shut(tx, referral.person_id)
    outcome = Outcome(OutcomeState.NOT_ASKED, _BY_THEMSELVES, "")
    ending = Ending(outcome, reason=STOPPED_BY_PERSON)
    step = _decide(tx, Track.REFERRAL, referral.status, Action.END_EARLY, ending)
    _write(tx, About(referral.id, referral.person_id), ending)
    referrals.record(tx, referral_id, step, audit=_STOPPED)
    stopped = _withdraw_placements(tx, referral_id, "consent-withdrawn")
    stop_notices.tell(tx, referral, stopped)
    tell_end(tx, referral_id)


def reopen(db: Database, actor: Actor, referral_id: UUID, *, reason: str | None) -> None:
    """Take an ended referral up again; its next end is told to the GP again."""
    with db.transaction(actor) as tx:
        open_again(tx, referral_id, reason=reason)


def open_again(tx: Tx, referral_id: UUID, *, reason: str | None) -> None:
    """Do the same within a step of the caller's."""
    referral = referrals.get_for_update(tx, referral_id, audit="reopen")
    step = decide(Track.REFERRAL, referral.status, Action.REOPEN, role=tx.actor.role, reason=reason)
    look_on = limits_of(tx).days.on_or_after(tx.today)
    referrals.record(tx, referral_id, step, audit="reopen", next_action_on=look_on)
    follow_up_stops.stop_of_reopened(tx, referral_id)


def retry_feedback(db: Database, actor: Actor, feedback_id: UUID) -> None:
    """Send a failed message again, as it was."""
    with db.transaction(actor) as tx:
        found = feedback.get_for_update(tx, feedback_id, audit="retry feedback")
        step = decide(found.track, found.status, Action.RETRY, role=actor.role)
        feedback.record(tx, feedback_id, step, audit="retry feedback")
        with tx.as_system("retry") as system_tx:
            outbox.retry_feedback(system_tx, feedback_id)
            set_aside.end_if_any(system_tx, Kind.NEWS, feedback_id)


def confirm_read(db: Database, actor: Actor, referral_id: UUID) -> None:
    """The practice says on its own page that the outcome is in the person's record: the loop closes."""
    check_acts_as(actor, Role.PRACTICE)
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit="acknowledge")  # raises NotFound for another practice's
        told = feedback.list_for_referral(tx, referral_id, audit="acknowledge")
        if not told:
            raise Conflict("There is no outcome to acknowledge yet.")
        if told[-1].status != FeedbackStatus.ACKNOWLEDGED:  # said before: saying it again is harmless
            acknowledge(tx, told[-1], how="page")


def complete_task(db: Database, actor: Actor, task_id: UUID) -> None:
    """Tick a task off."""
    with db.transaction(actor) as tx:
        tasks.record_done(tx, task_id, audit="finish task")


def _end_placement(tx: Tx, placement_id: UUID, action: Action, ending: Ending) -> Placement:
    placement = placements.get_for_update(tx, placement_id, audit=action.value)
    step = _decide(tx, Track.PLACEMENT, placement.status, action, ending)
    referral = referrals.get(tx, placement.referral_id, audit=action.value)
    _write(tx, About(referral.id, referral.person_id, placement_id), ending)
    placements.record(tx, placement_id, replace(step, told=ending.told), audit=action.value)
    return placement


def _end_by_link_worker(
    db: Database, actor: Actor, referral_id: UUID, action: Action, ending: Ending
) -> None:
    with db.transaction(actor) as tx:
        end_for_team(tx, referral_id, action, ending)


def end_for_team(tx: Tx, referral_id: UUID, action: Action, ending: Ending) -> None:
    """End a referral, within a step of the caller's, as the link worker who acts there; whoever asked is told."""
    referral = referrals.get_for_update(tx, referral_id, audit=action.value)
    step = _decide(tx, Track.REFERRAL, referral.status, action, ending)
    _write(tx, About(referral.id, referral.person_id), ending)
    if ending.reason == _NOBODY:
        unmet_need.say(tx, referral)
    referrals.record(tx, referral_id, step, audit=action.value)
    with tx.as_system("ended") as system_tx:
        _withdraw_placements(system_tx, referral_id, "other", to_helpers=ending.reason)
        tell_end(system_tx, referral_id)


def _end_referral(tx: Tx, referral_id: UUID, action: Action, ending: Ending) -> None:
    referral = referrals.get_for_update(tx, referral_id, audit=action.value)
    step = _decide(tx, Track.REFERRAL, referral.status, action, ending)
    referrals.record(tx, referral_id, step, audit=action.value)
    tell_end(tx, referral_id)


def _decide(tx: Tx, track: Track, status: str, action: Action, ending: Ending) -> Transition:
    outcome = ending.outcome.state if ending.outcome else None
    return decide(track, status, action, role=tx.actor.role, reason=ending.reason, outcome=outcome)


def _write(tx: Tx, about: About, ending: Ending) -> None:
    problems = _problems(tx, about, ending)
    if problems:
        raise Invalid(problems)
    measures_taken.write(tx, about, ending.measures)
    if ending.outcome is not None:
        outcomes.add_outcome(tx, about, ending.outcome, audit="record outcome")
        measures_taken.look_at(tx, about.referral_id, ending.outcome)


def _problems(tx: Tx, about: About, ending: Ending) -> list[FieldProblem]:
    referral = referrals.get(tx, about.referral_id, audit="record outcome") if ending.measures else None
    problems = measures_taken.problems(tx, ending.measures, of=referral)
    outcome = ending.outcome
    if outcome is None:
        return problems
    for name in ("goal_before", "goal_after"):
        value = getattr(outcome, name)
        if value is not None and not 0 <= value <= 10:
            problems.append(FieldProblem(name, "Give a number from 0 to 10."))
    for name in ("summary", "actions", "risks", "goal"):
        if len(getattr(outcome, name) or "") > LONGEST_TEXT:
            problems.append(FieldProblem(name, f"Keep it under {LONGEST_TEXT} characters."))
    return problems


def _others_open(tx: Tx, ended: Placement) -> bool:
    found = placements.list_for_referral(tx, ended.referral_id, audit="complete")
    return any(other.status in OPEN_PLACEMENT and other.id != ended.id for other in found)


def _withdraw_placements(
    tx: Tx, referral_id: UUID, reason: str | None, *, to_helpers: str | None = None
) -> Sequence[Placement]:
    """Take back what is open; return it, as it stood before. Whoever helps hears why, of END_REASONS, if it is told."""
    placements.record_plan(tx, referral_id, [])
    taken_back = []
    for placement in placements.list_for_referral(tx, referral_id, audit="withdraw"):
        if placement.status in OPEN_PLACEMENT:
            step = decide(
                Track.PLACEMENT, placement.status, Action.WITHDRAW, role=tx.actor.role, reason=reason
            )
            said = END_REASONS.get(to_helpers or "") if placement.status in HELPS else None
            told = replace(step, told=Telling(said=said and str(said)))
            placements.record(tx, placement.id, told, audit="withdraw")
            taken_back.append(placement)
    return taken_back
