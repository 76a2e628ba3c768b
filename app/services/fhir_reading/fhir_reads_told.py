"""Makes FHIR resources for a provider's system: cut by the same profile as the provider's page and the JSON API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.disclosure import Disclosure, Request, disclosed_to_provider
from app.domain.referral import Outcome
from app.services.caring.disclosure import DISCLOSE
from app.services.fhir_reading.fhir_reads_made import made, needs_of, said_of, shown, task_of, versioned
from app.store import fhir_reads_plans as plans
from app.store import fhir_reads_told as told
from app.store import people
from app.store.fhir_reads import Row
from app.store.session import Tx
from fhir import views, views_told
from fhir.views_kinds import Kind
from fhir.views_values import OrderShown, PersonTold, TaskShown

Json = dict[str, Any]


def made_for_provider(tx: Tx, kind: Kind, rows: Sequence[Row], *, audit: str) -> list[Json]:
    """Return a resource a row, in their order; nothing that `domain.disclosure` keeps from a provider."""
    if kind.type == "ServiceRequest":
        resources = _orders(tx, rows)
    elif kind.type == "Patient":
        resources = _people(tx, rows)
    elif kind.type == "Task":
        resources = _tasks(tx, rows, audit)
    else:
        return made(tx, kind, rows, audit=audit)
    return [versioned(resource) for resource in resources]


def _orders(tx: Tx, rows: Sequence[Row]) -> list[Json]:
    asked = told.requests_of(tx, [row["id"] for row in rows], audit=DISCLOSE)
    briefs = told.briefs_of(tx, [row["placement_id"] for row in rows])
    known = people.list_for_referrals(tx, [row["person_id"] for row in rows], audit=DISCLOSE)
    resources = []
    for row in rows:
        person, status = known[row["person_id"]], row["placement_status"]
        request = replace(asked[row["id"]], brief=briefs[row["placement_id"]])
        seen = disclosed_to_provider(person, request, status=status, today=tx.today)
        resources.append(views_told.order(_order(row, request, seen)))
    return resources


def _order(row: Row, request: Request, seen: Disclosure) -> OrderShown:
    return shown(
        OrderShown,
        row,
        needs=needs_of(seen.needs),
        access=seen.access,
        brief=seen.wants,
        take_care=seen.take_care,
        contact_prohibited=request.cautions.do_not_contact and bool(seen.take_care),
        contact_through_team=seen.contact_through_team,
    )


def _people(tx: Tx, rows: Sequence[Row]) -> list[Json]:
    ids = [row["id"] for row in rows]
    updated = {row["id"]: row["updated"] for row in rows}
    placed = told.placed(tx, ids)
    referrals = {referral_id for each in placed.values() for referral_id, _ in each}
    asked = told.requests_of(tx, referrals, audit=DISCLOSE)
    known = people.list_for_referrals(tx, ids, audit=DISCLOSE)
    resources = []
    for person_id, places in placed.items():
        person = known[person_id]
        seen = [
            disclosed_to_provider(person, asked[referral_id], status=status, today=tx.today)
            for referral_id, status in places
        ]
        resources.append(views_told.person(_person(str(person_id), seen, updated[person_id])))
    order = [str(each) for each in ids]
    return sorted(resources, key=lambda resource: order.index(resource["id"]))


def _person(id: str, seen: Sequence[Disclosure], updated: datetime) -> PersonTold:
    """What the first placement tells; a way to reach them only when no other placement withholds or changes it."""
    first = seen[0]
    contact = first.contact if {each.contact for each in seen} == {first.contact} else None
    return PersonTold(id, first.name, contact, first.language, first.age_band, updated)


def _tasks(tx: Tx, rows: Sequence[Row], audit: str) -> list[Json]:
    """Each with the words that the provider itself gave, of why and at the end."""
    ended = {row["referral_id"]: row["person_id"] for row in rows if row["outcome"]}
    written = plans.outcomes_of(tx, ended, audit=audit)
    words = {each.placement_id: _words(each.outcome) for found in written.values() for each in found}
    return [
        _task(task_of(row, said, words.get(row["id"], ())))
        for row, said in zip(rows, said_of(tx, rows), strict=True)
    ]


def _task(told: TaskShown) -> Json:
    """Its own Task; of the one that this is a part of nothing that leads to the person."""
    return views.task(told if told.part_of else replace(told, person_id=None))


def _words(outcome: Outcome) -> tuple[tuple[str, str | int], ...]:
    said = {
        "summary": outcome.summary,
        "actions": outcome.actions,
        "risks": outcome.risks,
        "goal": outcome.goal,
        "goal-before": outcome.goal_before,
        "goal-after": outcome.goal_after,
    }
    return tuple((code, value) for code, value in said.items() if value not in (None, ""))
