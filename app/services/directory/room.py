"""What stops a service just before it is asked: no room, or a hard rule; some give way to a reason that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from app.domain import capacity
from app.domain.capacity import OVERRIDE_REASONS
from app.domain.errors import FieldProblem
from app.domain.explanation import Explanation
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.referral import Placement, Referral
from app.domain.routing_values import ALTHOUGH_REASONS
from app.services.caring.suggestions import Match, explained
from app.store import placements
from app.store.audit import Entry
from app.store.session import Tx


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why services are asked all the same, as codes.

    `override` (of OVERRIDE_REASONS) is for those that take nobody now or are spoken for; `although` (of
    ALTHOUGH_REASONS, by service) for those that another hard rule stands against.
    """

    override: str | None = None
    although: Mapping[UUID, str] = field(default_factory=dict)


def problems(tx: Tx, matches: Iterable[Match], reasons: Reasons) -> list[FieldProblem]:
    """Return everything that stops these services from being asked: a reason is missing, or none would do."""
    found: list[FieldProblem] = []
    if reasons.override is not None and reasons.override not in OVERRIDE_REASONS:
        found.append(_unknown("override", OVERRIDE_REASONS))
    for match in matches:
        found += [*_room_problems(match, reasons, tx.today), *_rule_problems(match, reasons)]
    return found


def decided(
    tx: Tx, referral_id: UUID, matches: Iterable[Match], reasons: Reasons
) -> list[tuple[UUID, Explanation]]:
    """Return the services to ask, in their order, each with its explanation and what it was asked in spite of.

    That is audited; to be called once `problems` has none.
    """
    return [(each.service.id, _decision(tx, referral_id, each, reasons)) for each in matches]


def is_short(match: Match, today: date) -> bool:
    """Tell whether it is asked only with a reason: it takes nobody now, or its places are spoken for."""
    service = match.service
    return capacity.is_full(service, today) or capacity.is_spoken_for(service, today, match.outstanding)


def take_next(tx: Tx, referral: Referral, placement: Placement) -> tuple[UUID, Explanation] | None:
    """Take the next service of a placement's plan that can still be asked.

    Left out are those that take nobody any more, have the referral already, or have a rule against them that nobody
    decided on when the plan was made. Offers that wait elsewhere do not pass a choice over: a place is left.
    """
    placed = placements.list_for_referral(tx, placement.referral_id, audit="fall through")
    there = {each.service_id for each in placed if each.status in OPEN_PLACEMENT}
    while (following := placements.take_from_plan(tx, placement.id)) is not None:
        service_id, why = following
        now = explained(tx, referral, [service_id]).get(service_id)
        if service_id not in there and now is not None and _still_stands(now, why, tx.today):
            return following
        tx.audit(Entry("pass over planned service", "service", str(service_id)))
    return None


def _still_stands(now: Match, why: Explanation, today: date) -> bool:
    if now.firm or capacity.is_paused(now.service):
        return False
    if not set(now.to_acknowledge) <= (set(why.rules) if why.although else set()):
        return False
    return why.override is not None or capacity.takes_people(now.service, today)


def _room_problems(match: Match, reasons: Reasons, today: date) -> list[FieldProblem]:
    service = match.service
    if not capacity.is_paused(service) and (reasons.override or not is_short(match, today)):
        return []
    refusal = capacity.refusal(service, today, match.outstanding)
    return [FieldProblem("service_ids", refusal, "business-rule")]


def _rule_problems(match: Match, reasons: Reasons) -> list[FieldProblem]:
    name, why = match.service.name, reasons.although.get(match.service.id)
    if match.firm:
        sentence = f"{name}: {_told(match, match.firm)} It was not asked: choose another."
        return [FieldProblem("service_ids", sentence, "business-rule")]
    if not match.to_acknowledge:
        return []
    at = although_field(match.service.id)
    if why is None:
        told = f"{name}: {_told(match, match.to_acknowledge)} Choose another, or say why you ask it all the same."
        return [FieldProblem(at, told, "required")]
    return [] if why in ALTHOUGH_REASONS else [_unknown(at, ALTHOUGH_REASONS)]


def although_field(service_id: UUID) -> str:
    """Return where a reason is missing: the field of one service."""
    return f"although.{service_id}"


def _told(match: Match, rules: tuple[str, ...]) -> str:
    told = zip(match.explanation.rules, match.explanation.against, strict=True)
    return " ".join(f"{sentence.rstrip('.')}." for rule, sentence in told if rule in rules)


def _unknown(at: str, reasons: Mapping[str, str]) -> FieldProblem:
    return FieldProblem(at, f"Choose from: {', '.join(reasons)}.", "code-invalid")


def _decision(tx: Tx, referral_id: UUID, match: Match, reasons: Reasons) -> Explanation:
    service_id, about = match.service.id, str(referral_id)
    override = reasons.override if is_short(match, tx.today) else None
    although = reasons.although[service_id] if match.to_acknowledge else None
    if override:
        act = (
            "offer although full"
            if not capacity.takes_people(match.service, tx.today)
            else "offer although asked"
        )
        detail = {"service": str(service_id), "reason": override}
        tx.audit(Entry(act, "referral", about, None, detail))
    if although:
        rules = ",".join(match.to_acknowledge)
        detail = {"service": str(service_id), "rules": rules, "reason": although}
        tx.audit(Entry("offer although unsuitable", "referral", about, None, detail))
    return replace(match.explanation, override=override, although=although)
