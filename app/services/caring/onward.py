"""Passing somebody on: a provider proposes with the person's agreement, the link worker decides, the chain is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.lifecycle import OPEN_REFERRAL, PlacementStatus
from app.domain.onward import LONGEST_REASON, Leg, OnwardKind, OnwardState, Round, chain, hops, travelled
from app.domain.referral import Placement, Referral, Service
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.services.watching.calendar import limits_of
from app.store import directory, onward, placements, referrals, tasks
from app.store.onward import Onward
from app.store.session import Database, Tx

TASK = "onward-proposed"
_ACT = "pass on"
_READ = "read onward"
HELPS_OR_HELPED = (
    PlacementStatus.ACCEPTED,
    PlacementStatus.WAITLISTED,
    PlacementStatus.STARTED,
    PlacementStatus.PAUSED,
    PlacementStatus.COMPLETED,
    PlacementStatus.ENDED_EARLY,
)


@dataclass(frozen=True, slots=True)
class Passing:
    """What a provider says when it passes somebody on: `agreed` is the person's own yes to it."""

    reason: str
    agreed: bool
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """One placement that came from others and went no further: their services by name, the first first."""

    hops: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """How a referral went from one to the next, for its team."""

    round: Round
    chains: tuple[Chain, ...]
    onwards: Sequence[Onward]
    by: Mapping[UUID, str]  # onward -> whose provider, or the team, made it

    @property
    def waiting(self) -> Sequence[Onward]:
        """The wishes that the link worker has not decided yet."""
        return [each for each in self.onwards if each.state == OnwardState.PROPOSED]


