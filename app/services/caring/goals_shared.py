"""A person's goals beside an offer and beside an outcome: which a provider may read, and which one an end was about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.disclosure import NOTHING, PROFILES, Disclosable
from app.domain.errors import FieldProblem
from app.domain.referral import Referral
from app.domain.vocabulary import Role
from app.store import care_plans, placements, referrals
from app.store.session import Database, Tx

_SHARE: Final = "share goals with provider"
_ABOUT: Final = "choose goal of outcome"
_AGREED: Final = "Say that the person agreed, or take the ticks away. Nothing is shared without it."


@dataclass(frozen=True, slots=True)
class Sharing:
    """Goals that services may read from the moment they are asked, as the person agreed."""

    goal_ids: Collection[UUID] = ()
    agreed: bool = False


NONE: Final = Sharing()


def problems(tx: Tx, referral: Referral, wanted: Sharing) -> list[FieldProblem]:
    """Return what stops goals from being shared with an offer, by the field in which it is typed."""
    if not wanted.goal_ids:
        return []
    found = []
    known = {each.id for each in care_plans.find(tx, referral, audit=_SHARE).plan.goals}
    if not set(wanted.goal_ids) <= known:
        found.append(FieldProblem("goals", "Choose goals of this plan."))
    if not wanted.agreed:
        found.append(FieldProblem("goals_agreed", _AGREED, "required"))
    return found


def share(tx: Tx, referral: Referral, placement_ids: Sequence[UUID], wanted: Sharing) -> None:
    """Let the providers of offers that were just made read goals, in the words that these have now."""
    if not wanted.goal_ids:
        return
    plan = care_plans.find(tx, referral, audit=_SHARE).plan
    chosen = [each for each in plan.goals if each.id in wanted.goal_ids]
    for placement_id in placement_ids:
        placement = placements.get(tx, placement_id, audit=_SHARE)
        care_plans.record_shared(tx, placement, referral, chosen, audit=_SHARE)


def list_for_team(db: Database, actor: Actor, referral_id: UUID) -> Mapping[str, str]:
    """Return the goals of a referral's plan, in the person's words by their id; raises NotFound for another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ABOUT)
        plan = care_plans.find(tx, referral, audit=_ABOUT).plan
        return {str(each.id): each.words for each in plan.goals}


def list_for_provider(db: Database, actor: Actor, placement_id: UUID) -> Mapping[str, str]:
    """Return the goals that a placement's provider may read, in the words agreed to, by their id.

    None once its disclosure profile tells it nothing any more. Raises NotFound for another provider's.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_ABOUT)
        if Disclosable.GOALS not in PROFILES.get(placement.status, NOTHING):
            return {}
        referral = referrals.get(tx, placement.referral_id, audit=_ABOUT)
        shared = care_plans.list_shared(tx, referral, audit=_ABOUT)
        return {str(each.goal_id): each.words for each in shared if each.placement_id == placement_id}
