"""Looking at a record in an emergency (break-glass): why, for how long, and what a reviewer may decide of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.domain.errors import FieldProblem, Invalid
from app.domain.referral import Person

# The audit's words. Whoever reads them elsewhere (FHIR's purposeOfEvent) is told of an emergency by the first word.
OPEN: Final = "emergency look at record"
NOBODY: Final = "emergency search without result"
PURPOSE: Final = "BTG"  # HL7 v3 ActReason: break the glass
SHORTEST_WORDS: Final = 10
LONGEST_WORDS: Final = 1000
LONGEST_NOTE: Final = 1000

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "life-at-risk": "Somebody's life or health is in danger now",
        "safeguarding": "An adult or a child may be at risk of harm, and it cannot wait",
        "welfare-check": "999, 111, the police or a hospital asks on the telephone, and I rang them back",
        "person-here": "The person is with me or on the telephone in distress, and their own team cannot be reached",
    }
)
VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "right": "It was right to look",
        "right-but": "It was right to look, and something must be done better next time",
        "not-needed": "It was not needed: I have talked with whoever looked",
        "wrong": "It was wrong: it goes to the information governance lead",
    }
)
# Of what the figures noticed, which may have a plain reason.
ALERT_VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "explained": "There is a plain reason for it",
        "talked": "I have talked with whoever it was",
        "wrong": "It was wrong: it goes to the information governance lead",
    }
)


def check_asked(reason: str, words: str) -> None:
    """Raise Invalid (fields "reason", "words") unless both are given: nothing is looked up before."""
    problems = []
    if reason not in REASONS:
        problems.append(FieldProblem("reason", "Choose why you must look now.", "required"))
    if len(" ".join(words.split())) < SHORTEST_WORDS:
        sentence = f"Say in your own words what has happened: {SHORTEST_WORDS} letters at least."
        problems.append(FieldProblem("words", sentence, "required"))
    elif len(words) > LONGEST_WORDS:
        problems.append(FieldProblem("words", f"Keep it under {LONGEST_WORDS} characters.", "too-long"))
    if problems:
        raise Invalid(problems)


def check_review(verdict: str, note: str) -> None:
    """Raise Invalid (fields "verdict", "note") unless a decision is made, with words where it was not plainly right."""
    problems = []
    if verdict not in VERDICTS:
        problems.append(FieldProblem("verdict", "Choose what you decide.", "required"))
    elif verdict != "right" and not note.strip():
        problems.append(FieldProblem("note", "Say what you found, and what is done about it.", "required"))
    if len(note) > LONGEST_NOTE:
        problems.append(FieldProblem("note", f"Keep it under {LONGEST_NOTE} characters.", "too-long"))
    if problems:
        raise Invalid(problems)


def ends_at(opened_at: datetime, minutes: int) -> datetime:
    """Return when the look is over."""
    return opened_at + timedelta(minutes=minutes)


def is_told_to_person(person: Person, *, do_not_contact: bool) -> bool:
    """Tell whether the person's own page may name such a look.

    Not where somebody at their shoulder could learn of it: of a restricted person, or one whom contact may endanger,
    the steward answers by hand.
    """
    return not (person.restricted or do_not_contact)
