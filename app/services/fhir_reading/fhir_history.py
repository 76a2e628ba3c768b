"""Old versions over FHIR: a resource as it stood after each change, where that is kept; its last one is the read's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.stage_then import WITH_OUTCOME, reason_then, stage_of, stage_then
from app.domain.vocabulary import Role
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads_made import made
from app.services.fhir_reading.fhir_reads_told import made_for_provider
from app.store import fhir_reads as store
from app.store import fhir_versions
from app.store.fhir_versions import ReferralVersion, StepTaken
from app.store.session import Database, Tx
from fhir.views_kinds import Kind
from fhir.writes_table import KEPT

Json = dict[str, Any]
Values = dict[str, Any]
_ACT: Final = "fhir history"
_NO_OWNER: Final[Values] = {"owner_id": None, "owner_name": None}


def history(db: Database, actor: Actor, kind: Kind, id: str) -> list[Json]:
    """Return the versions of one resource, newest first; the first is what a read gives.

    Raises NotFound when it is absent or another organisation's. Where no old versions are kept there is the one that
    is there now; so for a provider of a ServiceRequest, and of the Task above its own: both are made of several parts.
    """
    current = fhir_reads.read(db, actor, kind, id)
    if kind.type not in KEPT or (actor.role is Role.PROVIDER and kind.type == "ServiceRequest"):
        return [current]
    with db.transaction(actor) as tx:
        rows = store.list_by(tx, kind.type, "id", [UUID(id)], audit=_ACT)
        if not rows:
            raise NotFound
        if actor.role is Role.PROVIDER and rows[0]["part_of"] is None:
            return [current]
        values = [dict(rows[0]) | older for older in _older(tx, kind, dict(rows[0]))]
        write = made_for_provider if actor.role is Role.PROVIDER else made
        found = write(tx, kind, values, audit=_ACT) if values else []  # type: ignore[arg-type]  # read by name alone
    now = current["meta"]["versionId"]
    earlier = [each for each in found if each["meta"]["versionId"] != now]
    return [current, *reversed(earlier)]


def version(db: Database, actor: Actor, kind: Kind, id: str, wanted: str) -> Json:
    """Return one version of a resource; raises NotFound when there is no such version, or it is not kept."""
    for each in history(db, actor, kind, id):
        if each["meta"]["versionId"] == wanted:
            return each
    sentence = "There is no such version, or it is not kept: of this type only the present version is."
    raise NotFound("There is no such version of this resource." if kind.type in KEPT else sentence)


def _older(tx: Tx, kind: Kind, row: Values) -> Iterator[Values]:
    if kind.type == "ServiceRequest":
        versions = fhir_versions.list_versions(tx, row["id"], audit=_ACT)
        yield from (_request_at(each) for each in versions)
        return
    placement_id = row["id"] if row["part_of"] is not None else None
    steps = fhir_versions.list_steps(tx, row["referral_id"], placement_id, audit=_ACT)
    outcomes = fhir_versions.list_outcomes(tx, row["referral_id"], placement_id)
    for number in range(1, len(steps) + 1):
        taken = steps[:number]
        unanswered = placement_id is not None and not any(step.role == Role.PROVIDER for step in taken)
        # As a read has it: whom an offer went to is told to others once they have answered.
        hidden = _NO_OWNER if unanswered and tx.actor.role is not Role.PROVIDER else {}
        yield _task_at(taken, outcomes, row) | hidden


def _request_at(then: ReferralVersion) -> Values:
    return {
        "version": then.version,
        "updated": then.at,
        # Whether it had begun is not kept with the version: no status of a ServiceRequest asks for it.
        "stage": stage_of(then.status, then.end_reason, began=True),
        "needs": list(then.needs),
        "reason": then.reason,
        "priority": then.priority,
    }


def _task_at(steps: Sequence[StepTaken], outcomes: Sequence[tuple[datetime, str]], row: Values) -> Values:
    """The Task after these steps; its version is their number, as the read counts them."""
    last = steps[-1]
    told: Values = {
        "version": len(steps),
        "updated": last.at,
        "status": last.after,
        "reason": reason_then(steps),
        "step": last.id,
        "said": last.said,
        "stage": stage_then(steps),
        "outcome": None,
    }
    if last.after in WITH_OUTCOME:
        written = [state for at, state in outcomes if at <= last.at]
        told["outcome"] = written[-1] if written else row["outcome"]
    return told
