"""Writes a Subscription as its owner may see it, and says in the CapabilityStatement what is served of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fhir.subscription_in import CONTENT, MASK
from fhir.views_kinds import Kind, Parameter, ParameterType
from fhir.writing import Json, element

STATUSES: Final = ("requested", "active", "error", "off")
KIND: Final = Kind(
    "Subscription",
    "Who is told of every step, by rest-hook, as one organisation: criteria is a search of ServiceRequest, Task or"
    " Communication. Notifications hold ids alone, come at least once and in their order, several steps at a time. A"
    " new one is requested until its endpoint has answered a first call with 2xx; while calls fail it is error and is"
    " called again, at growing distances; when that has lasted, off, with the reason in error. What happens while it is"
    " off is not noted and not told later, nor does a number stand for it: after switching it on, search once with"
    " _lastUpdated since it was off. Headers are kept sealed"
    " and shown as "
    + MASK
    + "; sent back so, they stay. Searching with _lastUpdated always works beside it.",
    (
        Parameter(
            "status",
            ParameterType.TOKEN,
            f"One or more of: {', '.join(STATUSES)}.",
            "status",
            None,
            {code: (code,) for code in STATUSES},
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class SubscriptionShown:
    """What is shown of a subscription: of its headers the names."""

    id: str
    version: int
    updated: datetime
    status: str
    reason: str
    criteria: str
    ends_at: datetime | None
    error: str | None
    payload: str | None
    content: str | None
    endpoint: str = field(repr=False)
    header_names: tuple[str, ...] = ()
    contact: tuple[Json, ...] = ()


def subscription(told: SubscriptionShown) -> Json:
    """Return the Subscription."""
    extended = {"extension": [{"url": CONTENT, "valueCode": told.content}]} if told.content else None
    channel = element(
        type="rest-hook",
        endpoint=told.endpoint,
        payload=told.payload,
        header=[f"{name}: {MASK}" for name in told.header_names],
    )
    return element(
        resourceType="Subscription",
        id=told.id,
        meta={"versionId": str(told.version), "lastUpdated": told.updated.isoformat()},
        status=told.status,
        contact=list(told.contact),
        end=told.ends_at and told.ends_at.isoformat(),
        reason=told.reason,
        criteria=told.criteria,
        error=told.error,
        channel=channel | ({"_payload": extended} if extended else {}),
    )


def capability(parameters: Iterable[Parameter]) -> Json:
    """Return the CapabilityStatement's part; `parameters` are all that it is searched by."""
    codes = ("create", "read", "vread", "update", "delete", "search-type")
    return {
        "type": KIND.type,
        "documentation": KIND.about,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "full-support",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchParam": [
            {"name": each.name, "type": each.type.value, "documentation": each.about} for each in parameters
        ],
    }
