"""Brings a service in the shape of Open Referral UK 1.0 into that of 3.0, so that one reader reads both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.services.feeds.feed_words import items, part, text

_MARKS = ("eligibilitys", "service_taxonomys", "regular_schedules", "holiday_schedules", "fundings")


def is_v1(raw: Mapping[str, Any]) -> bool:
    """Tell whether a service has a field that only version 1 has."""
    at = items(raw, "service_at_locations")
    return any(mark in raw for mark in _MARKS) or any(
        "physical_addresses" in part(each, "location") for each in at
    )


def as_v3(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the service with the names of version 3; what has the same name in both stays.

    Ages are a list there, each with words of its own: the widest bounds count, because somebody who is in any of
    the groups may come, and the words are kept.
    """
    groups = items(raw, "eligibilitys")
    renamed = {
        "status": text(raw, "status") or "active",  # there it need not be told
        "minimum_age": _widest(groups, "minimum_age", least=True),
        "maximum_age": _widest(groups, "maximum_age", least=False),
        "eligibility_description": "; ".join(
            each for each in (text(one, "eligibility") for one in groups) if each
        ),
        "schedules": items(raw, "schedules") + items(raw, "regular_schedules"),
        "attributes": [_attribute(each) for each in items(raw, "service_taxonomys")],
        "service_at_locations": [_at(each) for each in items(raw, "service_at_locations")],
        "organization": _organisation(part(raw, "organization")),
    }
    return dict(raw) | renamed


def _widest(groups: list[Mapping[str, Any]], name: str, *, least: bool) -> Any:
    """The bound of all groups; none as soon as one has none, and what cannot be read is handed on to be told of."""
    told = [group.get(name) for group in groups]
    if not told or any(each in (None, "", "null") for each in told):
        return None
    try:
        return (min if least else max)(float(each) for each in told if each is not None)
    except (TypeError, ValueError):
        return next(each for each in told if not isinstance(each, int | float))


def _attribute(link: Mapping[str, Any]) -> dict[str, Any]:
    term = part(link, "taxonomy")
    told = {"id": term.get("id"), "name": term.get("name"), "taxonomy": term.get("vocabulary")}
    return {"id": link.get("id"), "taxonomy_term": told}


def _at(at: Mapping[str, Any]) -> dict[str, Any]:
    location = part(at, "location")
    there = dict(location) | {
        "addresses": items(location, "physical_addresses"),
        "accessibility": items(location, "accessibility_for_disabilities"),
    }
    return dict(at) | {"location": there, "schedules": items(at, "regular_schedule")}


def _organisation(told: Mapping[str, Any]) -> dict[str, Any]:
    return dict(told) | {"website": told.get("url")}
