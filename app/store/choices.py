"""What a person said, of whichever of their referrals: every word, and the newest of a kind, which counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.consent import counts_on
from app.store.among import among
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_care import ConsentRow, ReferralRow
from app.store.tasks import Consent, consent_of


@dataclass(frozen=True, slots=True)
class Said:
    """One word as it was written down; `by` is the name of who of ours asked, where somebody did."""

    word: Consent
    by: str | None


def list_said(tx: Tx, person_id: UUID, *, audit: str) -> Sequence[Said]:
    """Return what a person said, newest first, as far as the actor's team was told."""
    query = (
        select(ConsentRow, UserRow.full_name)
        .outerjoin(UserRow, UserRow.id == ConsentRow.asked_by)
        .where(ConsentRow.person_id == person_id)
        .order_by(ConsentRow.recorded_at.desc(), ConsentRow.given)
    )
    tx.audit(Entry(audit, "consent", str(person_id), person_id))
    return [Said(consent_of(row), name) for row, name in tx.session.execute(query)]


def find_newest(tx: Tx, person_id: UUID, kind: str) -> Consent | None:
    """Return a person's newest word of a kind, of one moment's the no; to be asked as the platform."""
    theirs = (ConsentRow.person_id == person_id, ConsentRow.kind == kind)
    newest = select(ConsentRow).where(*theirs).order_by(ConsentRow.recorded_at.desc(), ConsentRow.given)
    row = tx.session.scalars(newest.limit(1)).first()
    return None if row is None else consent_of(row)


def find_newest_by_referral(tx: Tx, referral_id: UUID, kind: str) -> Consent | None:
    """Return the same of whom a referral is about."""
    person_id = tx.session.scalar(select(ReferralRow.person_id).where(ReferralRow.id == referral_id))
    return None if person_id is None else find_newest(tx, person_id, kind)


def list_agreeing(tx: Tx, person_ids: Collection[UUID], kind: str, *, audit: str) -> Set[UUID]:
    """Return whose newest word of a kind is a yes that still counts today; whoever said nothing is not among them."""
    newest = (ConsentRow.person_id, ConsentRow.recorded_at.desc(), ConsentRow.given)
    query = (
        select(ConsentRow.person_id, ConsentRow.given, ConsentRow.expires_on)
        .ext(distinct_on(ConsentRow.person_id))
        .where(ConsentRow.kind == kind, among(ConsentRow.person_id, set(person_ids)))
        .order_by(*newest)
    )
    tx.audit(Entry(audit, "consent", "many", None, {"count": len(set(person_ids)), "kind": kind}))
    return {
        row.person_id
        for row in tx.session.execute(query)
        if row.given and counts_on(tx.today, given=True, expires_on=row.expires_on)
    }
