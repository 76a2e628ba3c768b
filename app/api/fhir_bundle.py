"""A transaction: one referral in a Bundle of resources, made whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from flask import Response, current_app

from app.api.errors import fhir_response
from app.api.fhir_rest_caller import answer, base_url, caller, may_read
from app.api.fhir_write_parts import address, status_of, wished_return
from app.domain.access import Actor
from app.runtime import Runtime
from app.services.fhir_reading import fhir_reads
from app.services.fhir_writing.rest_referral import find_existing, refer
from app.services.incoming.answering import Posted
from fhir.checks import resource_problems
from fhir.problems import FhirRejected, Problem, operation_outcome
from fhir.transaction import Transaction, read_transaction
from fhir.views_table import KINDS

Json = dict[str, Any]
_CARRIED: Final = "It was taken in with the referral; it has no address of its own here."


def run_transaction(body: Json, told: Posted) -> Response:
    """Make the referral of a transaction, whole or not at all; raises FhirRejected naming each entry at fault."""
    problems = resource_problems(body)
    if problems:
        raise FhirRejected(problems)
    wanted = read_transaction(body, base_url())
    db, actor = _runtime().db, caller()
    known = _found(wanted, "ServiceRequest", actor)
    if known is None:
        person = _found(wanted, "Patient", actor)
        made = refer(db, actor, wanted.asked, told, base_url=base_url(), person_id=person)
        if made.referral_id is None:
            return fhir_response(made.answer.body, made.answer.status)
        found = _Found({"Patient"} if person else set(), made.warnings)
        return answer(_response(wanted, actor, made.referral_id, found))
    return answer(_response(wanted, actor, known, _Found({"ServiceRequest", "Patient", "Task"})))


def _found(wanted: Transaction, kind: str, actor: Actor) -> UUID | None:
    condition = wanted.conditions.get(kind)
    if condition is None:
        return None
    try:
        return find_existing(_runtime().db, actor, kind, condition.query, base_url=base_url())
    except FhirRejected as fault:
        problems = [Problem(condition.path, each.code, each.sentence) for each in fault.problems]
        raise FhirRejected(problems, status=fault.status, rec_code=fault.rec_code) from fault


@dataclass(frozen=True, slots=True)
class _Found:
    """Of which types something was there already, and what the request was taken with although it is not right."""

    there: set[str]
    warnings: tuple[Problem, ...] = ()


def _response(wanted: Transaction, actor: Actor, referral_id: UUID, found: _Found) -> Json:
    """The answer entry by entry.

    A Patient whom others have referred before is told as made all the same: whom others know is not ours to tell.
    """
    request_made = _read(actor, "ServiceRequest", str(referral_id))
    made = {"ServiceRequest": request_made}
    if "Patient" in wanted.types:
        made["Patient"] = _read(actor, "Patient", request_made["subject"]["reference"].rpartition("/")[2])
    if wanted.has_task:
        made["Task"] = _read(actor, "Task", str(referral_id))
    entries = [
        _made_entry(made[kind], wanted, found) if kind in made else _carried_entry() for kind in wanted.types
    ]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}


def _read(actor: Actor, kind: str, id: str) -> Json:
    return fhir_reads.read(_runtime().db, actor, KINDS[kind], id)


def _made_entry(resource: Json, wanted: Transaction, found: _Found) -> Json:
    meta, kind = resource["meta"], resource["resourceType"]
    told: Json = {
        "status": status_of(200 if kind in found.there else 201),
        "location": address(resource).removeprefix(f"{base_url()}/"),
        "etag": f'W/"{meta["versionId"]}"',
        "lastModified": meta.get("lastUpdated") or datetime.now(UTC).isoformat(timespec="seconds"),
    }
    said = wanted.left_out.get(kind, ())
    said += found.warnings if kind == "ServiceRequest" else ()
    if said and kind not in found.there:
        told["outcome"] = operation_outcome(said)
    is_shown = wished_return() == "representation" and may_read(kind)
    shown = {"resource": resource} if is_shown else {}
    return {**shown, "response": told}


def _carried_entry() -> Json:
    outcome = operation_outcome([Problem("", "informational", _CARRIED, "information")])
    return {"response": {"status": status_of(200), "outcome": outcome}}


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
