"""Who of a group gets safe links, and whether it wants any: addresses that the steward verified, and switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.domain.lifecycle import OPEN_PLACEMENT, OPEN_REFERRAL
from app.domain.safe_links import ChannelKind, Helper
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_care import PlacementRow, ReferralRow
from app.store.tables_mail import LinkRow
from app.store.tables_safe_links import LinkHelperRow, LinksOffRow, LinkVisitRow

_Adder, _Verifier = aliased(UserRow), aliased(UserRow)
_Found = Select[LinkHelperRow, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A helper whom the steward must see to, and of which group."""

    helper: Helper
    organisation_name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How an offer and its referral stand: codes and ids alone."""

    placement_id: UUID
    provider_id: UUID
    status: str
    referral_id: UUID
    referral_status: str
    reference: str
    person_id: UUID
    team_id: UUID
    respond_by: date

    @property
    def is_open(self) -> bool:
        """Whether anything is left to be seen or done by whoever was asked."""
        return self.status in OPEN_PLACEMENT and self.referral_status in OPEN_REFERRAL


def add(tx: Tx, organisation_id: UUID, told: dict[str, Any]) -> UUID:
    """Write a helper of a group, not verified yet; `told` has name, link_to, code_kind and code_to."""
    helper_id = uuid4()
    whose = {"id": helper_id, "organisation_id": organisation_id}
    tx.session.add(LinkHelperRow(**whose, **told, added_at=tx.now, added_by=tx.actor.user_id))
    tx.session.flush()
    return helper_id


def get(tx: Tx, helper_id: UUID, *, organisation_id: UUID | None = None) -> Helper:
    """Return a helper, of this group where one is named; raises NotFound, for one who was removed too."""
    query = _named().where(LinkHelperRow.id == helper_id)
    if organisation_id is not None:
        query = query.where(LinkHelperRow.organisation_id == organisation_id)
    found = tx.session.execute(query).first()
    if found is None:
        raise NotFound
    return _helper(found)


def list_of(tx: Tx, organisation_id: UUID) -> Sequence[Helper]:
    """Return the helpers of a group, by name."""
    query = _named().where(LinkHelperRow.organisation_id == organisation_id).order_by(LinkHelperRow.name)
    return [_helper(found) for found in tx.session.execute(query)]


def list_waiting(tx: Tx) -> Sequence[Waiting]:
    """Return the helpers who are not verified or locked out, of all groups, the longest there first."""
    query = _named().add_columns(OrganisationRow.name)
    query = query.join(OrganisationRow, OrganisationRow.id == LinkHelperRow.organisation_id)
    waits = LinkHelperRow.verified_on.is_(None) | LinkHelperRow.locked_at.is_not(None)
    found = tx.session.execute(query.where(waits).order_by(LinkHelperRow.added_at))
    return [Waiting(_helper(one), one[3]) for one in found]


def record_verified(tx: Tx, helper_id: UUID, *, on: date, how: str) -> None:
    """Write who verified a helper's addresses, when and how."""
    row = _row(tx, helper_id)
    row.verified_on, row.verified_how, row.verified_by = on, how, tx.actor.user_id


def record_locked(tx: Tx, helper_id: UUID, *, locked: bool) -> None:
    """Lock a helper out after wrong codes, or let them in again."""
    _row(tx, helper_id).locked_at = tx.now if locked else None


def record_removed(tx: Tx, helper_id: UUID) -> None:
    """Send a helper nothing any more; what they did keeps their name."""
    _row(tx, helper_id).removed_at = tx.now


def are_off(tx: Tx, organisation_id: UUID) -> bool:
    """Tell whether a group has switched links off."""
    return tx.session.scalar(_off(organisation_id)) is not None


