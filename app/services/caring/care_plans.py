"""The team's side of a person's care and support plan: written part by part, versions kept, shared goal by goal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.care_plan import (
    WRITTEN_BY_TEAM,
    Action,
    CarePlan,
    Goal,
    KeptPlan,
    problems,
    with_action,
    with_done,
    with_goal,
    without_action,
    without_goal,
)
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.measures import About as AboutMeasure
from app.domain.my_page import END, Asked, asked_of, goal_of
from app.domain.referral import Placement, Referral
from app.domain.vocabulary import Role
from app.services.caring.sharing import SAYS_NO
from app.store import care_plans, outcomes, placements, referrals, tasks
from app.store.care_plans import SharedGoal
from app.store.outcomes import About
from app.store.session import Database, Tx
from app.store.sharing import SHARE

READ: Final = "read care plan"
_ACT: Final = "write care plan"
_SHARE: Final = "share goals with provider"
_AGREED: Final = "Say that the person agreed. Nothing is shared without it."
Edit = Callable[[CarePlan], CarePlan]
Part = Callable[[CarePlan], object]


class PlanChanged(Conflict):
    """Somebody else changed the same part after the form was opened; nothing that was typed is written."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody changed this part while you were writing. What stands now is shown below; what you typed "
            "is still in the form. Save again to put yours in its place."
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A form as it was sent: the version that it was opened on, and how its words came about (with or for)."""

    version: int
    how: str


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan with what stands beside it: progress on the measured goal, and who may read which goal."""

    kept: KeptPlan
    progress: tuple[Asked, ...]
    asked: Sequence[Placement]  # providers that are asked or help now
    shared: Mapping[UUID, Sequence[SharedGoal]]  # by placement


def find(db: Database, actor: Actor, referral_id: UUID, *, version: int | None = None) -> PlanPage:
    """Return a referral's plan, the newest or an earlier version; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return read(tx, referrals.get(tx, referral_id, audit=READ), version=version)


def read(tx: Tx, referral: Referral, *, audit: str = READ, version: int | None = None) -> PlanPage:
    """Return the plan as far as the actor may see it: for the team, and for the person themselves."""
    asked = placements.list_for_referral(tx, referral.id, audit=audit)
    shared: dict[UUID, list[SharedGoal]] = {}
    for each in care_plans.list_shared(tx, referral, audit=audit):
        shared.setdefault(each.placement_id, []).append(each)
    return PlanPage(
        kept=care_plans.find(tx, referral, audit=audit, version=version),
        progress=progress_of(tx, referral, audit=audit),
        asked=[each for each in asked if each.status in OPEN_PLACEMENT],
        shared=shared,
    )


def progress_of(tx: Tx, referral: Referral, *, audit: str) -> tuple[Asked, ...]:
    """Return what was answered about the person's own goal, by the scale that it is asked with elsewhere."""
    about = About(referral.id, referral.person_id)
    taken = outcomes.list_measures(tx, about, audit=audit)
    outcome = outcomes.find_outcome(tx, about, audit=audit)
    own = goal_of(outcome.goal or "", outcome.goal_before, outcome.goal_after, end=END) if outcome else ()
    asked = (each for each in asked_of(tx.measures, taken) if each.about is AboutMeasure.GOAL)
    return (*own, *asked)


def list_versions(db: Database, actor: Actor, referral_id: UUID) -> Sequence[KeptPlan]:
    """Return when and how each version was written, the newest first."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return care_plans.list_versions(tx, referrals.get(tx, referral_id, audit=READ), audit=READ)


def find_measured(db: Database, actor: Actor, referral_id: UUID) -> Goal | None:
    """Return the goal of the plan that progress is asked about; None where none was chosen."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return care_plans.find(tx, referrals.get(tx, referral_id, audit=READ), audit=READ).plan.measured


def list_due(db: Database, actor: Actor, referral_id: UUID) -> Sequence[Action]:
    """Return the plan's actions whose day has come and that are not done, the longest due first."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=READ)
        return care_plans.find(tx, referral, audit=READ).plan.due(tx.today)


def set_matters(db: Database, actor: Actor, referral_id: UUID, words: str, seen: Seen) -> None:
    """Write what matters to the person. Raises NotFound, Invalid, and PlanChanged when somebody was faster."""
    _write(db, actor, referral_id, seen, lambda plan: replace(plan, matters=words), lambda plan: plan.matters)


def put_goal(db: Database, actor: Actor, referral_id: UUID, goal: Goal, seen: Seen) -> None:
    """Add a goal, or change the one of its id; sent twice it is one. Raises as set_matters."""
    _write(db, actor, referral_id, seen, lambda plan: with_goal(plan, goal), _goal_part(goal.id))


def remove_goal(db: Database, actor: Actor, referral_id: UUID, goal_id: UUID, seen: Seen) -> None:
    """Take a goal out, and away from every provider that could read it; the version before keeps it."""
    _write(db, actor, referral_id, seen, lambda plan: without_goal(plan, goal_id), _goal_part(goal_id))


def put_action(db: Database, actor: Actor, referral_id: UUID, action: Action, seen: Seen) -> None:
    """Add an action, or change the one of its id; sent twice it is one. Raises as set_matters."""
    _write(db, actor, referral_id, seen, lambda plan: with_action(plan, action), _action_part(action.id))


def remove_action(db: Database, actor: Actor, referral_id: UUID, action_id: UUID, seen: Seen) -> None:
    """Take an action out; the version before keeps it."""
    _write(
        db, actor, referral_id, seen, lambda plan: without_action(plan, action_id), _action_part(action_id)
    )


def mark_done(db: Database, actor: Actor, referral_id: UUID, action_id: UUID, *, done: bool) -> None:
    """Write that an action is done today, or take that back. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        write_done(tx, referrals.get_for_update(tx, referral_id, audit=_ACT), action_id, done=done, how="for")


