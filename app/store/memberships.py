"""Agreements between groups and their anchors: kept, ended, and asked whenever somebody enters for another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, any_, exists, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.domain.errors import NotFound
from app.domain.memberships import Agreed, Agreement, Membership
from app.domain.vocabulary import OrganisationKind
from app.store.fence import fence_of, is_beside
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import PlacementRow
from app.store.tables_memberships import MembershipRow

_Anchor, _Member = aliased(OrganisationRow), aliased(OrganisationRow)


def add(tx: Tx, told: Agreement) -> UUID:
    """Write an agreement and return its id; raises AlreadyThere while another of the two runs."""
    row = MembershipRow(
        id=uuid4(),
        anchor_id=told.anchor_id,
        member_id=told.member_id,
        kinds=list(told.kinds),
        agreed_on=told.agreed_on,
        agreed_by=told.agreed_by,
        agreed_how=told.agreed_how,
        until=told.until,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    return row.id


def get(tx: Tx, membership_id: UUID) -> Membership:
    """Return an agreement; raises NotFound when absent or neither side's."""
    found = tx.session.execute(_named().where(MembershipRow.id == membership_id)).first()
    if found is None:
        raise NotFound
    return _membership(*found)


def list_seen(tx: Tx) -> Sequence[Membership]:
    """Return the agreements that the actor may see, those that run first, by name."""
    order = (MembershipRow.ended_at.desc().nulls_first(), _Anchor.name, _Member.name, MembershipRow.id)
    return [_membership(*found) for found in tx.session.execute(_named().order_by(*order))]


def find_between(tx: Tx, anchor_id: UUID, member_id: UUID) -> Membership | None:
    """Return the agreement of the two that was not ended, None when there is none."""
    query = _named().where(
        MembershipRow.anchor_id == anchor_id,
        MembershipRow.member_id == member_id,
        MembershipRow.ended_at.is_(None),
    )
    found = tx.session.execute(query).first()
    return _membership(*found) if found else None


def record_end(tx: Tx, membership_id: UUID, by: str) -> None:
    """End an agreement now."""
    row = tx.session.get(MembershipRow, membership_id)
    if row is None:
        raise NotFound
    row.ended_at, row.ended_by = tx.now, by
    tx.session.flush()


def has_placement_with(tx: Tx, team_id: UUID, provider_id: UUID) -> bool:
    """Tell whether a team has offered anything to a provider."""
    query = exists().where(PlacementRow.team_id == team_id, PlacementRow.provider_id == provider_id)
    return bool(tx.session.scalar(select(query)))


def stand_together(tx: Tx, one_id: UUID, other_id: UUID) -> bool:
    """Tell whether two organisations stand on the same side of every sandbox's fence."""
    beside = is_beside(fence_of(OrganisationRow), other_id)
    return bool(tx.session.scalar(select(exists().where(OrganisationRow.id == one_id, beside))))


def list_providers(tx: Tx, *, beside: UUID | None) -> Sequence[tuple[UUID, str]]:
    """Return the ids and names of the providers on an organisation's side of the fence, by name."""
    query = select(OrganisationRow.id, OrganisationRow.name).where(
        OrganisationRow.kind == OrganisationKind.PROVIDER, is_beside(fence_of(OrganisationRow), beside)
    )
    found = tx.session.execute(query.order_by(OrganisationRow.name, OrganisationRow.id))
    return [(organisation_id, name) for organisation_id, name in found]


def is_kept_by(tx: Tx, provider_id: InstrumentedAttribute[UUID], anchor_id: UUID) -> ColumnElement[bool]:
    """Whether a provider has agreed that this anchor keeps its entry in the directory."""
    running = or_(MembershipRow.until.is_(None), MembershipRow.until >= tx.today)
    return exists().where(
        MembershipRow.member_id == provider_id,
        MembershipRow.anchor_id == anchor_id,
        literal(Agreed.DIRECTORY.value) == any_(MembershipRow.kinds),
        MembershipRow.ended_at.is_(None),
        MembershipRow.agreed_on <= tx.today,
        running,
    )


def _named() -> Select[MembershipRow, str, str]:
    return (
        select(MembershipRow, _Anchor.name, _Member.name)
        .join(_Anchor, _Anchor.id == MembershipRow.anchor_id)
        .join(_Member, _Member.id == MembershipRow.member_id)
    )


def _membership(row: MembershipRow, anchor: str, member: str) -> Membership:
    told = Agreement(
        anchor_id=row.anchor_id,
        member_id=row.member_id,
        kinds=tuple(row.kinds),
        agreed_on=row.agreed_on,
        agreed_by=row.agreed_by,
        agreed_how=row.agreed_how,
        until=row.until,
    )
    return Membership(row.id, told, anchor, member, row.ended_at, row.ended_by)
