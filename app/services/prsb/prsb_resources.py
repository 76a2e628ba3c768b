"""The FHIR resources that a PRSB document refers to, made as the FHIR door makes them for the same reader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from app.services.fhir_reading.fhir_reads_made import made
from app.services.prsb.prsb_facts import Facts
from app.store import fhir_reads as store
from app.store.session import Tx
from fhir.views_table import KINDS

_OF_REFERRAL: Final = (
    "ServiceRequest",
    "CarePlan",
    "Task",
    "Observation",
    "QuestionnaireResponse",
    "Consent",
)
_PARTIES: Final = ("requester_id", "team_id", "owner_id", "organisation_id", "performer_id")
Json = dict[str, Any]


def resources_of(tx: Tx, facts: Facts, *, audit: str) -> list[Json]:
    """Return the person, the referral and all that belongs to it as the actor may see it, and whom they name."""
    rows = store.list_of_document(tx, "Patient", "id", facts.person.id, audit=audit)
    found, parties = made(tx, KINDS["Patient"], rows, audit=audit), {facts.team.id, facts.requester.id}
    for kind in _OF_REFERRAL:
        rows = store.list_of_document(tx, kind, "referral_id", facts.referral.id, audit=audit)
        parties |= _named(rows)
        found += made(tx, KINDS[kind], rows, audit=audit)
    rows = store.list_by(tx, "Organization", "id", sorted(parties, key=str), audit=audit)
    return [*found, *made(tx, KINDS["Organization"], rows, audit=audit)]


def _named(rows: Iterable[Any]) -> set[UUID]:
    return {row[name] for row in rows for name in _PARTIES if row.get(name)}
