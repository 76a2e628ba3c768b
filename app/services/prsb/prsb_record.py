"""One referral as the PRSB social prescribing record: by its 355 rows, from what is recorded, nothing entered twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from app.domain.access import Actor, check_acts_as
from app.domain.prsb import Gap, check, kept, marked
from app.domain.vocabulary import Role
from app.services.prsb.prsb_care import care_sections
from app.services.prsb.prsb_facts import ACT, Facts, facts_of, get_readable
from app.services.prsb.prsb_person import person_sections
from app.services.prsb.prsb_resources import resources_of
from app.services.prsb.prsb_standard import NAME, VERSION, standard_rows
from app.store.audit import Entry
from app.store.session import Database, Tx
from fhir.prsb_document import DocumentTold, document

FHIR_BASE: Final = "/FHIR/R4"
MAY_READ: Final = (Role.LINK_WORKER, Role.PRACTICE)


@dataclass(frozen=True, slots=True)
class Record:
    """The record as of `made_at`: `sections` in the standard's order; `gaps` is what the standard asks for besides."""

    reference: str
    made_at: datetime
    sections: dict[str, Any]
    gaps: tuple[Gap, ...]

    def as_json(self) -> bytes:
        """Return it as JSON: null where a mandatory row has no data, other rows without data left out."""
        told = {
            "standard": NAME,
            "version": VERSION,
            "reference": self.reference,
            "made_at": self.made_at.astimezone(UTC).isoformat(timespec="seconds"),
            "record": marked(standard_rows(), self.sections),
            "not_as_the_standard_asks": [
                {"row": list(gap.path), "kind": gap.kind.value, "words": gap.sentence} for gap in self.gaps
            ],
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def prsb_record(db: Database, actor: Actor, referral_id: UUID) -> Record:
    """Return the record for the team whose referral it is, or for who referred; raises NotFound to everybody else.

    Providers hold a part of it only, so there is none for them (NotAllowed).
    """
    check_acts_as(actor, *MAY_READ)
    with db.transaction(actor) as tx:
        return _record(tx, _facts(tx, referral_id, "json"))


def prsb_document(db: Database, actor: Actor, referral_id: UUID) -> bytes:
    """Return the same as a FHIR R4 document: a Bundle that starts with its Composition. Raises as prsb_record."""
    check_acts_as(actor, *MAY_READ)
    with db.transaction(actor) as tx:
        facts = _facts(tx, referral_id, "fhir document")
        record = _record(tx, facts)
        told = DocumentTold(
            referral_id=str(referral_id),
            person_id=str(facts.person.id),
            team_id=str(facts.team.id),
            team_name=facts.team.name,
            reference=record.reference,
            base_url=f"{tx.public_url}{FHIR_BASE}",
            made_at=record.made_at,
            is_final=facts.referral.ended_at is not None,
            restricted=facts.person.restricted,
        )
        return orjson.dumps(document(told, record.sections, resources_of(tx, facts, audit=ACT)))


def _facts(tx: Tx, referral_id: UUID, how: str) -> Facts:
    referral = get_readable(tx, referral_id)
    tx.audit(Entry(ACT, "referral", str(referral.id), referral.person_id, {"how": how}))
    return facts_of(tx, referral)


def _record(tx: Tx, facts: Facts) -> Record:
    told = kept(person_sections(facts) | care_sections(facts))
    sections = {row.name: told[row.name] for row in standard_rows() if row.name in told}
    return Record(facts.referral.reference, tx.now, sections, check(standard_rows(), sections))
