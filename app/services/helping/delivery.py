"""The provider's part: answer an offer, start, pause, record contacts; a no or silence falls through to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain import capacity
from app.domain.access import Actor, check_acts_as, system
from app.domain.contacts import KeptContact
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import (
    ANSWER_RUNS_OUT,
    PLAIN,
    Action,
    PlacementStatus,
    ReferralStatus,
    Telling,
    Track,
    decide,
)
from app.domain.referral import Placement
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.services.caring.offering import offer_next
from app.services.caring.triage import back_to_triage_if_nothing_open
from app.services.feedback.progress import tell_accepted, tell_begun, tell_declined
from app.services.helping import first_contact, waiting
from app.services.watching.next_looks import plan_look
from app.store import contacts, directory, outcomes, placements, referrals
from app.store.audit import Entry
from app.store.outcomes import About, Contact
from app.store.session import LONDON, Database, Tx

_SWEEPER = system("sweep")
CHANNELS = ("phone", "visit", "session", "message", "letter")


def open_offer(db: Database, actor: Actor, placement_id: UUID) -> None:
    """Note that the provider has seen the offer; seeing it again changes nothing."""
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="open offer")
        if actor.role is Role.PROVIDER and placement.status == PlacementStatus.OFFERED:
            _step(tx, placement, Action.OPEN)


def accept(
    db: Database,
    actor: Actor,
    placement_id: UUID,
    *,
    asked_again: bool = False,
    wording: int | None = None,
    over_limit: bool = False,
) -> None:
    """Say yes: the place is taken and nobody else is asked.

    From a waiting list the person must still agree; `asked_again` says that somebody asked them now that a place came
    free, by version `wording` of our words. Raises what `waiting.promote` raises. `over_limit` says that one more is
    taken than the service said it has places for: Invalid (field "over_limit") asks for it, and it is audited.
    """
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="accept")
        if placement.reason == "consent-withdrawn":
            raise Conflict(waiting.SAID_NO)
        _step(tx, placement, Action.ACCEPT)
        with tx.as_system("accepted") as system_tx:
            if placement.status == PlacementStatus.WAITLISTED:
                waiting.promote(system_tx, placement, by=actor, asked_again=asked_again, wording=wording)
            placements.record_plan(system_tx, placement.referral_id, [], behind=placement_id)
            if not directory.record_place_taken(system_tx, placement.service_id):
                _check_over_limit(tx, placement, over_limit=over_limit)
            _resume(system_tx, placement.referral_id)
            first_contact.ask_team(system_tx, placement.referral_id)
            tell_accepted(system_tx, placement_id)


def _check_over_limit(tx: Tx, placement: Placement, *, over_limit: bool) -> None:
    if not over_limit:
        sentence = capacity.over_limit(directory.get_service(tx, placement.service_id))
        raise Invalid([FieldProblem("over_limit", sentence, "required")])
    detail = {"service": str(placement.service_id)}
    tx.audit(Entry("accept over own limit", "placement", str(placement.id), None, detail))


def waitlist(
    db: Database,
    actor: Actor,
    placement_id: UUID,
    *,
    wait_weeks: int | None = None,
    told: Telling = PLAIN,
) -> None:
    """Say "later": the person is on the provider's waiting list, for about so many weeks where that is known."""
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="waitlist")
        _step(tx, placement, Action.WAITLIST, told=told)
        waiting.join(tx, placement, wait_weeks=wait_weeks)


def decline(
    db: Database, actor: Actor, placement_id: UUID, *, reason: str | None, told: Telling = PLAIN
) -> None:
    """Say no with a coded reason; the next of the plan is asked, or the link worker is."""
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="decline")
        _step(tx, placement, Action.DECLINE, reason, told=told)
        if not fall_through(tx, placement):
            with tx.as_system("declined") as system_tx:
                tell_declined(system_tx, placement_id)


def overdue(db: Database) -> list[UUID]:
    """Return the offers that met with silence past their day."""
    with db.transaction(_SWEEPER) as tx:
        return list(placements.list_overdue(tx))


def expire(db: Database, placement_id: UUID) -> None:
    """End an offer that met with silence and ask the next; an answer that came meanwhile stands."""
    with db.transaction(_SWEEPER) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="expire")
        if placement.status in ANSWER_RUNS_OUT and placement.respond_by < tx.today:
            _step(tx, placement, Action.EXPIRE)
            fall_through(tx, placement)


def fall_through(tx: Tx, ended: Placement) -> bool:
    """Ask the next service of the plan behind a placement; False when nothing is open and the link worker has it."""
    with tx.as_system("fall-through") as system_tx:
        referral = referrals.get_for_update(system_tx, ended.referral_id, audit="fall through")
        if offer_next(system_tx, referral, ended):
            return True
    return not back_to_triage_if_nothing_open(tx, ended.referral_id)


def start(db: Database, actor: Actor, placement_id: UUID) -> None:
    """Help has started."""
    with db.transaction(actor) as tx:
        begin(tx, placements.get_for_update(tx, placement_id, audit="start"))


