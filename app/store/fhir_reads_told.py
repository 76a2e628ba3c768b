"""What is asked of a provider for many referrals and people at once, opened where it was sealed for the person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from app.domain.disclosure import Request
from app.store import cautions
from app.store.audit import Entry
from app.store.cautions_overall import with_others
from app.store.crypto import Cell
from app.store.fhir_reads_placements import DISCLOSING, open_first
from app.store.fhir_reads_referrals import LIVE
from app.store.people import open_many
from app.store.session import Tx
from app.store.tables_care import PersonRow, PlacementRow, ReferralRow


def requests_of(tx: Tx, referral_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Request]:
    """Return what is asked for the person of each referral, by its id, without the words for one provider.

    Those are of its placement: see `briefs_of`.
    """
    rows = tx.session.scalars(select(ReferralRow).where(ReferralRow.id.in_(set(referral_ids)))).all()
    whose = {row.person_id for row in rows}
    # Held until the last word is open: each key is then found in the session, not fetched once more.
    holders = tx.session.scalars(select(PersonRow).where(PersonRow.id.in_(whose))).all()
    told = {}
    for row in rows:
        tx.audit(Entry(audit, "referral", str(row.id), row.person_id))
        told[row.id] = cautions.get(tx, row.id, audit=audit)
    care = with_others(tx, told)
    found = {
        row.id: Request(needs=tuple(row.needs), access=tuple(row.access), cautions=care[row.id])
        for row in rows
    }
    del holders
    return found


def briefs_of(tx: Tx, placement_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return what the provider of each placement was told in words when it was asked; empty where it was nothing."""
    query = (
        select(PlacementRow.id, ReferralRow.person_id, PlacementRow.brief)
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .where(PlacementRow.id.in_(set(placement_ids)))
    )
    rows = tx.session.execute(query).all()
    told = open_many(tx, [(whose, Cell("placement", "brief", one), sealed) for one, whose, sealed in rows])
    return {row.id: words or "" for row, words in zip(rows, told, strict=True)}


def placed(tx: Tx, person_ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[UUID, str]]]:
    """Return for each person the (referral, status) of the provider's placements that disclose anything, open first."""
    query = (
        select(ReferralRow.person_id, ReferralRow.id, PlacementRow.status)
        .join(PlacementRow, PlacementRow.referral_id == ReferralRow.id)
        .where(ReferralRow.person_id.in_(set(person_ids)), PlacementRow.status.in_(DISCLOSING), LIVE)
        .order_by(*open_first())
    )
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for person_id, referral_id, status in tx.session.execute(query):
        found[person_id].append((referral_id, status))
    return found
