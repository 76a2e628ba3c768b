"""The words for what the dataset's tables call by a code; a code that is not known here is shown as it stands."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Mapping
from typing import Final

from app.domain.vocabulary import NEED_WORDS
from app.services.dataset.control_limits import Signal
from app.services.dataset.dashboards import Figure, Series, Share
from app.services.dataset.releases import Cell

# measure -> (its name in a list, the question that it answers, which of its answers equity is shown for first)
_MEASURES: Final[Mapping[str, tuple[str, str, str]]] = {
    "weeks_to_start": ("Waits", "How long did people wait until help began", "0 to 2"),
    "uptake": ("Uptake", "Did help ever begin for the people who were referred", "attended"),
    "declines": ("Declines", "How often did a provider say no before help was found", "two or more"),
    "unanswered": (
        "Offers that nobody answered",
        "How often did a provider not answer in time",
        "two or more",
    ),
    "decline_reason": (
        "Why providers said no",
        "Why did the last provider that said no do so",
        "no-capacity",
    ),
    "outcome": ("Outcomes", "What came of the referrals", "better"),
    "help": ("Unmet need", "Who helped, and for how many was there nobody", "none"),
    "end": ("How referrals ended", "Were the referrals completed", "completed"),
    "end_reason": ("Why referrals ended", "Why did the referrals end", "no-suitable-service"),
    "need": ("Needs", "What did people need help with", ""),
    "need_group": ("Groups of needs", "What did people need help with", ""),
    "people": ("People", "How many people were referred", ""),
}
_BY: Final[Mapping[str, str]] = {
    "need": "need",
    "need_group": "group of needs",
    "area": "area",
    "deprivation": "deprivation of the area",
    "ethnic_group": "ethnic group",
    "gender": "sex or gender as recorded",
    "age_band": "age",
    "source": "kind of organisation that asked",
    "practice": "general practice",
    "weeks_to_start": "weeks until help began",
    "uptake": "whether help began",
    "declines": "times that a provider said no",
    "unanswered": "times that a provider did not answer",
    "decline_reason": "why a provider said no",
    "outcome": "what came of it",
    "help": "who helped",
    "end": "how it ended",
    "end_reason": "why it ended",
    "month": "month",
    "quarter": "quarter of the year",
    "to_the_nearest": "to the nearest",
}
_ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    "need": {need.value: words for need, words in NEED_WORDS.items()},
    "outcome": {
        "better": "Better",
        "no-change": "No change",
        "worse": "Worse",
        "did-not-engage": "Did not engage",
        "not-known": "Not known",
    },
    "people": {"all": "Everybody referred"},
    "uptake": {"attended": "Help began", "not attended": "Help never began"},
    "end": {"completed": "Completed", "ended-early": "Ended early", "withdrawn": "Taken back"},
    "help": {
        "commissioned": "A commissioned service",
        "grassroots": "A community group",
        "statutory": "A public service",
        "no-provider": "No provider, for another reason than that nobody could help",
        "none": "Nobody could help",
    },
    "declines": {"none": "Never", "one": "Once", "two or more": "Twice or more often"},
    "unanswered": {"none": "Never", "one": "Once", "two or more": "Twice or more often"},
    "source": {
        "practice": "General practice",
        "vcs": "Voluntary sector",
        "jobcentre": "Jobcentre",
        "self": "The person themselves",
    },
    "deprivation": {str(n): f"Tenth {n}" for n in range(1, 11)}
    | {"1": "Tenth 1, most deprived", "10": "Tenth 10, least deprived"},
    "ethnic_group": {"unknown": "Not known or not stated"},
    "practice": {"no-practice": "No practice"},
}
_EVERYWHERE: Final[Mapping[str, str]] = {
    "unknown": "Not known",
    "not-started": "Not begun",
    "no-suitable-service": "No service could help",
}
_SMALL: Final = "small"
_WITHHELD: Final[Mapping[str, str]] = {"further": "withheld to protect another number"}
_SIGNALS: Final[Mapping[Signal, str]] = {
    Signal.OUTSIDE: "outside the limits",
    Signal.SHIFT: "one of seven or more on one side of the mean",
    Signal.TREND: "one of seven or more in one direction",
    Signal.NEAR_LIMIT: "two of three near a limit",
}
_GROUPS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "area": (re.compile("[A-Z]{1,2}"), "Areas that begin with {}"),
    "deprivation": (re.compile(r"\d+ to \d+"), "Tenths {}"),
    "practice": (re.compile(r"U\d{5}"), "Practices of the network {}"),
}
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_BANDED: Final = ("weeks_to_start",)


def measure(code: str) -> str:
    """Return a measure's name in a list."""
    return _MEASURES[code][0] if code in _MEASURES else _plain(code)


def question(figure: Figure) -> str:
    """Return the question that a figure answers."""
    return f"{asked(figure.measure)}, by {by(figure.by)}?"


def asked(code: str) -> str:
    """Return the question of a measure, without a question mark."""
    return _MEASURES[code][1] if code in _MEASURES else f"What was counted: {_plain(code)}"


def by(code: str) -> str:
    """Return the words for a column that people are told apart by."""
    return _BY.get(code, _plain(code).lower())


def value(column: str, code: str) -> str:
    """Return the words for one value of a column."""
    known = _ANSWERS.get(column, {}).get(code) or _EVERYWHERE.get(code)
    if known:
        return known
    if column == "month" and (told := _MONTH.fullmatch(code)):
        return f"{month_name[int(told[2])]} {told[1]}"
    if column in _BANDED:
        return f"{code} weeks"
    return code if column in ("area", "practice", "quarter") else _plain(code)


def group(column: str, name: str) -> str:
    """Return the words for a group of a column's values, or for one value."""
    is_named_so, words = _GROUPS.get(column, (None, ""))
    return words.format(name) if is_named_so and is_named_so.fullmatch(name) else value(column, name)


def number(cell: Cell | None) -> str:
    """Return a published number, or why there is none, in words."""
    if cell is None:
        return "not told"
    if cell.people is None:
        why = cell.rule.too_few if cell.status == _SMALL else _WITHHELD.get(cell.status)
        return why or _plain(cell.status).lower()
    return f"{cell.people:,}"


def share(told: Share | None) -> str:
    """Return a share in per cent, saying where it is of the printed numbers alone; nothing where it is not told."""
    if told is None:
        return ""
    return f"{told.percent:.0f}% of those shown" if told.of_shown else f"{told.percent:.0f}%"


def stands_out(series: Series) -> str:
    """Return the points that are more than ups and downs, each with why; nothing where there is none."""
    told = []
    for period, signals in zip(series.periods, series.limits.signals, strict=True):
        why = ", ".join(_SIGNALS[signal] for signal in signals)
        told += [f"{value('month', period)} ({why})"] if why else []
    return "; ".join(told)


def first_answer(figure: Figure) -> str:
    """Return the answer that equity is shown for first."""
    wanted = _MEASURES[figure.measure][2] if figure.measure in _MEASURES else ""
    return wanted if wanted in figure.answers else figure.answers[0]


def _plain(code: str) -> str:
    words = code.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
