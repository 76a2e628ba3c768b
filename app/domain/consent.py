"""A word on consent: how it reached us, and for how long a yes counts. Its wordings stand in `consent_wordings`."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.wording import worded

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
        "spoken-telephone": "telephone",
        "spoken-in-person": "in-conversation",
        "through-somebody": "through-somebody",
    }
)
HOW_WORDS: Final = MappingProxyType(
    {
        "own-page": "on their own page",
        "referral-page": "on the page that asks for help",
        "message": "in the message of whoever asked",
        "telephone": "on the telephone",
        "in-conversation": "in conversation",
        "in-writing": "in writing",
        "through-somebody": "through somebody who speaks for them",
    }
)
_SENDERS_OWN: Final = frozenset({"message", "practice", "requester"})


def how_of(source: str) -> str:
    """Return the way by which a word reached us, as a code."""
    return _HOW.get(source, "not-said")


def words_answered(source: str, wording: int | None) -> str:
    """Return which words somebody answered to, as it is shown beside their answer."""
    if wording is not None:
        return worded("to version %(version)s of our words", version=wording)
    if source in _SENDERS_OWN:
        return worded("to the words of whoever made the referral")
    return worded("it was not written down to which words")


def counts_on(day: date, *, given: bool, expires_on: date | None) -> bool:
    """Tell whether a word still stands on a day: a no always does, a yes until the end of its last day."""
    return not given or expires_on is None or day <= expires_on
