"""Payments on engagement: terms, the placements that reached them, and their lines; never a person's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.domain.payments import Engaged, Terms
from app.domain.vocabulary import OrganisationKind
from app.store.fence import fence_of, is_beside
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import ContactRow, PlacementRow, ReferralRow, TransitionRow
from app.store.tables_payments import PaymentLineRow, PaymentTermsRow
from app.store.tables_register import AttendanceRow

PAGE = 100
_Provider, _Payer = aliased(OrganisationRow), aliased(OrganisationRow)


@dataclass(frozen=True, slots=True)
class TermsShown:
    """Terms that run, with the names of whom they are between."""

    id: UUID
    terms: Terms
    service_name: str
    provider_name: str
    payer_name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One payment: due since a day, paid on a day or not yet. Amounts in pence."""

    id: UUID
    reference: str
    service_name: str
    provider_name: str
    payer_id: UUID
    payer_name: str
    amount: int
    overheads: int
    engagement: str
    sessions: int | None
    due_on: date
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class Reached:
    """A placement at a service with terms, without a line yet."""

    placement_id: UUID
    provider_id: UUID
    reference: str
    engaged: Engaged


def add_terms(tx: Tx, told: Terms, provider_id: UUID) -> UUID:
    """Write terms and return their id."""
    row = PaymentTermsRow(
        id=uuid4(),
        service_id=told.service_id,
        provider_id=provider_id,
        payer_id=told.payer_id,
        amount=told.amount,
        overheads=told.overheads,
        engagement=told.engagement,
        sessions=told.sessions,
        starts_on=told.starts_on,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    return row.id


def runs_already(tx: Tx, told: Terms) -> bool:
    """Tell whether the payer pays for the same at this service under terms that have not ended."""
    query = select(PaymentTermsRow.id).where(*_for_the_same(told), PaymentTermsRow.ended_at.is_(None))
    return tx.session.execute(query.limit(1)).first() is not None


def _for_the_same(told: Terms) -> tuple[ColumnElement[bool], ...]:
    return (
        PaymentTermsRow.service_id == told.service_id,
        PaymentTermsRow.payer_id == told.payer_id,
        PaymentTermsRow.engagement == told.engagement,
        PaymentTermsRow.sessions.is_not_distinct_from(told.sessions),
    )


def record_terms_end(tx: Tx, terms_id: UUID) -> None:
    """End terms now; their lines stay. Raises NotFound."""
    row = tx.session.get(PaymentTermsRow, terms_id)
    if row is None:
        raise NotFound
    row.ended_at = row.ended_at or tx.now
    tx.session.flush()


def list_terms(tx: Tx) -> Sequence[TermsShown]:
    """Return the running terms that the actor may see, by service."""
    query = (
        select(PaymentTermsRow, ServiceRow.name, _Provider.name, _Payer.name)
        .join(ServiceRow, ServiceRow.id == PaymentTermsRow.service_id)
        .join(_Provider, _Provider.id == PaymentTermsRow.provider_id)
        .join(_Payer, _Payer.id == PaymentTermsRow.payer_id)
        .where(PaymentTermsRow.ended_at.is_(None))
        .order_by(_Provider.name, ServiceRow.name, PaymentTermsRow.id)
    )
    return [
        TermsShown(row.id, _terms(row), service, provider, payer)
        for row, service, provider, payer in tx.session.execute(query)
    ]


def list_reached(tx: Tx, terms: Terms) -> Sequence[Reached]:
    """Return the placements at the service that may be due under these terms and have no line for the same.

    Terms that took the place of others pay nothing that those paid already.
    """
    has_line = exists().where(
        PaymentLineRow.terms_id == PaymentTermsRow.id,
        PaymentLineRow.placement_id == PlacementRow.id,
        *_for_the_same(terms),
    )
    yes = func.min(TransitionRow.at).label("yes")
    query = (
        select(PlacementRow.id, PlacementRow.provider_id, ReferralRow.reference, yes)
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .join(TransitionRow, TransitionRow.placement_id == PlacementRow.id)
        .where(
            PlacementRow.service_id == terms.service_id,
            ReferralRow.is_history.is_(False),
            TransitionRow.action == "accept",
            ~has_line,
        )
        .group_by(PlacementRow.id, ReferralRow.reference)
    )
    found = tx.session.execute(query).all()
    came = _came_on(tx, [each.id for each in found])
    return [
        Reached(each.id, each.provider_id, each.reference, Engaged(_day(each.yes), tuple(came[each.id])))
        for each in found
    ]


def _came_on(tx: Tx, placement_ids: Sequence[UUID]) -> defaultdict[UUID, set[date]]:
    """The days on which people came: by the register, where a correction counts, or by a contact at a session."""
    days: defaultdict[UUID, set[date]] = defaultdict(set)
    told = select(AttendanceRow.placement_id, AttendanceRow.held_on, AttendanceRow.answer).where(
        AttendanceRow.placement_id.in_(placement_ids)
    )
    said = {
        (placement_id, day): answer
        for placement_id, day, answer in tx.session.execute(told.order_by(AttendanceRow.number))
    }
    counts = (ContactRow.channel == "session", ContactRow.reached, ContactRow.taken_back_at.is_(None))
    contacts = select(ContactRow.placement_id, ContactRow.happened_on).where(
        ContactRow.placement_id.in_(placement_ids), *counts
    )
    for placement_id, day in tx.session.execute(contacts):
        if placement_id is not None:
            said.setdefault((placement_id, day), "came")
    for (placement_id, day), answer in said.items():
        if answer == "came":
            days[placement_id].add(day)
    return days


def add_line(tx: Tx, terms_id: UUID, terms: Terms, reached: Reached, *, due_on: date) -> UUID:
    """Write that a payment is due."""
    row = PaymentLineRow(
        id=uuid4(),
        terms_id=terms_id,
        placement_id=reached.placement_id,
        provider_id=reached.provider_id,
        payer_id=terms.payer_id,
        reference=reached.reference,
        due_on=due_on,
        noted_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    return row.id


def list_lines(tx: Tx, *, page: int | None = 1) -> tuple[Sequence[Line], int]:
    """Return a page of the lines that the actor may see, unpaid and oldest first, and how many; page None: all."""
    query = (
        select(PaymentLineRow, PaymentTermsRow, ServiceRow.name, _Provider.name, _Payer.name)
        .join(PaymentTermsRow, PaymentTermsRow.id == PaymentLineRow.terms_id)
        .join(ServiceRow, ServiceRow.id == PaymentTermsRow.service_id)
        .join(_Provider, _Provider.id == PaymentLineRow.provider_id)
        .join(_Payer, _Payer.id == PaymentLineRow.payer_id)
        .order_by(PaymentLineRow.paid_on.desc().nulls_first(), PaymentLineRow.due_on, PaymentLineRow.id)
    )
    total = tx.session.scalar(select(func.count()).select_from(PaymentLineRow)) or 0
    if page is not None:
        query = query.limit(PAGE).offset((page - 1) * PAGE)
    return [_line(*found) for found in tx.session.execute(query)], total


def list_payers(tx: Tx) -> Sequence[tuple[UUID, str]]:
    """Return the ids and names of the organisations outside the sandboxes that can pay: all but practices."""
    query = select(OrganisationRow.id, OrganisationRow.name).where(
        OrganisationRow.kind != OrganisationKind.PRACTICE, is_beside(fence_of(OrganisationRow), None)
    )
    found = tx.session.execute(query.order_by(OrganisationRow.name, OrganisationRow.id))
    return [(organisation_id, name) for organisation_id, name in found]


def record_paid(tx: Tx, line_id: UUID, paid_on: date | None) -> UUID:
    """Write the day of payment, or None to take it back; returns the payer's id. Raises NotFound."""
    row = tx.session.get(PaymentLineRow, line_id, with_for_update=True)
    if row is None:
        raise NotFound
    row.paid_on, row.paid_by = paid_on, tx.actor.user_id if paid_on else None
    tx.session.flush()
    return row.payer_id


def find_payer(tx: Tx, line_id: UUID) -> UUID | None:
    """Return who pays a line that the actor may see."""
    return tx.session.scalar(select(PaymentLineRow.payer_id).where(PaymentLineRow.id == line_id))


def _line(row: PaymentLineRow, terms: PaymentTermsRow, service: str, provider: str, payer: str) -> Line:
    return Line(
        id=row.id,
        reference=row.reference,
        service_name=service,
        provider_name=provider,
        payer_id=row.payer_id,
        payer_name=payer,
        amount=terms.amount,
        overheads=terms.overheads,
        engagement=terms.engagement,
        sessions=terms.sessions,
        due_on=row.due_on,
        paid_on=row.paid_on,
    )


def _terms(row: PaymentTermsRow) -> Terms:
    return Terms(
        service_id=row.service_id,
        payer_id=row.payer_id,
        amount=row.amount,
        overheads=row.overheads,
        engagement=row.engagement,
        sessions=row.sessions,
        starts_on=row.starts_on,
    )


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
