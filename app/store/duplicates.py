"""Finds requests that may be for one person, and keeps what a link worker decided of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, and_, or_, select, union
from sqlalchemy.orm import aliased

from app.domain.duplicates import JOINED, PARTED, Bond, Decision, FoundBy, Likeness
from app.domain.lifecycle import OPEN_REFERRAL, Track
from app.domain.referral import Step
from app.domain.vocabulary import Role
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_care import PersonRow, ReferralRow
from app.store.tables_duplicates import ReferralBondRow

_TOGETHER = (ReferralBondRow.decision == Decision.TOGETHER, ReferralBondRow.undone_at.is_(None))


def list_alike(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Likeness]:
    """Return the team's other open referrals that may be of the same person and that nobody has decided on.

    By number: of the same record. By name and birth date: only where the identity of one of the two is not
    confirmed, for two confirmed numbers are two people, and among the people of one side of the fence. Whatever
    follows another is found through that one.
    """
    mine = tx.session.get(ReferralRow, referral_id)
    own = tx.session.get(PersonRow, mine.person_id) if mine else None
    if mine is None or own is None:
        return []
    persons = [own.id, *_may_be_one_with(tx, own)]
    query = (
        select(ReferralRow, OrganisationRow.name)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.requester_id)
        .where(ReferralRow.id != referral_id, ReferralRow.team_id == mine.team_id)
        .where(ReferralRow.status.in_(OPEN_REFERRAL), ReferralRow.person_id.in_(persons))
        .where(ReferralRow.id.not_in(_decided(referral_id)), ReferralRow.id.not_in(_following()))
        .order_by(ReferralRow.received_at, ReferralRow.id)
    )
    found = tx.session.execute(query).all()
    for row, _ in found:
        tx.audit(Entry(audit, "referral", str(row.id), row.person_id))
    return [
        Likeness(
            referral_id=row.id,
            reference=row.reference,
            requester_name=name,
            received_at=row.received_at,
            status=row.status,
            found_by=FoundBy.NUMBER if row.person_id == own.id else FoundBy.NAME_AND_BIRTH_DATE,
        )
        for row, name in found
    ]


def is_to_decide(tx: Tx, referral_id: UUID, *, audit: str) -> bool:
    """Tell whether a referral is open, follows no other, and somebody has still to decide on another one with it."""
    row = tx.session.get(ReferralRow, referral_id)
    if row is None or row.status not in OPEN_REFERRAL or find_leader(tx, referral_id) is not None:
        return False
    return bool(list_alike(tx, referral_id, audit=audit))


def _may_be_one_with(tx: Tx, own: PersonRow) -> Sequence[UUID]:
    """People by themselves first: a question that names their index in an "or" reads every open referral."""
    if own.likeness_index is None:
        return []
    query = select(PersonRow.id).where(
        PersonRow.likeness_index == own.likeness_index,
        PersonRow.fence_id.is_not_distinct_from(own.fence_id),
        PersonRow.id != own.id,
    )
    if own.identity_confirmed:
        query = query.where(PersonRow.identity_confirmed.is_(False))
    return tx.session.scalars(query).all()


def are_beside(tx: Tx, referral_id: UUID, other_id: UUID) -> bool:
    """Tell whether two referrals are of people on one side of the fence."""
    fence = PersonRow.fence_id
    query = select(fence).join(ReferralRow, ReferralRow.person_id == PersonRow.id).distinct()
    return len(tx.session.execute(query.where(ReferralRow.id.in_((referral_id, other_id)))).all()) == 1


def _decided(referral_id: UUID) -> CompoundSelect[UUID]:
    """Whatever was decided of together with this one, whichever of the two it was written under."""
    holds = ReferralBondRow.undone_at.is_(None)
    return union(
        select(ReferralBondRow.other_id).where(ReferralBondRow.referral_id == referral_id, holds),
        select(ReferralBondRow.referral_id).where(ReferralBondRow.other_id == referral_id, holds),
    )


def _following() -> Select[UUID]:
    return select(ReferralBondRow.referral_id).where(*_TOGETHER)


def record(
    tx: Tx, referral_id: UUID, other_id: UUID, decision: Decision, *, reason: str | None = None, audit: str
) -> None:
    """Write a decision; of two worked together the first follows the second."""
    tx.session.add(
        ReferralBondRow(
            referral_id=referral_id,
            other_id=other_id,
            decision=decision,
            reason=reason,
            decided_at=tx.now,
            decided_by=tx.actor.user_id,
        )
    )
    tx.session.flush()
    detail = {"decision": decision.value, "other": str(other_id), "reason": reason}
    tx.audit(Entry(audit, "referral", str(referral_id), None, detail))


def record_undone(tx: Tx, bond: Bond, *, audit: str) -> None:
    """Take back what was decided of two referrals; they may be asked about again."""
    query = select(ReferralBondRow).where(
        ReferralBondRow.referral_id == bond.referral_id,
        ReferralBondRow.other_id == bond.other_id,
        ReferralBondRow.undone_at.is_(None),
    )
    for row in tx.session.scalars(query):
        row.undone_at = tx.now
    tx.session.flush()
    tx.audit(Entry(audit, "referral", str(bond.referral_id), None, {"undone": str(bond.other_id)}))


def list_bonds(tx: Tx, referral_id: UUID) -> Sequence[Bond]:
    """Return what was decided of a referral and others and still holds, oldest first."""
    query = select(ReferralBondRow).where(
        or_(ReferralBondRow.referral_id == referral_id, ReferralBondRow.other_id == referral_id),
        ReferralBondRow.undone_at.is_(None),
    )
    rows = tx.session.scalars(query.order_by(ReferralBondRow.decided_at, ReferralBondRow.id))
    return [_bond(row) for row in rows]


def _bond(row: ReferralBondRow) -> Bond:
    return Bond(row.referral_id, row.other_id, Decision(row.decision), row.reason, row.decided_at)


def bonds_of(tx: Tx, referral_ids: Collection[UUID]) -> Sequence[Bond]:
    """Return by what those of these referrals that follow another one do so."""
    query = select(ReferralBondRow).where(ReferralBondRow.referral_id.in_(referral_ids), *_TOGETHER)
    return [_bond(row) for row in tx.session.scalars(query)]


def list_following(tx: Tx, referral_ids: Collection[UUID]) -> Sequence[Bond]:
    """Return by what other referrals follow one of these."""
    query = select(ReferralBondRow).where(ReferralBondRow.other_id.in_(referral_ids), *_TOGETHER)
    return [_bond(row) for row in tx.session.scalars(query)]


def list_told(tx: Tx, referral_id: UUID) -> Sequence[Step]:
    """Return when a referral and others were joined and parted, with the other's reference, for its team."""
    bond, other = ReferralBondRow, aliased(ReferralRow)
    mine, theirs = bond.referral_id == referral_id, bond.other_id == referral_id
    query = (
        select(bond, other.reference, UserRow.full_name)
        .join(other, or_(and_(mine, other.id == bond.other_id), and_(theirs, other.id == bond.referral_id)))
        .outerjoin(UserRow, UserRow.id == bond.decided_by)
        .where(bond.decision == Decision.TOGETHER)
        .order_by(bond.decided_at, bond.id)
    )
    told = []
    for row, reference, name in tx.session.execute(query):
        told.append(_told(row.decided_at, JOINED, name or "Backstitch", reference))
        if row.undone_at is not None:
            told.append(_told(row.undone_at, PARTED, "Backstitch", reference))
    return sorted(told, key=lambda step: step.at)


