"""Which people a pack is about, as an address says it: the same words on the page, in files and for a funder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from app.domain.pack import Filters

NAMES: Final = ("since", "until", "service", "grant")


def asked() -> Filters:
    """Return the filters of the address, or of the form where one was sent; what cannot be read is left aside."""
    return _read(request.form if request.method == "POST" else request.args)


def told(filters: Filters) -> dict[str, str]:
    """Return filters as an address has them; what is not filtered is left out."""
    values = (filters.since, filters.until, filters.service_id, filters.grant_id)
    return {name: str(value) for name, value in zip(NAMES, values, strict=True) if value is not None}


def query(filters: Filters) -> str:
    """Return the end of an address: ?since=2026-01-01; of any time ?since=, for without a choice it is a year."""
    return f"?{urlencode(told(filters) or {'since': ''})}"


def kept() -> str:
    """Return the end of the address that a page beside the pack was opened with, nothing where it had no filters."""
    if not any(name in request.args for name in NAMES):
        return ""
    return query(_read(request.args))


def _read(given: Mapping[str, str]) -> Filters:
    return Filters(_day(given, "since"), _day(given, "until"), _id(given, "service"), _id(given, "grant"))


def _day(given: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(given.get(name, ""))
    except ValueError:
        return None


def _id(given: Mapping[str, str], name: str) -> UUID | None:
    try:
        return UUID(given.get(name, ""))
    except ValueError:
        return None
