"""Whether a service takes people, looked at just before it is asked: full needs a reason, paused is left in peace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from app.domain import capacity
from app.domain.capacity import OVERRIDE_REASONS
from app.domain.directory_words import ServiceStatus
from app.domain.errors import FieldProblem, Invalid
from app.domain.explanation import Explanation
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.referral import Placement, Service
from app.services.suggestions import Match
from app.store import directory, placements
from app.store.audit import Entry
from app.store.session import Tx


def checked(
    tx: Tx, referral_id: UUID, matches: Iterable[Match], override: str | None
) -> list[tuple[UUID, Explanation]]:
    """Return the services to ask with their explanations, in their order, once each has room or a reason stands beside.

    `override` is why a full service is asked all the same, a code of OVERRIDE_REASONS; it is kept with the decision and
    audited. Raises Invalid with every service that takes nobody now; a paused one is never asked.
    """
    found, problems = list(matches), []
    if override is not None and override not in OVERRIDE_REASONS:
        problems.append(
            FieldProblem("override", f"Choose from: {', '.join(OVERRIDE_REASONS)}.", "code-invalid")
        )
    barred = [each.service for each in found if not capacity.takes_people(each.service, tx.today)]
    for service in barred:
        if not capacity.is_full(service, tx.today) or override is None:
            problems.append(FieldProblem("service_ids", capacity.refusal(service, tx.today), "business-rule"))
    if problems:
        raise Invalid(_told_once(problems))
    for service in barred:
        detail = {"service": str(service.id), "reason": override}
        tx.audit(Entry("offer although full", "referral", str(referral_id), None, detail))
    barred_ids = {service.id for service in barred}
    return [
        (
            each.service.id,
            replace(each.explanation, override=override if each.service.id in barred_ids else None),
        )
        for each in found
    ]


def take_next(tx: Tx, placement: Placement) -> tuple[UUID, Explanation] | None:
    """Take the next service of a placement's plan that can still be asked.

    Those that take nobody any more, or have the referral already, are left out.
    """
    placed = placements.list_for_referral(tx, placement.referral_id, audit="fall through")
    there = {each.service_id for each in placed if each.status in OPEN_PLACEMENT}
    while (following := placements.take_from_plan(tx, placement.id)) is not None:
        service_id, why = following
        if service_id not in there and _can_be_asked(directory.get_service(tx, service_id), why, tx):
            return following
        tx.audit(Entry("pass over planned service", "service", str(service_id)))
    return None


def _can_be_asked(service: Service, why: Explanation, tx: Tx) -> bool:
    if service.status is not ServiceStatus.ACTIVE:
        return False
    agreed = why.override is not None and capacity.is_full(service, tx.today)
    return agreed or capacity.takes_people(service, tx.today)


def _told_once(problems: list[FieldProblem]) -> list[FieldProblem]:
    """A form has one line for a field: several services are told in one sentence after the other."""
    about = [problem for problem in problems if problem.field == "service_ids"]
    others = [problem for problem in problems if problem.field != "service_ids"]
    together = " ".join(problem.sentence for problem in about)
    return others + ([replace(about[0], sentence=together)] if about else [])
