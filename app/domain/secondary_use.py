"""Whether a person lets what became of their referrals be counted in the shared dataset: what was said, what stands."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Stand(StrEnum):
    """Where the person's word stands; without one what became of them is counted, as the privacy page says."""

    NOT_SAID = "not-said"
    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"  # a yes that was taken back


SAID_BY = {
    "person": "The person themselves",
    "representative": "Somebody who may decide for them, such as a parent or an attorney",
    "requester": "The practice, or whoever else asked for them",
}


def stand_of(words: Sequence[bool]) -> Stand:
    """Return where words stand, given newest first: the newest one counts."""
    if not words:
        return Stand.NOT_SAID
    if words[0]:
        return Stand.YES
    return Stand.WITHDRAWN if True in words else Stand.NO