def _told(at: datetime, action: str, by: str, reference: str) -> Step:
    return Step(at, Track.REFERRAL, action, "", "", None, Role.LINK_WORKER, by, reference)


def worked_with(tx: Tx, referral_id: UUID) -> Sequence[UUID]:
    """Return a referral and all that are worked as one with it, that which leads first; else itself alone."""
    leader_id = find_leader(tx, referral_id) or referral_id
    return [leader_id, *list_followers(tx, leader_id)]


def find_leader(tx: Tx, referral_id: UUID) -> UUID | None:
    """Return which referral leads this one, None when it stands by itself."""
    query = select(ReferralBondRow.other_id).where(ReferralBondRow.referral_id == referral_id, *_TOGETHER)
    return tx.session.scalars(query).first()


def list_followers(tx: Tx, referral_id: UUID) -> Sequence[UUID]:
    """Return the referrals that follow this one, in the order in which they were joined to it."""
    query = select(ReferralBondRow.referral_id).where(ReferralBondRow.other_id == referral_id, *_TOGETHER)
    return tx.session.scalars(query.order_by(ReferralBondRow.decided_at, ReferralBondRow.referral_id)).all()


def leaders_of(tx: Tx, referral_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the reference of the referral that leads each of these, for those that follow one."""
    query = (
        select(ReferralBondRow.referral_id, ReferralRow.reference)
        .join(ReferralRow, ReferralRow.id == ReferralBondRow.other_id)
        .where(ReferralBondRow.referral_id.in_(referral_ids), *_TOGETHER)
    )
    rows = tx.session.execute(query)
    return {row.referral_id: row.reference for row in rows}
