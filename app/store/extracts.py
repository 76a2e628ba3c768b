"""What may leave for the dataset: which ended referrals were not yet looked at, and why each is in or out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Subquery, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.vocabulary import Environment
from app.store.among import among
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ConsentRow, ContactRow, PlacementRow, ReferralRow
from app.store.tables_geography import OdsEntryRow
from app.store.tables_messages import ExtractItemRow, ExtractRow

SECONDARY_USE = "secondary-use"  # the kind of consent that a person may take back
_LEAVES = (ReferralStatus.CLOSED, ReferralStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A referral that came to its end and that no extract has looked at; `withdrawn` when it was taken back."""

    referral_id: UUID
    person_id: UUID
    needs: tuple[str, ...]
    received_at: datetime
    end_reason: str | None
    provider_kind: str | None
    started_at: datetime | None
    contacts: int
    declines: int  # offers that providers said no to
    unanswered: int  # offers that ran out without an answer
    decline_reason: str | None  # the code of the last no
    withdrawn: bool
    source: str  # what the organisation that asked is: app.domain.sources
    requester_ods: str | None
    network: str | None  # the primary care network of a practice, as the Organisation Data Service tells it


def list_candidates(tx: Tx, *, audit: str) -> Sequence[Candidate]:
    """Return the ended referrals that are in no extract yet, in order of their id (which tells nothing)."""
    started, contacts, answers, last_no = _started(), _contacts(), _answers(), _last_no()
    requester, team = aliased(OrganisationRow), aliased(OrganisationRow)
    query = (
        select(
            ReferralRow.id.label("referral_id"),
            ReferralRow.person_id,
            ReferralRow.needs,
            ReferralRow.received_at,
            ReferralRow.end_reason,
            started.c.started_at,
            started.c.provider_kind,
            func.coalesce(contacts.c.contacts, 0).label("contacts"),
            func.coalesce(answers.c.declines, 0).label("declines"),
            func.coalesce(answers.c.unanswered, 0).label("unanswered"),
            last_no.c.reason.label("decline_reason"),
            (ReferralRow.status == ReferralStatus.WITHDRAWN).label("withdrawn"),
            requester.source_kind.label("source"),
            requester.ods.label("requester_ods"),
            OdsEntryRow.network,
        )
        .join(requester, requester.id == ReferralRow.requester_id)
        .join(team, team.id == ReferralRow.team_id)
        .outerjoin(OdsEntryRow, OdsEntryRow.code == requester.ods)
        .outerjoin(started, started.c.referral_id == ReferralRow.id)
        .outerjoin(contacts, contacts.c.referral_id == ReferralRow.id)
        .outerjoin(answers, answers.c.referral_id == ReferralRow.id)
        .outerjoin(last_no, last_no.c.referral_id == ReferralRow.id)
        .outerjoin(ExtractItemRow, ExtractItemRow.referral_id == ReferralRow.id)
        .where(team.environment != Environment.SANDBOX)  # a sandbox's people are invented
        .where(ReferralRow.status.in_(_LEAVES), ExtractItemRow.referral_id.is_(None))
        .order_by(ReferralRow.id)
    )
    found = [
        Candidate(**{**row, "needs": tuple(row["needs"])}) for row in tx.session.execute(query).mappings()
    ]
    tx.audit(Entry(audit, "extract", "candidates", None, {"count": len(found)}))
    return found


def people_to_tell_of() -> Select[UUID]:
    """Return the query for whom the next extract would tell of: ids alone, each as often as their referrals."""
    team = aliased(OrganisationRow)
    return (
        select(ReferralRow.person_id)
        .join(team, team.id == ReferralRow.team_id)
        .outerjoin(ExtractItemRow, ExtractItemRow.referral_id == ReferralRow.id)
        .where(team.environment != Environment.SANDBOX, ReferralRow.status.in_(_LEAVES))
        .where(ExtractItemRow.referral_id.is_(None))
    )


def list_withdrawn(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Set[UUID]:
    """Return who of these people took back, or never gave, the consent that their outcomes are used; the newest word
    counts, whichever of their referrals it was said of."""
    newest = (ConsentRow.person_id, ConsentRow.recorded_at.desc(), ConsentRow.given)  # of one moment's the no
    query = (
        select(ConsentRow.person_id, ConsentRow.given)
        .ext(distinct_on(ConsentRow.person_id))
        .where(ConsentRow.kind == SECONDARY_USE, among(ConsentRow.person_id, set(person_ids)))
        .order_by(*newest)
    )
    tx.audit(Entry(audit, "consent", "many", None, {"count": len(set(person_ids))}))
    return {row.person_id for row in tx.session.execute(query) if not row.given}


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


def _answers() -> Subquery:
    """How often providers said no, and how often nobody answered in time."""
    return (
        select(
            PlacementRow.referral_id,
            func.count().filter(PlacementRow.status == PlacementStatus.DECLINED).label("declines"),
            func.count().filter(PlacementRow.status == PlacementStatus.EXPIRED).label("unanswered"),
        )
        .group_by(PlacementRow.referral_id)
        .subquery()
    )


def _last_no() -> Subquery:
    newest = (PlacementRow.referral_id, PlacementRow.answered_at.desc().nulls_last(), PlacementRow.id)
    return (
        select(PlacementRow.referral_id, PlacementRow.reason)
        .ext(distinct_on(PlacementRow.referral_id))
        .where(PlacementRow.status == PlacementStatus.DECLINED)
        .order_by(*newest)
        .subquery()
    )


def _contacts() -> Subquery:
    return (
        select(ContactRow.referral_id, func.count().label("contacts"))
        .where(ContactRow.reached, ContactRow.taken_back_at.is_(None))
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
