"""What may leave for the dataset: which ended referrals were not yet looked at, and why each is in or out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, func, insert, select

from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Environment
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ContactRow, PlacementRow, ReferralRow
from app.store.tables_messages import ExtractItemRow, ExtractRow

_LEAVES = (ReferralStatus.CLOSED,)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A closed referral that no extract has looked at."""

    referral_id: UUID
    person_id: UUID
    needs: tuple[str, ...]
    received_at: datetime
    end_reason: str | None
    provider_kind: str | None
    started_at: datetime | None
    contacts: int


def list_candidates(tx: Tx, *, audit: str) -> Sequence[Candidate]:
    """Return the closed referrals that are in no extract yet, in order of their id (which tells nothing)."""
    started, contacts = _started(), _contacts()
    query = (
        select(ReferralRow, started.c.started_at, started.c.provider_kind, contacts.c.contacts)
        .outerjoin(started, started.c.referral_id == ReferralRow.id)
        .outerjoin(contacts, contacts.c.referral_id == ReferralRow.id)
        .outerjoin(ExtractItemRow, ExtractItemRow.referral_id == ReferralRow.id)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.team_id)
        .where(OrganisationRow.environment != Environment.SANDBOX)  # a sandbox's people are invented
        .where(ReferralRow.status.in_(_LEAVES), ExtractItemRow.referral_id.is_(None))
        .order_by(ReferralRow.id)
    )
    found = [
        Candidate(
            referral_id=row.id,
            person_id=row.person_id,
            needs=tuple(row.needs),
            received_at=row.received_at,
            end_reason=row.end_reason,
            provider_kind=provider_kind,
            started_at=started_at,
            contacts=count or 0,
        )
        for row, started_at, provider_kind, count in tx.session.execute(query)
    ]
    tx.audit(Entry(audit, "extract", "candidates", None, {"count": len(found)}))
    return found


def _started() -> Subquery:
    return (
        select(
            PlacementRow.referral_id,
            func.min(PlacementRow.started_at).label("started_at"),
            func.min(OrganisationRow.provider_kind).label("provider_kind"),
        )
        .join(OrganisationRow, OrganisationRow.id == PlacementRow.provider_id)
        .where(PlacementRow.started_at.is_not(None))
        .group_by(PlacementRow.referral_id)
        .subquery()
    )


def _contacts() -> Subquery:
    return (
        select(ContactRow.referral_id, func.count().label("contacts"))
        .where(ContactRow.reached)
        .group_by(ContactRow.referral_id)
        .subquery()
    )


def record(
    tx: Tx,
    values: dict[str, Any],
    items: Mapping[UUID, tuple[bool, str]],
    *,
    audit: str,
) -> None:
    """Write an extract and the reason for each referral that it looked at."""
    tx.session.add(ExtractRow(created_at=tx.now, **values))
    tx.session.flush()
    rows = [
        {"referral_id": referral_id, "extract_id": values["id"], "included": included, "reason": reason}
        for referral_id, (included, reason) in items.items()
    ]
    if rows:
        tx.session.execute(insert(ExtractItemRow), rows)
    tx.audit(Entry(audit, "extract", str(values["id"]), None, {"rows": values["rows"]}))


def find_item(tx: Tx, referral_id: UUID) -> tuple[bool, str] | None:
    """Return whether a referral went into the dataset and why, None when no extract looked at it yet."""
    row = tx.session.get(ExtractItemRow, referral_id)
    return None if row is None else (row.included, row.reason)
