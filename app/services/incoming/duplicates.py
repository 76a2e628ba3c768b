"""Two requests for one person: a link worker sees them beside each other and decides; nothing is merged by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.cautions import Cautions, joined
from app.domain.duplicates import APART_REASONS, Bond, Decision, Likeness, steps_to
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.lifecycle import OPEN_PLACEMENT, OPEN_REFERRAL, Action, ReferralStatus, Track, decide
from app.domain.referral import Placement, Referral, Step
from app.domain.vocabulary import Role
from app.services.messages.contact_wishes import with_wish
from app.services.watching.next_looks import plan_look
from app.services.watching.pressing import hasten
from app.store import cautions, duplicates, overviews, placements, pressing, referral_steps, referrals, tasks
from app.store.cautions_overall import with_others
from app.store.session import Database, Tx
from app.store.settling import SAME_PERSON, settle_questions_of
from app.store.sharing import SHARE

_SEE = "see other referrals of the person"
_JOIN = "work as one"
_BEGINS_ANEW = (Action.RETURN_TO_TRIAGE, Action.REOPEN)
_ORDER = tuple(ReferralStatus)  # of two open ones the later in this order has come further


@dataclass(frozen=True, slots=True)
class Apart:
    """A referral that was looked at and is kept apart, and why."""

    referral: Referral
    reason: str


@dataclass(frozen=True, slots=True)
class Together:
    """What else there is of the person of one referral, for the team that has all of it."""

    alike: tuple[Likeness, ...] = ()  # nobody has decided yet
    leader: Referral | None = None  # this one follows it
    placements: tuple[Placement, ...] = ()  # of the one that leads
    followers: tuple[Referral, ...] = ()
    apart: tuple[Apart, ...] = ()


def find_others(db: Database, actor: Actor, referral_id: UUID) -> Together:
    """Return the other referrals of the person; raises NotFound when this one is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_SEE)
        bonds = duplicates.list_bonds(tx, referral_id)
        others = {each: referrals.get(tx, each, audit=_SEE) for each in _others(bonds, referral_id)}
        together = [bond for bond in bonds if bond.decision is Decision.TOGETHER]
        leader = next((others[bond.other_id] for bond in together if bond.referral_id == referral_id), None)
        is_asked = referral.status in OPEN_REFERRAL and leader is None
        return Together(
            alike=tuple(duplicates.list_alike(tx, referral_id, audit=_SEE)) if is_asked else (),
            leader=leader,
            placements=tuple(placements.list_for_referral(tx, leader.id, audit=_SEE)) if leader else (),
            followers=tuple(others[bond.referral_id] for bond in together if bond.other_id == referral_id),
            apart=tuple(_apart(bonds, others, referral_id)),
        )


def _others(bonds: Sequence[Bond], referral_id: UUID) -> set[UUID]:
    return {each for bond in bonds for each in (bond.referral_id, bond.other_id)} - {referral_id}


def _apart(bonds: Sequence[Bond], others: Mapping[UUID, Referral], referral_id: UUID) -> list[Apart]:
    return [
        Apart(others[next(iter(_others([bond], referral_id)))], bond.reason or "other")
        for bond in bonds
        if bond.decision is Decision.APART
    ]


