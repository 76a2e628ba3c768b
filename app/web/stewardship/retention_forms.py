"""The forms of keeping and erasing: a record by its number, a proposal, a hold, each with a day in three inputs."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load

from app.domain.person_search import LONGEST
from app.domain.retention_review import (
    HOLD_REASONS,
    KEEP_REASONS,
    LONGEST_WORDS,
    VERDICTS,
    NewHold,
    Proposal,
    Verdict,
)
from app.domain.subject_access import ASKED_HOW
from app.web.frame.forms import FormSchema, choice, words

DAYS: Final = {"until": "until_day"}  # the rules' fields -> the pages'
_NO_DAY: Final = "Enter the day as numbers, for example 12 3 2026."
_RECORD: Final = "Enter an NHS number or a reference."


def _part() -> fields.Integer:
    return fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})


class TeamAskForm(FormSchema):
    """How the person asked."""

    how = choice(ASKED_HOW, "Choose how they asked.")


class AskForm(TeamAskForm):
    """Whose record, and how they asked."""

    record = words("The number", longest=LONGEST, missing=_RECORD)


class MarkForm(FormSchema):
    """Which proposal stood on the page."""

    mark = fields.String(load_default="")


class _UntilForm(FormSchema):
    words = words("Your words", longest=LONGEST_WORDS)
    until_day, until_month, until_year = _part(), _part(), _part()


class ProposalForm(_UntilForm):
    """What the first of two wants."""

    verdict = choice(VERDICTS, "Choose what is to become of the record.")
    reason = fields.String(load_default="")

    @post_load
    def _proposal(self, typed: dict[str, Any], **_: Any) -> dict[str, Proposal]:
        verdict = Verdict(typed["verdict"])
        if verdict is Verdict.ERASE:  # what was typed for the other answer is left aside
            return {"proposal": Proposal(verdict, typed["words"])}
        reason = typed["reason"] if typed["reason"] in KEEP_REASONS else None
        return {"proposal": Proposal(verdict, typed["words"], reason, _day(typed))}


class HoldForm(_UntilForm):
    """Why a record must not be erased, and until when."""

    code = choice(HOLD_REASONS, "Choose why it must not be erased.")

    @post_load
    def _hold(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**typed, "hold": NewHold(typed["code"], typed["words"], _day(typed))}


class HoldFoundForm(HoldForm):
    """The same of a record that is on no list."""

    record = words("The number", longest=LONGEST, missing=_RECORD)


def _day(typed: dict[str, Any]) -> date | None:
    parts = [typed[f"until_{part}"] for part in ("year", "month", "day")]
    if all(part is None for part in parts):
        return None
    try:
        return date(*parts)
    except (TypeError, ValueError, OverflowError):
        raise ValidationError({"until_day": [_NO_DAY]}) from None
