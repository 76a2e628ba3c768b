"""Needs that nobody met: written per referral with area and reasons, read as evidence across teams."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, select

from app.domain.geography import Located
from app.domain.lifecycle import Action, ReferralStatus
from app.domain.unmet_need import Unmet
from app.store.audit import Entry
from app.store.fence import fence_of
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import PersonRow, PlacementRow, ReferralRow, TransitionRow
from app.store.tables_geography import AreaRow
from app.store.tables_stewardship import UnmetNeedRow


@dataclass(frozen=True, slots=True)
class Where:
    """Where the person lives, as far as it may be written down."""

    district: str | None = None
    ward: str | None = None
    neighbourhood: str | None = None


NOWHERE = Where()


def where(district: str | None, home: Located | None) -> Where:
    """Return the areas of a home; of a postcode that is not loaded the district alone."""
    if home is None:
        return Where(district)
    return Where(district, f"ward:{home.ward}" if home.ward else None, home.neighbourhood)


@dataclass(frozen=True, slots=True)
class Finding:
    """A need that nobody meets, and why; `how` is "said" by a link worker or "found" by the matching."""

    need: str
    how: str
    reasons: Mapping[str, int]


def add(tx: Tx, referral_id: UUID, found: Finding, at: Where, *, audit: str) -> bool:
    """Write that nobody could help; True when it is new, or newly said. What stands already gets the newest reasons.

    What was said is not taken back to found.
    """
    row = tx.session.scalars(
        _standing(referral_id).where(UnmetNeedRow.need == found.need).with_for_update()
    ).first()
    if row is not None:
        row.reasons = dict(found.reasons)
        newly_said = (row.how, found.how) == ("found", "said")
        row.how = "said" if newly_said else row.how
        if newly_said:
            tx.audit(
                Entry(audit, "unmet need", str(referral_id), None, {"need": found.need, "how": found.how})
            )
        return newly_said
    areas = {"area": at.district, "ward": at.ward, "neighbourhood": at.neighbourhood}
    told = {"need": found.need, "how": found.how, "reasons": dict(found.reasons)}
    tx.session.add(UnmetNeedRow(referral_id=referral_id, recorded_at=tx.now, **told, **areas))
    tx.session.flush()
    tx.audit(Entry(audit, "unmet need", str(referral_id), None, {"need": found.need, "how": found.how}))
    return True


def list_standing(tx: Tx, referral_id: UUID) -> Mapping[str, str]:
    """Return the needs of a referral that stand as unmet, and how each came to be written down."""
    return {row.need: row.how for row in tx.session.scalars(_standing(referral_id))}


def lift(
    tx: Tx, referral_id: UUID, *, only: Collection[str] | None = None, how: str | None = None, audit: str
) -> int:
    """Write that needs do not stand as unmet any more: of these only, or of one way; return how many."""
    lifted = 0
    for row in tx.session.scalars(_standing(referral_id).with_for_update()):
        if (only is None or row.need in only) and (how is None or row.how == how):
            row.lifted_at = tx.now
            lifted += 1
            tx.audit(Entry(audit, "unmet need", str(referral_id), None, {"need": row.need}))
    return lifted


def list_since(tx: Tx, since: datetime, until: datetime | None, *, with_restricted: bool) -> Sequence[Unmet]:
    """Return what stands of the live teams' referrals, newest last; to be asked as the platform.

    A referral for which somebody said yes afterwards is not counted: help was found after all.
    """
    yes = (
        exists()
        .where(
            TransitionRow.placement_id == PlacementRow.id,
            TransitionRow.action.in_((Action.ACCEPT, Action.START)),
            TransitionRow.at > UnmetNeedRow.recorded_at,
            PlacementRow.referral_id == UnmetNeedRow.referral_id,
        )
        .correlate(UnmetNeedRow)
    )
    query = (
        select(UnmetNeedRow, ReferralRow.person_id)
        .join(ReferralRow, ReferralRow.id == UnmetNeedRow.referral_id)
        .join(PersonRow, PersonRow.id == ReferralRow.person_id)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.team_id)
        .where(
            UnmetNeedRow.recorded_at >= since,
            UnmetNeedRow.lifted_at.is_(None),
            ReferralRow.is_history.is_(False),
            ReferralRow.status != ReferralStatus.ENTERED_IN_ERROR,
            fence_of(OrganisationRow).is_(None),
            ~yes,
        )
        .order_by(UnmetNeedRow.recorded_at, UnmetNeedRow.id)
    )
    if until is not None:
        query = query.where(UnmetNeedRow.recorded_at < until)
    if not with_restricted:
        query = query.where(PersonRow.restricted.is_(False))
    return [_unmet(row, person_id) for row, person_id in tx.session.execute(query)]


def list_area_names(tx: Tx, codes: Collection[str]) -> Mapping[str, str]:
    """Return the names of those areas that a look-up told."""
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.code.in_(codes), AreaRow.name.is_not(None))
    return {code: name for code, name in tx.session.execute(query) if name is not None}


def _standing(referral_id: UUID) -> Select[UnmetNeedRow]:
    return (
        select(UnmetNeedRow)
        .where(UnmetNeedRow.referral_id == referral_id, UnmetNeedRow.lifted_at.is_(None))
        .order_by(UnmetNeedRow.recorded_at, UnmetNeedRow.id)
    )


def _unmet(row: UnmetNeedRow, person_id: UUID) -> Unmet:
    return Unmet(
        person_id=person_id,
        need=row.need,
        district=row.area,
        ward=row.ward,
        neighbourhood=row.neighbourhood,
        reasons=row.reasons,
        recorded_on=row.recorded_at.astimezone(LONDON).date(),
    )