def list_leaders(db: Database, actor: Actor, referral_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the reference of the referral that leads each of these, for those that follow one."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return duplicates.leaders_of(tx, referral_ids)


def ask_about(tx: Tx, referral_id: UUID, team_id: UUID) -> None:
    """Give the team the task to look when somebody's referral may be their second one; nobody else is told."""
    if duplicates.list_alike(tx, referral_id, audit=_SEE):
        tasks.add_task(tx, SAME_PERSON, organisation_id=team_id, referral_id=referral_id)


def work_as_one(db: Database, actor: Actor, referral_id: UUID, other_id: UUID) -> UUID:
    """Join two open referrals of one person; return which of them leads: what has come further, else the older.

    Both stay what they are: each requester's own, under its own numbers. What follows the one that does not lead
    follows the other with it. Raises Conflict when one has ended, when one is of a practice under test and the other
    is not, when both have services asked, when one of them follows a third, or when the newest word on sharing is a
    no that was said of the one that does not lead.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        pair = [_held(tx, each) for each in sorted((referral_id, other_id))]
        leader, follower = sorted(
            pair, key=lambda one: (-_ORDER.index(_status(one)), one.received_at, one.id)
        )
        _check_can_join(tx, leader, follower)
        if leader.status == ReferralStatus.RECEIVED:
            leader = _take_on(tx, leader)
        followers = [follower, *(_held(tx, one) for one in duplicates.list_followers(tx, follower.id))]
        _undo_between(tx, leader, followers)
        for each in followers:
            for step in steps_to(each.status, leader.status):
                referrals.record(tx, each.id, step, audit=_JOIN, next_action_on=leader.next_action_on)
            duplicates.record(tx, each.id, leader.id, Decision.TOGETHER, audit=_JOIN)
        _press_together(tx, pair, leader.id)
        settle_questions_of(tx, duplicates.worked_with(tx, leader.id))
        return leader.id


def _undo_between(tx: Tx, leader: Referral, followers: Sequence[Referral]) -> None:
    """Let what was decided of them before be over: of each with those it comes to, and what they followed."""
    ids = {*duplicates.worked_with(tx, leader.id), *(each.id for each in followers)}
    for each in followers:
        for bond in duplicates.list_bonds(tx, each.id):
            if ids.issuperset(_pair(bond)):
                duplicates.record_undone(tx, bond, audit=_JOIN)


def _press_together(tx: Tx, pair: Sequence[Referral], leader_id: UUID) -> None:
    """What one of the two asks as urgent, or warns of, holds for both; its day to be looked at stands."""
    pressing.share(tx, leader_id, audit=_JOIN)
    days = [one.next_action_on for one in pair if one.next_action_on is not None]
    hasten(tx, leader_id, look_by=min(days, default=None))


def _held(tx: Tx, referral_id: UUID) -> Referral:
    return referrals.get_for_update(tx, referral_id, audit=_JOIN)


def _status(referral: Referral) -> ReferralStatus:
    if referral.status not in OPEN_REFERRAL:
        raise Conflict("One of the two has ended: only open referrals are worked as one.")
    return ReferralStatus(referral.status)


def _check_can_join(tx: Tx, leader: Referral, follower: Referral) -> None:
    if leader.id == follower.id or leader.team_id != follower.team_id:
        raise NotFound
    if not duplicates.are_beside(tx, leader.id, follower.id):
        raise Conflict(
            "One of the two came from a practice under test: tests and people are never worked as one."
        )
    if duplicates.find_leader(tx, leader.id) or duplicates.find_leader(tx, follower.id):
        raise Conflict(
            "One of the two is worked together with another referral already: join it to that one."
        )
    if _says_no(tx, leader, follower):
        raise Conflict(
            "In one of the two the person does not agree that a service is told about them: ask them, and write down "
            "what they say there, before you work the two as one."
        )
    asked = placements.list_for_referral(tx, follower.id, audit=_JOIN)
    if any(placement.status in OPEN_PLACEMENT for placement in asked):
        raise Conflict("Services are asked for both referrals: take the offers of one of them back first.")


def _says_no(tx: Tx, leader: Referral, follower: Referral) -> bool:
    """Tell whether joining would bring a no to a request of which the person did not say it: the newest word counts."""
    ours, theirs = (tasks.find_consent_said(tx, each.id, SHARE) for each in (leader, follower))
    if theirs is None or theirs[0]:
        return False
    return ours is None or (ours[0] and ours[1] <= theirs[1])


def _take_on(tx: Tx, referral: Referral) -> Referral:
    step = decide(Track.REFERRAL, referral.status, Action.START_TRIAGE, role=tx.actor.role)
    referrals.record(tx, referral.id, step, audit=_JOIN, next_action_on=tx.today)
    return replace(referral, status=step.after, next_action_on=tx.today)


def keep_apart(db: Database, actor: Actor, referral_id: UUID, other_id: UUID, *, reason: str | None) -> None:
    """Write that two referrals are not worked as one; raises Invalid without a reason of the list."""
    check_acts_as(actor, Role.LINK_WORKER)
    if reason not in APART_REASONS:
        sentence = f"Give a reason, one of: {', '.join(APART_REASONS)}."
        raise Invalid([FieldProblem("reason", sentence, "required" if reason is None else "code-invalid")])
    with db.transaction(actor) as tx:
        for each in sorted((referral_id, other_id)):
            referrals.get_for_update(tx, each, audit="keep apart")
        if other_id not in [one.referral_id for one in duplicates.list_alike(tx, referral_id, audit=_SEE)]:
            raise Conflict("Nothing is to be decided of these two: look at the referral again.")
        duplicates.record(tx, referral_id, other_id, Decision.APART, reason=reason, audit="keep apart")
        settle_questions_of(tx, [referral_id, other_id])


def undo(db: Database, actor: Actor, referral_id: UUID, other_id: UUID) -> None:
    """Take back what was decided of two referrals. Those worked as one must both be open: an end is told to both.

    The one that followed goes back to the list, with nobody asked for it. Raises Conflict, NotFound.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        pair = [referrals.get_for_update(tx, each, audit="undo") for each in sorted((referral_id, other_id))]
        bonds = [each for each in duplicates.list_bonds(tx, referral_id) if other_id in _pair(each)]
        if not bonds:
            raise NotFound
        together = bonds[0].decision is Decision.TOGETHER
        if together and any(each.status not in OPEN_REFERRAL for each in pair):
            raise Conflict("One of the two has ended and was told as one: they cannot be parted any more.")
        duplicates.record_undone(tx, bonds[0], audit="undo")
        if together:
            for each in pair:
                pressing.share(tx, each.id, audit="undo")
            referral_steps.stand_alone(tx, bonds[0].referral_id, audit="undo")
            plan_look(tx, bonds[0].other_id)


def _pair(bond: Bond) -> tuple[UUID, UUID]:
    return bond.referral_id, bond.other_id


def cautions_of(tx: Tx, referral_id: UUID, *, audit: str) -> Cautions:
    """Return what must be known before contact, of a referral and of those that follow it.

    Help is given where one leads; what another requester warned of must be read there all the same. What makes contact
    safe is the person's: the rules of their other referrals hold too, also another team's, and their own word.
    """
    with tx.as_system("cautions") as system_tx:
        followers = duplicates.list_followers(system_tx, referral_id)
        theirs = [cautions.get(system_tx, each, audit=audit) for each in followers]
    own = joined([cautions.get(tx, referral_id, audit=audit), *theirs])
    return with_wish(tx, referral_id, with_others(tx, {referral_id: own})[referral_id])


def steps_of(tx: Tx, referral_ids: Sequence[UUID], *, audit: str) -> Mapping[UUID, Sequence[Step]]:
    """Return the steps of each of a requester's referrals; one that follows has also what services did since.

    What happened before the two were joined is told as of that moment: it was not done for this request, and its
    day would give another requester away.
    """
    found = dict(overviews.steps_of(tx, referral_ids, audit=audit))
    with tx.as_system("led steps") as system_tx:
        led = duplicates.bonds_of(system_tx, referral_ids)
        theirs = overviews.steps_of(system_tx, [bond.other_id for bond in led], audit=audit) if led else {}
    for bond in led:
        own = found.get(bond.referral_id, ())
        told = [*own, *_since(bond, theirs.get(bond.other_id, ()))]
        found[bond.referral_id] = sorted(told, key=lambda step: step.at)
    return found


def _since(bond: Bond, steps: Sequence[Step]) -> list[Step]:
    """What services did of what still held when the two were joined, and all that they did after it."""
    held: list[Step] = []
    for step in steps:
        if step.track == Track.PLACEMENT:
            held.append(replace(step, at=max(step.at, bond.decided_at)))
        elif step.action in _BEGINS_ANEW and step.at <= bond.decided_at:
            held.clear()
    return held
