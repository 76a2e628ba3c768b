"""A person's own plan as FHIR, for their own file."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from app.services.fhir_reading.fhir_reads_made import versioned
from app.store import care_plans, referrals
from app.store.session import Tx
from fhir.own_plan import ActionSaid, GoalSaid, PlanSaid, own_plan
from fhir.own_record import Whose

Json = dict[str, Any]


def plan_of_referral(tx: Tx, referral_id: UUID, *, audit: str) -> list[Json]:
    """Return the newest version of a referral's plan with its goals; nothing where none was written."""
    referral = referrals.get(tx, referral_id, audit=audit)
    kept = care_plans.find(tx, referral, audit=audit)
    if kept.recorded_at is None:
        return []
    plan = kept.plan
    told = PlanSaid(
        id=str(uuid5(NAMESPACE_URL, f"{referral.id} care and support plan")),
        version=kept.version,
        recorded_at=kept.recorded_at,
        matters=plan.matters,
        goals=[GoalSaid(str(each.id), each.words, each.importance, each.since) for each in plan.goals],
        actions=[
            ActionSaid(
                each.what, each.whose, each.by, each.done_on, str(each.goal_id) if each.goal_id else None
            )
            for each in plan.actions
        ],
    )
    return [versioned(each) for each in own_plan(Whose(str(referral.person_id), str(referral.id)), told)]
