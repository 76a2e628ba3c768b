"""Looks at records in an emergency: who is found, what is opened and until when, what a reviewer decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from app.domain import emergency
from app.domain.errors import NotFound
from app.domain.likeness import likeness
from app.domain.referral import PersonDetails
from app.store import people
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_care import PersonRow
from app.store.tables_emergency import EmergencyAccessRow as Row

PAGE = 25
SUBJECT = "emergency access"


@dataclass(frozen=True, slots=True)
class Looked:
    """One look: who, for which organisation, why, from when to when; what somebody else decided of it."""

    id: UUID
    person_id: UUID
    user_id: UUID
    full_name: str
    organisation_id: UUID
    organisation_name: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    reviewed_at: datetime | None
    reviewed_by_name: str | None
    verdict: str | None

    def is_open(self, now: datetime) -> bool:
        """True while the record can be read."""
        return self.opened_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which looks a list is to show; `state` is to-review, reviewed or all."""

    state: str = "all"
    organisation_id: UUID | None = None


def list_fitting(tx: Tx, family: str, birth_date: date, *, fences: Collection[UUID | None]) -> Sequence[UUID]:
    """Return who has this family name and birth date behind these fences, two at most: more is nobody in particular."""
    alike = likeness(PersonDetails(family=family, birth_date=birth_date))
    if alike is None:
        return []
    fence = PersonRow.fence_id
    beside = or_(*(fence.is_(None) if each is None else fence == each for each in fences))
    index = tx.cipher.likeness_index(*alike)
    query = select(PersonRow.id).where(beside, PersonRow.likeness_index == index)
    return tx.session.scalars(query.order_by(PersonRow.id).limit(2)).all()


def add(
    tx: Tx, person_id: UUID, *, reason: str, words: str, ends_at: datetime, by: tuple[UUID, UUID]
) -> UUID:
    """Write that a record is opened; `by` is the account and the organisation that it acts for."""
    user_id, organisation_id = by
    row = Row(
        id=uuid4(),
        person_id=person_id,
        user_id=user_id,
        organisation_id=organisation_id,
        reason=reason,
        opened_at=tx.now,
        ends_at=ends_at,
    )
    row.words = people.seal_for(tx, person_id, Cell("emergency_access", "words", row.id), words)
    tx.session.add(row)
    tx.session.flush()
    return row.id


def get(tx: Tx, look_id: UUID, *, hold: bool = False) -> Looked:
    """Return a look that the actor may see; raises NotFound for any other."""
    query = _named().where(Row.id == look_id)
    found = tx.session.execute(query.with_for_update(of=Row) if hold else query).first()
    if found is None:
        raise NotFound
    return _looked(found)


def find_open(tx: Tx, person_id: UUID, user_id: UUID, organisation_id: UUID) -> UUID | None:
    """Return somebody's look at a record that is not over yet; of two at one moment the second waits for the first."""
    tx.session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update())
    theirs = (Row.person_id == person_id, Row.user_id == user_id, Row.organisation_id == organisation_id)
    return tx.session.scalar(select(Row.id).where(*theirs, Row.ends_at > tx.now).limit(1))


def words_of(tx: Tx, look: Looked) -> tuple[str, str]:
    """Return why somebody looked and what the reviewer found, in their own words; as the platform."""
    row = tx.session.get_one(Row, look.id)
    cells = [Cell("emergency_access", name, look.id) for name in ("words", "note")]
    texts = zip(cells, (row.words, row.note), strict=True)
    words, note = (people.open_for(tx, look.person_id, cell, sealed) for cell, sealed in texts)
    return words or "", note or ""


def list_own_open(tx: Tx, user_id: UUID, organisation_id: UUID) -> Sequence[Looked]:
    """Return somebody's own looks that are not over yet, the newest first."""
    theirs = (Row.user_id == user_id, Row.organisation_id == organisation_id, Row.ends_at > tx.now)
    query = _named().where(*theirs).order_by(Row.opened_at.desc())
    return [_looked(found) for found in tx.session.execute(query)]


def list_page(tx: Tx, wanted: Wanted, *, page: int, audit: str) -> tuple[Sequence[Looked], int]:
    """Return a page of all looks, those to review first and of these the oldest; and how many fit in all."""
    query = _filtered(wanted)
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    tx.audit(Entry(audit, SUBJECT, "all"))
    found = tx.session.execute(_in_order(query).limit(PAGE).offset((page - 1) * PAGE))
    return [_looked(each) for each in found], total


def list_for_file(tx: Tx, wanted: Wanted, *, audit: str) -> Sequence[Looked]:
    """Return all looks that fit, in the same order."""
    tx.audit(Entry(audit, SUBJECT, "all"))
    return [_looked(each) for each in tx.session.execute(_in_order(_filtered(wanted)).limit(10_000))]


def count_to_review(tx: Tx) -> int:
    """Return how many looks nobody has decided on."""
    return tx.session.scalar(select(func.count()).where(Row.reviewed_at.is_(None))) or 0


def count_since(tx: Tx, since: datetime) -> int:
    """Return how many records were opened from a moment on."""
    return tx.session.scalar(select(func.count()).where(Row.opened_at >= since)) or 0


def record_ended(tx: Tx, look_id: UUID) -> None:
    """Let a look be over now."""
    tx.session.get_one(Row, look_id).ends_at = tx.now
    tx.session.flush()


def record_review(tx: Tx, look: Looked, verdict: str, note: str, *, by: UUID) -> None:
    """Write what was decided."""
    row = tx.session.get_one(Row, look.id)
    cell = Cell("emergency_access", "note", look.id)
    row.note = people.seal_for(tx, look.person_id, cell, note or None)
    row.verdict, row.reviewed_at, row.reviewed_by = verdict, tx.now, by
    tx.session.flush()


def note_look(
    tx: Tx, look: Looked, referral_ids: Collection[UUID] = (), *, audit: str = emergency.OPEN
) -> None:
    """Write that the actor themselves read the record, and each of these referrals, as a look in an emergency."""
    told = {"access": str(look.id), "reason": look.reason, "purpose": emergency.PURPOSE}
    tx.audit(Entry(audit, "person", str(look.person_id), look.person_id, told))
    for referral_id in referral_ids:
        tx.audit(Entry(audit, "referral", str(referral_id), look.person_id, told))


_BY, _REVIEWER = aliased(UserRow), aliased(UserRow)


def _named() -> Any:
    return (
        select(Row, _BY.full_name, OrganisationRow.name, _REVIEWER.full_name)
        .join(_BY, _BY.id == Row.user_id)
        .join(OrganisationRow, OrganisationRow.id == Row.organisation_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == Row.reviewed_by)
    )


def _filtered(wanted: Wanted) -> Any:
    query = _named()
    if wanted.state != "all":
        is_open = Row.reviewed_at.is_(None)
        query = query.where(is_open if wanted.state == "to-review" else ~is_open)
    if wanted.organisation_id is not None:
        query = query.where(Row.organisation_id == wanted.organisation_id)
    return query


def _in_order(query: Any) -> Any:
    return query.order_by(Row.reviewed_at.desc().nulls_first(), Row.opened_at, Row.id)


def _looked(found: Any) -> Looked:
    row, full_name, organisation_name, reviewed_by_name = found
    return Looked(
        id=row.id,
        person_id=row.person_id,
        user_id=row.user_id,
        full_name=full_name,
        organisation_id=row.organisation_id,
        organisation_name=organisation_name,
        reason=row.reason,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        reviewed_at=row.reviewed_at,
        reviewed_by_name=reviewed_by_name,
        verdict=row.verdict,
    )
