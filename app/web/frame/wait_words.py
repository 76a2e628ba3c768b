"""The words of what waits: who was told of it, what a provider is asked, and whose a referral is."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.escalation import SNOOZE_REASONS as SNOOZE_REASONS  # the templates read it here
from app.domain.escalation import Matter, Told
from app.domain.invariants import WORDINGS as WORDINGS
from app.store.ownership import Owner

DUTY = "Duty: whoever of the team is there"
_TOLD_WORDS = {
    Told.PROVIDER: "the provider",
    Told.OWNER: "its owner",
    Told.TEAM: "the team",
    Told.STEWARD: "the steward",
    Told.PRACTICE: "whoever referred",
}
MATTER_WORDS: dict[Matter, str] = {
    Matter.NEXT_ACTION: "Nobody of the team has looked at it in time",
    Matter.ANSWER: "Please answer: say yes, no or later",
    Matter.FIRST_CONTACT: "Have you been in touch? Write the contact down",
    Matter.REVIEW: "How is it going? You have not written anything for some time",
}


def owner(found: Owner) -> str:
    """Return whose a referral is."""
    return found.name or DUTY


def told(who: Sequence[Told]) -> str:
    """Return who was told that something is overdue, as a sentence; empty when nobody was beside its owner."""
    others = [_TOLD_WORDS[each] for each in who if each is not Told.OWNER]
    if not others:
        return ""
    last = f" and {others[-1]}" if len(others) > 1 else others[-1]
    return f"Told: {', '.join(others[:-1])}{last}." if len(others) > 1 else f"Told: {last}."
