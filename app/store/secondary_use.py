"""What a person said about the use of their outcomes, and whose rows of the past may no longer be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.store import choices, people
from app.store.audit import Entry
from app.store.extracts import SECONDARY_USE, list_withdrawn
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_care import ConsentRow, ReferralRow
from app.store.tables_messages import ExtractItemRow, ExtractRow


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `said_by` a code of app.domain.secondary_use or "message", `written_by` who of the team wrote it."""

    given: bool
    said_by: str
    written_by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Numbers:
    """NHS numbers of people with rows in earlier extracts that must not be used again, each once and in order."""

    type_1: Sequence[str]
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class ExtractMade:
    """One extract: counts only, by reason for those left out."""

    id: UUID
    made_at: datetime
    rows: int
    opted_out: int
    excluded: dict[str, int]


def list_words(tx: Tx, person_id: UUID, *, audit: str) -> Sequence[Word]:
    """Return what was said, newest first, as far as the actor's team was told."""
    query = (
        select(ConsentRow.given, ConsentRow.source, UserRow.full_name, ConsentRow.recorded_at)
        .outerjoin(UserRow, UserRow.id == ConsentRow.asked_by)
        .where(ConsentRow.person_id == person_id, ConsentRow.kind == SECONDARY_USE)
        .order_by(ConsentRow.recorded_at.desc(), ConsentRow.given)
    )
    tx.audit(Entry(audit, "consent", str(person_id), person_id, {"kind": SECONDARY_USE}))
    return [Word(*row) for row in tx.session.execute(query)]


def is_handed_over(tx: Tx, person_id: UUID) -> bool:
    """Tell whether an extract holds a row of this person; for the platform alone."""
    handed = (
        select(func.count())
        .select_from(ExtractItemRow)
        .join(ReferralRow, ReferralRow.id == ExtractItemRow.referral_id)
        .where(ReferralRow.person_id == person_id, ExtractItemRow.included)
    )
    return bool(tx.session.scalar(handed))


def list_handed_over(tx: Tx) -> list[UUID]:
    """Return who has rows in an extract; for the platform alone."""
    handed = select(ReferralRow.person_id).join(ExtractItemRow, ExtractItemRow.referral_id == ReferralRow.id)
    return list(tx.session.scalars(handed.where(ExtractItemRow.included).distinct()))


def list_numbers(tx: Tx, *, audit: str) -> Numbers:
    """Return whose rows lie in extracts and may no longer be used: opted out, taken back, restricted since."""
    known = people.list_for_referrals(tx, list_handed_over(tx), audit=audit)
    withdrew = list_withdrawn(tx, known, audit=audit)
    type_1 = {each.details.nhs_number for each in known.values() if each.type1_opt_out}
    others = {
        each.details.nhs_number
        for each in known.values()
        if each.id in withdrew or each.national_opt_out or each.restricted
    }
    return Numbers(_sorted(type_1), _sorted(others - type_1))


def list_numbers_agreeing(tx: Tx, kind: str, *, audit: str) -> Sequence[str]:
    """Return the NHS numbers of people with rows in extracts whose newest word of a kind is a yes that counts today."""
    agreeing = choices.list_agreeing(tx, list_handed_over(tx), kind, audit=audit)
    known = people.list_for_referrals(tx, list(agreeing), audit=audit)
    return _sorted({each.details.nhs_number for each in known.values() if each.identity_confirmed})


def list_extracts(tx: Tx, *, audit: str, most: int = 24) -> Sequence[ExtractMade]:
    """Return the last extracts, newest first; for the platform alone."""
    query = select(ExtractRow).order_by(ExtractRow.created_at.desc()).limit(most)
    made = [
        ExtractMade(row.id, row.created_at, row.rows, row.opted_out, dict(row.excluded))
        for row in tx.session.scalars(query)
    ]
    tx.audit(Entry(audit, "extract", "list", None, {"count": len(made)}))
    return made


def _sorted(numbers: set[str | None]) -> Sequence[str]:
    return sorted(number for number in numbers if number)
