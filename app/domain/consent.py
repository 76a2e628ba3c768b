"""A word on consent: how it reached us, and for how long a yes counts. Its wordings stand in `consent_wordings`."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Final

# How a word reached us, where whoever wrote it down did not say more; by who told us.
_HOW: Final = MappingProxyType(
    {
        "person": "own-page",
        "page": "referral-page",
        "message": "message",
        "practice": "message",
        "requester": "message",
        "telephone": "telephone",
        "link-worker": "in-conversation",
        "provider": "in-conversation",
        "representative": "in-conversation",
    }
)


def how_of(source: str) -> str:
    """Return the way by which a word reached us, as a code."""
    return _HOW.get(source, "not-said")


def counts_on(day: date, *, given: bool, expires_on: date | None) -> bool:
    """Tell whether a word still stands on a day: a no always does, a yes until the end of its last day."""
    return not given or expires_on is None or day <= expires_on
