"""The wider half of a service's row: what is told of it, its dial, its rules; changed whole or in part."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.capacity import Dial
from app.domain.directory import Listing
from app.domain.directory_words import CareLevel, ServiceKind, ServiceStatus
from app.domain.eligibility import Rule, read_rules
from app.domain.errors import NotFound
from app.domain.referral import Service
from app.store.session import Tx
from app.store.tables import ServiceRow

_TOLD = (
    "eligibility",
    "cost",
    "contact_name",
    "contact_phone",
    "contact_email",
    "verified_by",
    "source",
    "external_id",
)
_PLAIN = (
    "name",
    "description",
    "min_age",
    "max_age",
    "places_left",
    "answer_days",
    "verified_on",
    "capacity",
)
_LISTS = ("needs", "areas", "genders", "languages", "access")


def listing_values(service: Service) -> dict[str, Any]:
    """Return the wider half as columns."""
    listing = service.listing
    return {
        "kind": service.kind,
        "status": service.status,
        "rules": [rule.as_data() for rule in service.rules],
        "for_whom": list(service.for_whom),
        "takes": service.takes,
        "wait_weeks": service.wait_weeks,
        "weekly_limit": service.weekly_limit,
        "full_until": service.full_until,
        "terms": list(listing.terms),
        **{name: getattr(listing, name) for name in _TOLD},
    }


def listing_of(row: ServiceRow) -> dict[str, Any]:
    """Return the wider half as the fields of a Service."""
    return {
        "kind": ServiceKind(row.kind),
        "status": ServiceStatus(row.status),
        "rules": read_rules(row.rules) if row.rules else (),
        "for_whom": tuple(row.for_whom),
        "takes": CareLevel(row.takes),
        "wait_weeks": row.wait_weeks,
        "weekly_limit": row.weekly_limit,
        "full_until": row.full_until,
        "listing": Listing(terms=tuple(row.terms), **{name: getattr(row, name) for name in _TOLD}),
    }


def record_service(tx: Tx, service: Service) -> None:
    """Replace all that is told of a service; its id and its provider stay. Raises NotFound."""
    row = _row(tx, service.id)
    for name in _PLAIN:
        setattr(row, name, getattr(service, name))
    for name in _LISTS:
        setattr(row, name, list(getattr(service, name)))
    for name, value in listing_values(service).items():
        setattr(row, name, value)
    tx.session.flush()


def record_rules(tx: Tx, service_id: UUID, rules: tuple[Rule, ...]) -> None:
    """Write the rules of who may come, in place of what stood there. Raises NotFound."""
    _row(tx, service_id).rules = [rule.as_data() for rule in rules]
    tx.session.flush()


def record_dial(tx: Tx, service_id: UUID, dial: Dial, *, places_left: int | None = None) -> None:
    """Turn the dial of a service; `places_left` of this week, None where they are not counted. Raises NotFound."""
    row = _row(tx, service_id)
    row.capacity = dial.capacity
    row.weekly_limit = dial.weekly_limit
    row.wait_weeks = dial.wait_weeks
    row.full_until = dial.full_until
    row.places_left = places_left
    tx.session.flush()


def record_verified(tx: Tx, service_id: UUID, by: str) -> None:
    """Write that somebody has confirmed the entry today. Raises NotFound."""
    row = _row(tx, service_id)
    row.verified_on, row.verified_by = tx.today, by
    tx.session.flush()


def record_status(tx: Tx, service_id: UUID, status: ServiceStatus) -> None:
    """Write whether a service runs at all. Raises NotFound."""
    _row(tx, service_id).status = status
    tx.session.flush()


def _row(tx: Tx, service_id: UUID) -> ServiceRow:
    row = tx.session.get(ServiceRow, service_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row