def list_services(db: Database, actor: Actor) -> Sequence[Service]:
    """Return the services that somebody can be passed on to or told of, by name."""
    check_acts_as(actor, Role.PROVIDER, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return _services(tx)


def propose(db: Database, actor: Actor, placement_id: UUID, wish: Passing) -> UUID:
    """Ask the link worker to pass the person on to another provider; return the wish's id.

    Nothing happens to the placement: who helps goes on until the person is somewhere else. Raises Invalid without the
    person's agreement or a reason, Conflict for who does not help, and while an earlier wish waits.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit=_ACT)
        referral = referrals.get(tx, placement.referral_id, audit=_ACT)
        _check_can_pass_on(referral, placement)
        problems = [*_word_problems(wish.reason), *_service_problems(tx, wish.service_id, needed=False)]
        if not wish.agreed:
            sentence = "Ask the person first: nobody is passed on without their yes."
            problems.append(FieldProblem("agreed", sentence, "required"))
        if problems:
            raise Invalid(problems)
        before = onward.list_for_placement(tx, placement_id, audit=_ACT)
        if any(each.state == OnwardState.PROPOSED for each in before):
            raise Conflict("You asked for this already: the link worker has not decided yet.")
        made = _add(tx, referral, placement_id, OnwardKind.REFERRED, wish)
        with tx.as_system("onward") as system_tx:
            tasks.add_task(system_tx, TASK, organisation_id=referral.team_id, referral_id=referral.id)
            look_on = limits_of(tx).days.on_or_after(tx.today)
            referrals.record_next_look(system_tx, referral.id, look_on, audit=_ACT)
        return made


def signpost(
    db: Database, actor: Actor, placement_id: UUID, service_id: UUID | None, words: str = ""
) -> UUID:
    """Write that the provider told the person of another service; nobody there is told, and nothing is decided."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit=_ACT)
        referral = referrals.get(tx, placement.referral_id, audit=_ACT)
        _check_can_pass_on(referral, placement)
        return _signpost(tx, referral, placement_id, Passing(words, True, service_id))


def signpost_by_team(
    db: Database, actor: Actor, referral_id: UUID, service_id: UUID | None, words: str = ""
) -> UUID:
    """Write that the link worker told the person of a service; it is no offer, and nobody there knows of them."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: reopen it first.")
        return _signpost(tx, referral, None, Passing(words, True, service_id))


def take_up(tx: Tx, referral_id: UUID, onward_id: UUID) -> UUID:
    """Note that a wish is taken up by an offer; return the placement that the person comes from."""
    wish = _waiting(tx, referral_id, onward_id)
    onward.record_decision(tx, onward_id, OnwardState.TAKEN_UP, audit=_ACT)
    _settle(tx, referral_id)
    if wish.placement_id is None:
        raise NotFound
    return wish.placement_id


def turn_down(db: Database, actor: Actor, referral_id: UUID, onward_id: UUID) -> None:
    """Decide that the person is not passed on; the provider that asked sees it on its page."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referrals.get_for_update(tx, referral_id, audit=_ACT)
        _waiting(tx, referral_id, onward_id)
        onward.record_decision(tx, onward_id, OnwardState.NOT_TAKEN_UP, audit=_ACT)
        _settle(tx, referral_id)


def find_journey(db: Database, actor: Actor, referral_id: UUID) -> Journey:
    """Return how a referral of the team went from one provider to the next."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit=_READ)
        placed = placements.list_for_referral(tx, referral_id, audit=_READ)
        onwards = onward.list_for_referral(tx, referral_id, audit=_READ)
    legs, names = [_leg(each) for each in placed], {each.id: _named(each) for each in placed}
    went_on = {each.passed_from for each in placed}
    passed = [each.id for each in placed if each.passed_from is not None and each.id not in went_on]
    chains = tuple(Chain(hops(legs, one), tuple(names[each] for each in chain(legs, one))) for one in passed)
    by = {
        each.id: names.get(each.placement_id, "Your team") if each.placement_id else "Your team"
        for each in onwards
    }
    return Journey(travelled(legs), chains, onwards, by)


def list_for_placement(db: Database, actor: Actor, placement_id: UUID) -> Sequence[Onward]:
    """Return what the provider of a placement wished or told, and what became of it."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placements.get(tx, placement_id, audit=_READ)
        return onward.list_for_placement(tx, placement_id, audit=_READ)


def find_origin(db: Database, actor: Actor, placement_id: UUID) -> str | None:
    """Return who helped before, as far as the link worker chose to tell this provider; None where nothing is told."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_READ)
        if not placement.origin_told or placement.passed_from is None:
            return None
        with tx.as_system("origin") as system_tx:
            return _named(placements.get(system_tx, placement.passed_from, audit=_READ))


def list_bounced(db: Database, actor: Actor) -> Mapping[UUID, str]:
    """Return the team's open referrals that are sent from one to the next, each with why we think so."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return _bounced(tx)


def count_bounced(db: Database, actor: Actor) -> int:
    """Return how many open referrals of the place are sent round; the steward is told the number and nothing else."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("count bounced") as system_tx:
        return len(_bounced(system_tx))


def _bounced(tx: Tx) -> Mapping[UUID, str]:
    rounds = {referral_id: travelled(legs) for referral_id, legs in onward.list_legs(tx).items()}
    return {referral_id: each.sentence for referral_id, each in rounds.items() if each.is_bounced}


def _waiting(tx: Tx, referral_id: UUID, onward_id: UUID) -> Onward:
    wish = onward.get(tx, onward_id, audit=_ACT)
    if wish.referral_id != referral_id:
        raise NotFound
    if wish.state != OnwardState.PROPOSED:
        raise Conflict("This was decided already.")
    return wish


def _settle(tx: Tx, referral_id: UUID) -> None:
    left = onward.list_for_referral(tx, referral_id, audit=_ACT)
    if not any(each.state == OnwardState.PROPOSED for each in left):
        tasks.record_done_for_referral(tx, referral_id, [TASK], audit=_ACT)


def _check_can_pass_on(referral: Referral, placement: Placement) -> None:
    if placement.status not in HELPS_OR_HELPED:
        raise Conflict("Say yes first, or say no: the link worker then asks somebody else.")
    if referral.status not in OPEN_REFERRAL:
        raise Conflict("This referral has ended: ask the link worker to open it again.")


def _signpost(tx: Tx, referral: Referral, placement_id: UUID | None, told: Passing) -> UUID:
    problems = _service_problems(tx, told.service_id, needed=True)
    if len(told.reason) > LONGEST_REASON:
        problems += _word_problems(told.reason)
    if problems:
        raise Invalid(problems)
    return _add(tx, referral, placement_id, OnwardKind.SIGNPOSTED, told)


def _add(tx: Tx, referral: Referral, placement_id: UUID | None, kind: OnwardKind, told: Passing) -> UUID:
    state = OnwardState.PROPOSED if kind is OnwardKind.REFERRED else OnwardState.TOLD
    values = {
        "referral_id": referral.id,
        "placement_id": placement_id,
        "kind": kind.value,
        "state": state.value,
        "service_id": told.service_id,
    }
    return onward.add(tx, values, told.reason.strip(), person_id=referral.person_id, audit=_ACT)


def _word_problems(reason: str) -> list[FieldProblem]:
    if not reason.strip():
        return [
            FieldProblem("reason", "Say in a sentence or two why somebody else would help more.", "required")
        ]
    if len(reason) > LONGEST_REASON:
        return [
            FieldProblem("reason", worded("Keep it to %(most)s characters.", most=LONGEST_REASON), "too-long")
        ]
    return []


def _service_problems(tx: Tx, service_id: UUID | None, *, needed: bool) -> list[FieldProblem]:
    if service_id is None:
        return [FieldProblem("service_id", "Choose the service.", "required")] if needed else []
    if service_id not in {each.id for each in _services(tx)}:
        return [FieldProblem("service_id", "Choose a service of this place's directory.", "not-found")]
    return []


def _services(tx: Tx) -> Sequence[Service]:
    return directory.list_services(tx, beside=tx.actor.organisation_id)


def _leg(placement: Placement) -> Leg:
    return Leg(
        placement.id,
        placement.status,
        placement.offered_at,
        placement.started_at,
        placement.ended_at,
        placement.passed_from,
    )


def _named(placement: Placement) -> str:
    return f"{placement.service_name} ({placement.provider_name})"
