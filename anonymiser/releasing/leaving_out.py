"""Leaves out whoever said no since the extract was made; tells how many rows and never who."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from anonymiser.errors import Refusal, SetUpRefusal
from anonymiser.tokens.national_check import FRESH_DAYS, read_national_answer
from anonymiser.tokens.opt_outs import Exemption, OptOuts, heed


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Files of NHS numbers, a line each: Type 1 opt-outs, withdrawn consent, and the national check's answer.

    The platform has left out whoever it knew of; these are those that it did not. Without a national answer the
    national data opt-out does not apply, because what comes out is anonymous. The answer itself does not say of which
    day it is: `national_answer_date` does.
    """

    type_1: Path | None = None
    withdrawn: Path | None = None
    national_answer: Path | None = None
    national_answer_date: date | None = None
    research: Path | None = None  # who agreed to research: for projects that rest on consent, nothing else

    def __post_init__(self) -> None:
        """Raises SetUpRefusal where an answer has no day or a day no answer."""
        if (self.national_answer is None) != (self.national_answer_date is None):
            raise SetUpRefusal(
                "The national check's answer and the day it is of go together: --national-answer FILE "
                "--national-answer-date YYYY-MM-DD."
            )

    @property
    def any(self) -> bool:
        """Whether there is a list at all."""
        return any((self.type_1, self.withdrawn, self.national_answer))

    @property
    def national_rule(self) -> str:
        """How the national data opt-out was heeded, in words for the manifest."""
        if self.national_answer_date:
            return f"applied, checked on {self.national_answer_date.isoformat()}"
        return f"does not apply: {Exemption.ANONYMISED}"

    def check_fresh(self, today: date) -> None:
        """Raise Refusal unless the answer, if there is one, can be of the day told and is of the last week."""
        answer, told = self.national_answer, self.national_answer_date
        if answer is None or told is None:
            return
        problems = []
        if told > today:
            problems.append(
                f"The national check is said to be of {told.isoformat()}, which has not come yet."
            )
        if today - told > timedelta(days=FRESH_DAYS):
            problems.append(
                f"The national check is of {told.isoformat()}; it must be of the last {FRESH_DAYS} days."
            )
        if told - _written_on(answer) > timedelta(days=1):  # a day's grace: clocks of two zones
            problems.append(
                f"{answer} was written on {_written_on(answer).isoformat()}, before {told.isoformat()}: it cannot be "
                "the answer of that day."
            )
        if problems:
            raise Refusal(*problems)


def leave_out(raw: pl.DataFrame, lists: Lists, today: date) -> tuple[pl.DataFrame, Mapping[str, int]]:
    """The records that may go on, and how many rows each reason kept back; `today` is the extract's day.

    An answer that came after the extract is the fresher one. Raises Refusal on one that was older than a week by then.
    """
    if not lists.any:
        return raw, {}
    told = lists.national_answer_date or today
    heeded = heed(raw, opt_outs(lists, raw["nhs_number"]), max(today, told))
    return heeded.kept, heeded.rows


def opt_outs(lists: Lists, numbers: pl.Series) -> OptOuts:
    """The lists as they are heeded; `numbers` are those that the national check was asked about."""
    national = (
        read_national_answer(_content(lists.national_answer), numbers, lists.national_answer_date)
        if lists.national_answer and lists.national_answer_date
        else Exemption.ANONYMISED
    )
    return OptOuts(type_1=_numbers(lists.type_1), withdrawn=_numbers(lists.withdrawn), national=national)


def agreed_of(lists: Lists) -> pl.Series | None:
    """Who agreed to research, None where no list was given."""
    return _numbers(lists.research) if lists.research else None


def _numbers(path: Path | None) -> pl.Series:
    lines = _content(path).decode("ascii", "replace").splitlines() if path else []
    return pl.Series("number", [line for line in lines if line.strip()], dtype=pl.String)


def _written_on(path: Path) -> date:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except OSError as error:
        raise Refusal(f"The list {path} cannot be read: {error.strerror}.") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"The list {path} cannot be read: {error.strerror}.") from None
