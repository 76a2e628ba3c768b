"""All that the FHIR door could tell of one person's referrals, as one Bundle for the person to take along."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from uuid import UUID, uuid4

from app.services.fhir_reading.fhir_reads_made import made
from app.services.own.my_fhir_plan import plan_of_referral
from app.services.own.my_fhir_said import said_of_referral, said_of_themselves, with_own_words
from app.store import fhir_reads as store
from app.store.outcomes import About
from app.store.session import Tx
from fhir.views_shape import collection
from fhir.views_table import KINDS

ACT: Final = "download own data"
_OF_REFERRALS: Final = (
    "ServiceRequest",
    "Task",
    "CarePlan",
    "Observation",
    "QuestionnaireResponse",
    "Consent",
    "Communication",
    "Provenance",
    "AuditEvent",
)
_MOST: Final = 10_000  # resources of one type
_PARTIES: Final = ("requester_id", "team_id", "owner_id", "organisation_id", "performer_id")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whose:
    """The person and the team that keeps it; `own_words` are the referrals whose reason the person wrote."""

    person_id: UUID
    team_id: UUID
    own_words: Collection[UUID]


def bundle_of(tx: Tx, whose: Whose, referral_ids: Collection[UUID], *, base_url: str) -> Json:
    """Return a collection Bundle of what is kept of a person's referrals, read as the actor may.

    Where another wrote why the person was referred, their words are left out, as are words beside a step and words
    about risks. Raises NotFound when the person is not the actor's to see.
    """
    found = store.list_by(tx, "Patient", "id", [whose.person_id], audit=ACT)
    resources = made(tx, KINDS["Patient"], found, audit=ACT)
    parties: set[UUID] = set()
    for kind in _OF_REFERRALS:
        rows = store.list_by(tx, kind, "referral_id", referral_ids, audit=ACT, limit=_MOST)
        told = [_for_the_person(kind, row, whose.own_words) for row in rows]
        parties |= {row[name] for row in told for name in _PARTIES if row.get(name)}
        resources += made(tx, KINDS[kind], told, audit=ACT)
    for each in referral_ids:
        about = About(each, whose.person_id)
        resources = with_own_words(tx, resources, about, audit=ACT)
        resources += said_of_referral(tx, about, audit=ACT)
        resources += plan_of_referral(tx, each, audit=ACT)
    resources += said_of_themselves(tx, whose.person_id, whose.team_id, audit=ACT)
    found = store.list_by(tx, "Organization", "id", sorted(parties, key=str), audit=ACT)
    resources += made(tx, KINDS["Organization"], found, audit=ACT)
    made_at = tx.now.astimezone(UTC).isoformat(timespec="seconds")
    return collection(base_url, resources, id=str(uuid4()), made_at=made_at)


def _for_the_person(kind: str, row: Any, own_words: Collection[UUID]) -> Any:
    """A row without what others wrote of the person in free words: somebody reads that first, see my_data."""
    told: dict[str, Any] = dict(row)
    if kind == "ServiceRequest" and told["id"] not in own_words:
        told |= {"reason": None, "order_sent": None}
    if "said" in told:
        told["said"] = None
    if kind == "Consent" and told["source"] != "message":
        told |= {"requester_id": told["team_id"], "requester_name": told["team_name"]}
    return told
