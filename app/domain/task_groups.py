"""In which order the kinds of tasks are seen: what may be a danger, a person's own word, everyday steps, records.

A list is read from its top, and the first page shows five lines of it. Housekeeping comes with every referral and can
stay open for months; if the oldest came first, it would stand before somebody who was worse off yesterday.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class TaskGroup(IntEnum):
    """What a task is about; the lower, the sooner it must be seen, however old or urgent the others are."""

    RISK = 1
    PERSON = 2
    EVERYDAY = 3
    RECORDS = 4


# Kinds that stand in no line here are everyday steps: a new kind is never below the housekeeping.
KINDS: Final[dict[TaskGroup, frozenset[str]]] = {
    # Somebody may come to harm, or whoever acts on what they knew before would do harm.
    TaskGroup.RISK: frozenset(
        {
            "risk-alert",
            "caution-added",
            "person-died",
            "emergency-look",
            "emergency-to-review",
            "own-sign-in-refused",
        }
    ),
    # A person said something themselves, is worse off, was not reached, or is left without what they were promised.
    TaskGroup.PERSON: frozenset(
        {
            "things-worse",
            "help-not-arrived",
            "wants-no-help",
            "no-first-contact",
            "make-first-contact",
            "stays-away",
            "stays-away-here",
            "left-waiting-list",
            "message-not-delivered",
            "person-comment",
            "person-changed-mind",
            "person-stopped",
            "person-asks-again",
            "sharing-stopped",
            "tell-person-withdrawn",
            "subject-access",
            "parked-message",  # perhaps a person's referral that nobody has seen
        }
    ),
    # What is not known, doubled, or out of date about records, organisations and the ways between systems.
    TaskGroup.RECORDS: frozenset(
        {
            "find-nhs-number",
            "confirm-identity",
            "correct-nhs-number",
            "same-number-other-person",
            "number-written-elsewhere",
            "same-person-open",
            "requester-holds-other",
            "tell-practice-another-way",
            "entry-changed",
            "link-helper-new",
            "mail-failed",
            "subscription-off",
            "retention-review",
            "erasure-done",
        }
    ),
}
GROUP_OF: Final[dict[str, TaskGroup]] = {kind: group for group, kinds in KINDS.items() for kind in kinds}


def group_of(kind: str) -> TaskGroup:
    """Return the group of a kind of task; a kind that is in none is an everyday step."""
    return GROUP_OF.get(kind, TaskGroup.EVERYDAY)