def write_done(tx: Tx, referral: Referral, action_id: UUID, *, done: bool, how: str) -> None:
    """Write that an action of a plan is done today, or not; the caller holds the referral. Raises NotFound."""
    kept = care_plans.find(tx, referral, audit=_ACT)
    is_done = kept.plan.action(action_id).done_on is not None
    if is_done != done:
        plan = with_done(kept.plan, action_id, tx.today if done else None)
        care_plans.add(tx, referral, plan, how=how, audit=_ACT)


def bring_back(db: Database, actor: Actor, referral_id: UUID, version: int) -> None:
    """Write an earlier version anew as the newest. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        earlier = care_plans.find(tx, referral, audit=_ACT, version=version)
        newest = care_plans.find(tx, referral, audit=_ACT)
        if earlier.plan != newest.plan:
            _keep(tx, referral, newest.plan, earlier.plan, how=earlier.how)


def share(
    db: Database,
    actor: Actor,
    referral_id: UUID,
    placement_id: UUID,
    goal_ids: Collection[UUID],
    *,
    agreed: bool,
) -> None:
    """Let one provider read these goals and no others, as the person agreed; none takes all back.

    Raises NotFound for a placement that is not this referral's, Conflict when its provider is not asked any more,
    Invalid without the person's word, or for a goal that the plan does not have.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_SHARE)
        placement = placements.get(tx, placement_id, audit=_SHARE)
        if placement.referral_id != referral.id:
            raise NotFound
        if placement.status not in OPEN_PLACEMENT:
            raise Conflict("This provider is not asked any more, so nothing of the plan is shared with it.")
        if goal_ids and tasks.find_consent(tx, referral.id, SHARE) is False:
            raise Conflict(SAYS_NO)
        if goal_ids and not agreed:
            raise Invalid([FieldProblem("agreed", _AGREED, "required")])
        plan = care_plans.find(tx, referral, audit=_SHARE).plan
        chosen = [each for each in plan.goals if each.id in goal_ids]
        if len(chosen) != len(set(goal_ids)):
            raise Invalid([FieldProblem("goals", "Choose goals of this plan.")])
        care_plans.record_shared(tx, placement, referral, chosen, audit=_SHARE)


def _write(db: Database, actor: Actor, referral_id: UUID, seen: Seen, edit: Edit, part: Part) -> None:
    """Change one part; another part may have changed meanwhile, the same part must not have."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        newest = care_plans.find(tx, referral, audit=_ACT)
        changed = edit(newest.plan)
        found = problems(changed)
        if seen.how not in WRITTEN_BY_TEAM:
            found.append(FieldProblem("how", "Choose how you wrote it.", "required"))
        if found:
            raise Invalid(found)
        if changed == newest.plan:
            return
        if newest.version != seen.version and part(newest.plan) != part(_then(tx, referral, seen)):
            raise PlanChanged
        _keep(tx, referral, newest.plan, changed, how=seen.how)


def _then(tx: Tx, referral: Referral, seen: Seen) -> CarePlan:
    return (
        care_plans.find(tx, referral, audit=_ACT, version=seen.version).plan if seen.version else CarePlan()
    )


def _keep(tx: Tx, referral: Referral, before: CarePlan, after: CarePlan, *, how: str) -> None:
    """Write the version; a goal that is gone is gone for providers too, who keep the agreed words of the others."""
    care_plans.add(tx, referral, after, how=how, audit=_ACT)
    gone = {each.id for each in before.goals} - {each.id for each in after.goals}
    if gone:
        care_plans.end_shared(tx, referral, audit=_SHARE, goal_ids=gone)


def _goal_part(goal_id: UUID) -> Part:
    return lambda plan: next((each for each in plan.goals if each.id == goal_id), None)


def _action_part(action_id: UUID) -> Part:
    return lambda plan: next((each for each in plan.actions if each.id == action_id), None)
