"""Nobody can help: kept with the reasons, whether the matching found nobody or a link worker says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.referral import Referral
from app.domain.routing import rank
from app.domain.routing_values import HardRule, Ranking
from app.domain.unmet_need import NOBODY, SUITED
from app.domain.vocabulary import Need, Role
from app.services.caring.suggestions import wanted_by
from app.store import candidates, geography, people, place_rules, placements, referrals, unmet_needs
from app.store.session import Database, Tx
from app.store.unmet_needs import NOWHERE, Finding, Where, where

_ACT = "record unmet need"
_FOUND = "find nobody"


@dataclass(frozen=True, slots=True)
class Look:
    """What the matching finds for one need alone."""

    suitable: int
    reasons: Mapping[str, int]


def record(db: Database, actor: Actor, referral_id: UUID) -> int:
    """Write that nobody could help with what was asked for; return for how many needs that is new.

    The referral stays as it is. Raises Conflict while an offer is open: then it is not known yet.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if _anything_open(tx, referral_id):
            raise Conflict("An offer is still open: whether the need is met is not known yet.")
        return say(tx, referral)


def say(tx: Tx, referral: Referral) -> int:
    """Write in a transaction, in a link worker's name, that nobody can help; return how many needs are new."""
    looks, at = _looks(tx, referral, needs=referral.needs or (Need.OTHER,)), _where(tx, referral)
    return sum(
        unmet_needs.add(tx, referral.id, Finding(need, "said", look.reasons), at, audit=_ACT)
        for need, look in looks.items()
    )


def take_back(db: Database, actor: Actor, referral_id: UUID) -> int:
    """Write that somebody can help after all, or that it was said by mistake; return how many needs that lifts."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referrals.get_for_update(tx, referral_id, audit=_ACT)
        return unmet_needs.lift(tx, referral_id, audit="lift unmet need")


def look(tx: Tx, referral_id: UUID) -> None:
    """Write down, as the platform, for which needs of a referral no service fits; lift what was found and fits now.

    Nothing is written while a service has the referral, or where nobody may be told about the person.
    """
    with tx.as_system("unmet need") as system_tx:
        referral = referrals.get(system_tx, referral_id, audit=_FOUND)
        stood = unmet_needs.list_standing(system_tx, referral_id)
        if _anything_open(system_tx, referral_id) or not (referral.needs or stood):
            return
        looks = _looks(system_tx, referral, needs=referral.needs)
        nobody = {
            need: each
            for need, each in looks.items()
            if not each.suitable and HardRule.CONSENT not in each.reasons
        }
        gone = [need for need, how in stood.items() if how == "found" and need not in nobody]
        unmet_needs.lift(system_tx, referral_id, only=gone, audit="lift unmet need")
        at = _where(system_tx, referral) if nobody else NOWHERE
        for need, each in nobody.items():
            unmet_needs.add(system_tx, referral_id, Finding(need, "found", each.reasons), at, audit=_FOUND)


def list_for_referral(db: Database, actor: Actor, referral_id: UUID) -> Mapping[str, str]:
    """Return the needs of the team's referral that stand as unmet: "said" or "found". Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit="see unmet needs")
        return unmet_needs.list_standing(tx, referral_id)


def _looks(tx: Tx, referral: Referral, *, needs: tuple[str, ...]) -> dict[str, Look]:
    wanted, rules = wanted_by(tx, referral), place_rules.of(tx)
    services = candidates.list_candidates(tx, rules, beside=referral.team_id)
    return {
        need: _look(rank(replace(wanted, needs=(need,)), services, tx.today, rules=rules)) for need in needs
    }


def _look(found: Ranking) -> Look:
    """The services that help with the need at all are what counts: each by the first rule that stood against it."""
    reasons = {rule.value: times for rule, times in found.counts.items() if rule is not HardRule.NEED}
    if found.suitable:
        reasons[SUITED] = len(found.suitable)
    return Look(len(found.suitable), reasons or {NOBODY: 1})


def _where(tx: Tx, referral: Referral) -> Where:
    person = people.get(tx, referral.person_id, audit=_ACT)
    if person.restricted:
        return NOWHERE
    return where(person.details.outward_code, geography.find_place(tx, person.details.postcode))


def _anything_open(tx: Tx, referral_id: UUID) -> bool:
    found = placements.list_for_referral(tx, referral_id, audit=_FOUND)
    return any(placement.status in OPEN_PLACEMENT for placement in found)
