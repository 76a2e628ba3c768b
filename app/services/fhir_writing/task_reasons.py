"""Why a provider's Task waits or ends: a code of the list that the step asks for, or the provider's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.domain.lifecycle import Action
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, PAUSE_REASONS
from app.services.caring.endings import LONGEST_TEXT
from fhir.problems import Problem
from fhir.systems import (
    DOS_REJECTED_REASONS,
    OUR_END_REASONS,
    OUR_PAUSE_REASONS,
    SNOMED,
    SOCIAL_PRESCRIBING_DECLINED,
)
from fhir.task_in import TaskChange
from fhir.views_words import STAGE_REASON

REASONED: Final = (
    "rejected",
    "on-hold",
    "failed",
    "cancelled",
)  # Gravity: a Task that is any of these says why
_PLACE: Final = "Task.statusReason"
_WORDS_ALONE: Final = (
    "Of a waiting list words alone are kept: say in statusReason.text why, and leave the code out."
)
# Ours for a stage that a provider's step leads to: sent back they say nothing.
_OUR_WORDS: Final = frozenset(
    STAGE_REASON[stage]
    for stage in ("paused", "declined", "called-off", "ended-early", "ended-before-it-began")
)
_PERSONS_NO: Final = (SNOMED, SOCIAL_PRESCRIBING_DECLINED)


@dataclass(frozen=True, slots=True)
class _List:
    """The reasons for a step; `other` is what words alone come under, `persons_no` the person's own no."""

    system: str
    reasons: Mapping[str, str]
    other: str
    persons_no: str | None = None


_LISTS: Final[Mapping[Action, _List]] = MappingProxyType(
    {
        Action.DECLINE: _List(DOS_REJECTED_REASONS, DECLINE_REASONS, "99", "26"),
        Action.END_EARLY: _List(OUR_END_REASONS, END_REASONS, "other", "person-declined"),
        Action.PAUSE: _List(OUR_PAUSE_REASONS, PAUSE_REASONS, "other"),
    }
)


@dataclass(frozen=True, slots=True)
class Why:
    """The code that a step is taken for, of its own list, and what its provider said beside it."""

    code: str | None
    said: str | None


def why_of(change: TaskChange, action: Action) -> Why:
    """Return why a step is wanted; its code is None where it has no list, or nothing that was told will do.

    Gravity asks for a text alone: that is our "other". Our own words for a code or a stage, sent back, say nothing.
    """
    said = None if change.said in _OUR_WORDS else change.said
    listed = _LISTS.get(action)
    if listed is None:
        return Why(None, said)
    code = _coded(change, listed)
    if code is None:  # another list's: what it is called there are their words
        said = said or change.shown
        code = listed.other if said else None
    return Why(code, None if code and said == listed.reasons[code] else said)


def _coded(change: TaskChange, listed: _List) -> str | None:
    """The first code that is of the list; SNOMED CT's for the person's own no will do."""
    for system, code in change.reasons:
        if system == listed.system and code in listed.reasons:
            return code
        if (system, code) == _PERSONS_NO and listed.persons_no:
            return listed.persons_no
    return None


def reason_problems(change: TaskChange, action: Action) -> Iterator[Problem]:
    """Yield what is wrong with the reason for a step: what would not be kept is said, not dropped."""
    if action is Action.WAITLIST:
        if change.reasons:
            yield Problem(f"{_PLACE}.coding", "not-supported", _WORDS_ALONE)
    elif change.status not in REASONED:
        if change.has_news:
            sentence = f"Nothing would be kept of why a Task is {change.status}. Leave this element out."
            yield Problem(_PLACE, "not-supported", sentence)
        return
    elif not change.has_reason:
        sentence = f"A Task that is {change.status} says why. {_how(action)}"
        yield Problem(_PLACE, "required", sentence)
    elif why_of(change, action).code is None:
        sentence = f"This reason is not of the list, and has no words. {_how(action)}"
        yield Problem(_PLACE, "code-invalid", sentence)
    if len(why_of(change, action).said or "") > LONGEST_TEXT:
        yield Problem(f"{_PLACE}.text", "too-long", f"Keep it under {LONGEST_TEXT} characters.")


def _how(action: Action) -> str:
    listed = _LISTS[action]
    known = ", ".join(f"{code} ({words})" for code, words in listed.reasons.items())
    return f"Give a code of {listed.system}: {known}. Where none of them fits, statusReason.text will do."
