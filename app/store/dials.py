"""How services stand and since when somebody said so; the places of the week, given back each Monday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.directory_words import ServiceStatus
from app.domain.referral import Service
from app.domain.vocabulary import Capacity
from app.store.directory import list_services_among
from app.store.memberships import is_kept_by
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import ProfileRow
from app.store.tables_entries import ServiceDialRow

PAGE = 10


@dataclass(frozen=True, slots=True)
class DialShown:
    """A service with its dial, for whoever may turn it; `checked_at` None: nobody has touched it yet."""

    service: Service
    checked_at: datetime | None
    email: str | None  # where its link would be sent: the service's own address, else its organisation's


def list_page(
    tx: Tx, *, organisation_id: UUID | None, words: str = "", page: int = 1
) -> tuple[Sequence[DialShown], int]:
    """Return a page of services that run, and how many there are, by name: an organisation's own and those it hosts.

    `organisation_id` None asks for everybody's outside the sandboxes, for the steward; `words` stand in the name of
    the service or of its organisation.
    """
    row = ServiceRow
    asked: list[ColumnElement[bool]] = [row.status != ServiceStatus.INACTIVE]
    if organisation_id is None:
        asked.append(OrganisationRow.environment == "live")
    else:
        own = or_(row.provider_id == organisation_id, ProfileRow.host_id == organisation_id)
        asked.append(or_(own, is_kept_by(tx, row.provider_id, organisation_id)))
    if words:
        like = f"%{_as_it_is(words)}%"
        asked.append(or_(row.name.ilike(like), OrganisationRow.name.ilike(like)))
    query = (
        select(row.id, ServiceDialRow.checked_at, address())
        .join(OrganisationRow, OrganisationRow.id == row.provider_id)
        .outerjoin(ProfileRow, ProfileRow.organisation_id == row.provider_id)
        .outerjoin(ServiceDialRow, ServiceDialRow.service_id == row.id)
        .where(*asked)
    )
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (OrganisationRow.name, row.name, row.id)
    found = tx.session.execute(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE)).all()
    services = {each.id: each for each in list_services_among(tx, [one for one, *_ in found])}
    return [DialShown(services[one], checked_at, email) for one, checked_at, email in found], total


def find_address(tx: Tx, service_id: UUID) -> str | None:
    """Return where an e-mail about a service goes, None when nobody has given an address."""
    query = select(address()).outerjoin(ProfileRow, ProfileRow.organisation_id == ServiceRow.provider_id)
    return tx.session.scalars(query.where(ServiceRow.id == service_id)).first()


def address() -> ColumnElement[str | None]:
    """The address about a service: its own, else its organisation's; wants the profile joined."""
    return func.coalesce(func.nullif(ServiceRow.contact_email, ""), func.nullif(ProfileRow.email, ""))


def record_checked(tx: Tx, service_id: UUID) -> None:
    """Write that somebody has turned the dial of a service just now, or said that it stands right."""
    row = insert(ServiceDialRow).values(service_id=service_id, checked_at=tx.now)
    newer = row.on_conflict_do_update(index_elements=["service_id"], set_={"checked_at": tx.now})
    tx.session.execute(newer)


def record_week(tx: Tx, service_id: UUID, monday: date) -> None:
    """Write which week's places are counted from now on."""
    row = insert(ServiceDialRow).values(service_id=service_id, week=monday)
    tx.session.execute(row.on_conflict_do_update(index_elements=["service_id"], set_={"week": monday}))


def give_back_places(tx: Tx, monday: date) -> Sequence[UUID]:
    """Give the limited services the places of a week that has begun; return which.

    A service whose places were never counted in a week keeps those that it has until the next Monday.
    """
    limited = ServiceRow.capacity == Capacity.LIMITED
    unknown = select(ServiceRow.id).outerjoin(ServiceDialRow).where(limited, ServiceDialRow.week.is_(None))
    for service_id in tx.session.scalars(unknown).all():
        record_week(tx, service_id, monday)
    earlier = select(ServiceDialRow.service_id).where(ServiceDialRow.week < monday)
    due = tx.session.scalars(
        update(ServiceRow)
        .where(limited, ServiceRow.id.in_(earlier))
        .values(places_left=ServiceRow.weekly_limit)
        .returning(ServiceRow.id)
    ).all()
    for service_id in due:
        record_week(tx, service_id, monday)
    return due


def _as_it_is(words: str) -> str:
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
