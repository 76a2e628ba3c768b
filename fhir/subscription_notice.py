"""Writes what subscribers are sent: what happened to which resource when, by ids, nothing of a person.

R4 itself knows one whole resource as the body of a rest-hook, or none. Ids alone are told in the form that the
Subscriptions R5 Backport 1.1.0 gives R4: a Bundle of type history, first in it the subscription's status.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from fhir.systems import OURS
from fhir.writing import Json, element

PROFILE: Final = (
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4"
)
_NAMESPACE: Final = uuid5(NAMESPACE_URL, OURS + "notification")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `number` counts on for ever and is the same at each attempt."""

    number: int
    type: str
    resource_id: str
    version: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """What one call tells: the events in their order; none is the handshake."""

    subscription_id: str
    status: str
    at: datetime
    last_number: int
    events: tuple[Event, ...]
    with_ids: bool


def notification(told: Notification, base_url: str) -> Json:
    """Return the Bundle; the same events always give the same ids, so that a repeat is known as one."""
    span = f"{told.events[0].number}-{told.events[-1].number}" if told.events else "handshake"
    name = uuid5(_NAMESPACE, f"{told.subscription_id}/{span}")
    about = f"{base_url}/Subscription/{told.subscription_id}"
    head = {
        "fullUrl": f"urn:uuid:{uuid5(name, 'status')}",
        "resource": _status(told, base_url, about) | {"id": str(uuid5(name, "status"))},
        "request": {"method": "GET", "url": about},
        "response": {"status": "200"},
    }
    newest = {(event.type, event.resource_id): event for event in told.events} if told.with_ids else {}
    return {
        "resourceType": "Bundle",
        "id": str(name),
        "type": "history",
        "timestamp": told.at.isoformat(),
        "entry": [head, *(_entry(event, base_url) for event in newest.values())],
    }


def _status(told: Notification, base_url: str, about: str) -> Json:
    kind = "event-notification" if told.events else "handshake"
    parameters = [
        {"name": "subscription", "valueReference": {"reference": about}},
        {"name": "status", "valueCode": "active" if told.events else told.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(told.last_number)},
        *(_event(event, base_url, with_ids=told.with_ids) for event in told.events),
    ]
    return {"resourceType": "Parameters", "meta": {"profile": [PROFILE]}, "parameter": parameters}


def _event(event: Event, base_url: str, *, with_ids: bool) -> Json:
    parts: list[dict[str, Any]] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": event.at.isoformat()},
    ]
    if with_ids:
        parts.append({"name": "focus", "valueReference": {"reference": _address(event, base_url)}})
    return {"name": "notification-event", "part": parts}


def _entry(event: Event, base_url: str) -> Json:
    etag = f'W/"{event.version}"' if event.version else None
    return {
        "fullUrl": _address(event, base_url),
        "request": {"method": "GET", "url": f"{event.type}/{event.resource_id}"},
        "response": element(status="200", etag=etag, lastModified=event.at.isoformat()),
    }


def _address(event: Event, base_url: str) -> str:
    return f"{base_url}/{event.type}/{event.resource_id}"