def record_off(tx: Tx, organisation_id: UUID, *, off: bool) -> None:
    """Switch a group's links off or on; the same again changes nothing."""
    row = tx.session.scalar(_off(organisation_id).with_for_update())
    if off and row is None:
        told = {"organisation_id": organisation_id, "off_at": tx.now, "off_by": tx.actor.user_id}
        tx.session.add(LinksOffRow(**told))
    elif not off and row is not None:
        row.on_at = tx.now
    tx.session.flush()


def revoke_of_organisation(tx: Tx, organisation_id: UUID, *, helper_id: UUID | None = None) -> None:
    """End every link and visit of a group, or of one helper of it."""
    visits = [LinkVisitRow.organisation_id == organisation_id, LinkVisitRow.ended_at.is_(None)]
    links = [LinkRow.organisation_id == organisation_id, LinkRow.helper_id.is_not(None)]
    links += [LinkRow.revoked_at.is_(None), LinkRow.used_at.is_(None)]
    if helper_id is not None:
        visits.append(LinkVisitRow.helper_id == helper_id)
        links.append(LinkRow.helper_id == helper_id)
    tx.session.execute(update(LinkVisitRow).where(*visits).values(ended_at=tx.now))
    tx.session.execute(update(LinkRow).where(*links).values(revoked_at=tx.now))


def revoke_of_offer(tx: Tx, placement_id: UUID, helper_id: UUID) -> None:
    """End the links to one offer that a helper was sent before a newer one."""
    whose = (LinkRow.subject_id == placement_id, LinkRow.helper_id == helper_id)
    unused = (LinkRow.revoked_at.is_(None), LinkRow.used_at.is_(None))
    tx.session.execute(update(LinkRow).where(*whose, *unused).values(revoked_at=tx.now))


def find_standing(tx: Tx, placement_id: UUID) -> Standing | None:
    """Return how an offer stands, without opening anything of the person."""
    query = (
        select(PlacementRow, ReferralRow)
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .where(PlacementRow.id == placement_id)
    )
    found = tx.session.execute(query).first()
    if found is None:
        return None
    placement, referral = found
    return Standing(
        placement_id=placement.id,
        provider_id=placement.provider_id,
        status=placement.status,
        referral_id=referral.id,
        referral_status=referral.status,
        reference=referral.reference,
        person_id=referral.person_id,
        team_id=referral.team_id,
        respond_by=placement.respond_by,
    )


def count_asked(tx: Tx, placement_id: UUID, helper_id: UUID, *, within: timedelta) -> int:
    """Return how many links to one offer a helper was sent of late."""
    whose = (LinkRow.subject_id == placement_id, LinkRow.helper_id == helper_id)
    query = select(func.count()).where(*whose, LinkRow.created_at > tx.now - within)
    return tx.session.scalar(query) or 0


def _off(organisation_id: UUID) -> Select[LinksOffRow]:
    return select(LinksOffRow).where(
        LinksOffRow.organisation_id == organisation_id, LinksOffRow.on_at.is_(None)
    )


def _row(tx: Tx, helper_id: UUID) -> LinkHelperRow:
    row = tx.session.get(LinkHelperRow, helper_id, with_for_update=True, populate_existing=True)
    if row is None or row.removed_at is not None:
        raise NotFound
    return row


def _named() -> _Found:
    return (
        select(LinkHelperRow, _Adder.full_name, _Verifier.full_name)
        .outerjoin(_Adder, _Adder.id == LinkHelperRow.added_by)
        .outerjoin(_Verifier, _Verifier.id == LinkHelperRow.verified_by)
        .where(LinkHelperRow.removed_at.is_(None))
    )


def _helper(found: Any) -> Helper:
    row, adder, verifier = found[:3]
    return Helper(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        link_to=row.link_to,
        code_kind=ChannelKind(row.code_kind),
        code_to=row.code_to,
        added_on=row.added_at.astimezone(LONDON).date(),
        added_by=adder or "Backstitch",
        verified_on=row.verified_on,
        verified_how=row.verified_how,
        verified_by=verifier,
        locked_at=row.locked_at,
    )