def pause(
    db: Database, actor: Actor, placement_id: UUID, *, reason: str | None, told: Telling = PLAIN
) -> None:
    """Help rests for a coded reason; the place stays the person's."""
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="pause")
        _step(tx, placement, Action.PAUSE, reason, told=told)


def resume(db: Database, actor: Actor, placement_id: UUID) -> None:
    """Help goes on after a pause; it begins here where it had not begun before."""
    with db.transaction(actor) as tx:
        begin(tx, placements.get_for_update(tx, placement_id, audit="resume"), Action.RESUME)


def record_contact(db: Database, actor: Actor, placement_id: UUID, contact: Contact) -> None:
    """Write a contact; the first that reached the person starts an accepted placement."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="record contact")
        problems = _contact_problems(tx, contact, since=placement.offered_at)
        if problems:
            raise Invalid(problems)
        if placement.status == PlacementStatus.ACCEPTED and contact.reached:
            begin(tx, placement)
        elif placement.status not in (
            PlacementStatus.ACCEPTED,
            PlacementStatus.STARTED,
            PlacementStatus.WAITLISTED,
            PlacementStatus.PAUSED,
        ):
            decide(Track.PLACEMENT, placement.status, Action.START, role=actor.role)  # raises: says why not
        about = _about(tx, placement, audit="record contact")
        outcomes.add_contact(tx, about, contact, audit="record contact")
        plan_look(tx, placement.referral_id)
        _note_waiting(tx, placement, contact)


def list_contacts(db: Database, actor: Actor, placement_id: UUID) -> Sequence[KeptContact]:
    """Return what a placement's provider wrote down of contacts, oldest first, also what it took back."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit="read contacts")
        return contacts.list_kept(tx, _about(tx, placement, audit="read contacts"), audit="read contacts")


def take_contact_back(db: Database, actor: Actor, placement_id: UUID, contact_id: UUID) -> None:
    """Take a wrong contact of the provider's back: it counts no more and stays in the history.

    Help that it started stays started: that is a step of its own. Raises NotFound when it is not one of this
    placement's, Conflict when it was taken back before.
    """
    check_acts_as(actor, Role.PROVIDER)
    act = "take contact back"
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit=act)
        contacts.record_taken_back(tx, _about(tx, placement, audit=act), contact_id, audit=act)
        plan_look(tx, placement.referral_id)


def _about(tx: Tx, placement: Placement, *, audit: str) -> About:
    referral = referrals.get(tx, placement.referral_id, audit=audit)
    return About(referral.id, referral.person_id, placement.id)


def record_team_contact(db: Database, actor: Actor, placement_id: UUID, contact: Contact) -> None:
    """Write that the link worker was in touch with somebody who waits; the provider sees the day and no note.

    Raises Conflict when they are on no waiting list, Invalid with every problem.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="record contact")
        if placement.status != PlacementStatus.WAITLISTED:
            raise Conflict("This person is not on a waiting list any more: somebody answered meanwhile.")
        problems = _contact_problems(tx, contact, since=placement.offered_at)
        if problems:
            raise Invalid(problems)
        referral = referrals.get(tx, placement.referral_id, audit="record contact")
        outcomes.add_contact(tx, About(referral.id, referral.person_id), contact, audit="record contact")
        _note_waiting(tx, placement, contact)


def _note_waiting(tx: Tx, placement: Placement, contact: Contact) -> None:
    if placement.status == PlacementStatus.WAITLISTED and contact.reached:
        with tx.as_system("contact while waiting") as system_tx:
            waiting.note_contact(system_tx, placement.id, by_team=tx.actor.role is Role.LINK_WORKER)


def begin(tx: Tx, placement: Placement, action: Action = Action.START) -> None:
    """Start the help of a placement, or go on with it; the practice hears of it once."""
    _step(tx, placement, action)
    if placement.started_at is not None:
        return
    with tx.as_system("begun") as system_tx:
        tell_begun(system_tx, placement.id)


def _contact_problems(tx: Tx, contact: Contact, *, since: datetime) -> list[FieldProblem]:
    problems = []
    if contact.channel not in CHANNELS:
        problems.append(FieldProblem("channel", f"Choose one of: {', '.join(CHANNELS)}.", "code-invalid"))
    if contact.happened_on > tx.today:
        problems.append(FieldProblem("happened_on", "A contact cannot lie in the future."))
    if contact.happened_on < (asked := since.astimezone(LONDON).date()):
        sentence = worded("You were asked on %(day)s: a contact cannot be earlier.", day=asked)
        problems.append(FieldProblem("happened_on", sentence))
    return problems


def _step(
    tx: Tx, placement: Placement, action: Action, reason: str | None = None, *, told: Telling = PLAIN
) -> None:
    step = decide(Track.PLACEMENT, placement.status, action, role=tx.actor.role, reason=reason)
    placements.record(tx, placement.id, replace(step, told=told), audit=action.value)
    plan_look(tx, placement.referral_id)


def _resume(tx: Tx, referral_id: UUID) -> None:
    referral = referrals.get_for_update(tx, referral_id, audit="resume")
    if referral.status == ReferralStatus.WAITING:
        step = decide(Track.REFERRAL, referral.status, Action.RESUME, role=tx.actor.role)
        referrals.record(tx, referral_id, step, audit="resume")
