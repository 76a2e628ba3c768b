"""How a pack's numbers are put into words and digits: the same in the page, the PDF, the CSV and the spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.pack import APART_WORDS, Change, Figure, Interval, Line, Number

WITHHELD: Final = "withheld"
NOT_TOLD: Final = "–"
SECTION_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reach": "Who came",
        "journey": "How it went",
        "outcome": "How things were at the end",
        "change": "What people said before and after",
    }
)
SECTION_LEADS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reach": "Each person counts once in a line. Where the area’s own population is known, it stands beside.",
        "journey": "How long people waited, how often they came, and how it came to its end.",
        "outcome": "Every answer is counted, also when nobody knows, nobody asked, or it did not go well.",
        "change": "Only people who answered both times are in a comparison; how many did not stands beside each.",
    }
)
STORIES: Final = (
    "In people’s own words, under the name they chose. Each agreed to this, and can take it back at any time. "
    "Please do not copy a story into anything else: ask us first."
)
CAVEAT: Final = (
    "It tells what was recorded and when. It does not tell why things changed. Lives change for many reasons."
)
SMALL_NUMBERS: Final = (
    "A number from 1 to 9 is withheld, and so are others that would give it away. The rest are rounded to 5, "
    "averages to steps."
)


def percent(value: float | None) -> str:
    """Return a share as it is printed: whole per cents, since counts are rounded to 5."""
    return NOT_TOLD if value is None else f"{value:.0f}%"


def score(value: float | None) -> str:
    """Return a number of a scale as it is printed: one decimal, two where the pack has two."""
    return NOT_TOLD if value is None else f"{_told(value):.{_decimals(value)}f}"


def signed(value: float | None) -> str:
    """Return a change on a scale as it is printed, with its sign."""
    return NOT_TOLD if value is None else f"{_told(value):+.{_decimals(value)}f}"


def interval(found: Interval | None, *, is_change: bool = False) -> str:
    """Return a mean with its 95 per cent interval: 3.1 (2.8 to 3.4)."""
    if found is None:
        return WITHHELD
    told = signed if is_change else score
    return f"{told(found.mean)} ({told(found.low)} to {told(found.high)})"


def share(number: Number) -> str:
    """Return the share of people, a dash where they are withheld."""
    return NOT_TOLD if number.people is None else percent(number.percent)


def with_share(number: Number) -> str:
    """Return people with their share: 45 (30%)."""
    if number.people is None or number.percent is None:
        return number.words
    return f"{number.words} ({percent(number.percent)})"


def day(value: date) -> str:
    """Return a day as it is printed: 22 November 2026."""
    return f"{value.day} {value:%B %Y}"


def whole_words(figure: Figure) -> str:
    """Return what the last line of a figure is called: its lines together where they make it up, else everybody."""
    together = sum(line.number.people or 0 for line in figure.lines)
    return "Together" if together == figure.everybody.people else "Everybody"


def shown_lines(figure: Figure) -> tuple[Line, ...]:
    """Return the lines that a chart shows: nobody needs no bar, and stands in the table."""
    return tuple(line for line in figure.lines if line.number.people != 0)


def glance(figure: Figure) -> tuple[str, ...]:
    """Return a figure as a short list that names each of its lines; empty where it counts nobody at all."""
    told = [
        f"{_first_small(line.words)} {with_share(line.number)}"
        for line in _counted(figure)
        if line.number.people
    ]
    withheld = [_first_small(line.words) for line in _counted(figure) if line.number.people is None]
    nobody = [_first_small(line.words) for line in _counted(figure) if line.number.people == 0]
    apart = next((line.number for line in figure.lines if line.is_apart), None)
    if withheld:
        how = f"withheld one by one, {apart.words} together ({share(apart)})" if apart else "withheld"
        told.append(f"{', '.join(withheld)}: {how}")
    if told and nobody:
        told.append(f"nobody: {', '.join(nobody)}")
    return tuple(told)


def _counted(figure: Figure) -> list[Line]:
    return [line for line in figure.lines if not line.is_apart]


def _first_small(words: str) -> str:
    return words[:1].lower() + words[1:]


def about_figure(figure: Figure) -> str:
    """Return what a figure's chart shows, for whoever cannot see it."""
    told = [f"{line.words}: {with_share(line.number)}" for line in shown_lines(figure)]
    shown = "; ".join(told[:12]) + (f"; and {len(told) - 12} more" if len(told) > 12 else "")
    return f"Bar chart. {figure.title}. {shown}. The same numbers stand in the table."


def about_change(change: Change) -> str:
    """Return what a chart of change shows, for whoever cannot see it."""
    return (
        f"Two dots with their intervals on a scale from {score(change.low)} to {score(change.high)}. {change.title}. "
        f"At the start {interval(change.before)}, {later(change)} {interval(change.after)}. "
        "The same numbers stand in the table."
    )


def about_shares(change: Change) -> str:
    """Return what a chart of better, same and worse shows, for whoever cannot see it."""
    told = (("better", change.better), ("about the same", change.same), ("worse", change.worse))
    shown = "; ".join(f"{name}: {with_share(number)}" for name, number in told)
    shown += f"; those withheld, together: {with_share(change.apart)}" if change.apart else ""
    return f"Bar chart. {change.title}, {shown}. The same numbers stand in the table."


def change_rows(change: Change) -> tuple[tuple[str, str], ...]:
    """Return the table beside a chart of change: what, and the number as it is printed."""
    return (
        ("Could have answered both times", change.asked.words),
        ("Answered both times", change.paired.words),
        ("Did not answer both times", percent(change.missing_percent)),
        ("Average at the start (95% interval)", interval(change.before)),
        (f"Average {later(change)} (95% interval)", interval(change.after)),
        ("Average change (95% interval)", interval(change.change, is_change=True)),
        ("Better", with_share(change.better)),
        ("About the same", with_share(change.same)),
        ("Worse", with_share(change.worse)),
        *(((APART_WORDS, with_share(change.apart)),) if change.apart else ()),
    )


def change_sentence(change: Change) -> str:
    """Return in a sentence how answers differ between two days, with how sure that is, and who is not in it."""
    if change.paired.people is None:
        return "Fewer than 10 people answered both times, so no change is told."
    if change.change is None:
        return "No average is told for these answers; how many were better, the same and worse stands below."
    moved = change.change.mean
    way = "higher" if moved > 0 else "lower"
    size = score(abs(moved))
    told = (
        f"The {change.paired.words} people with both answers were on average {size} points {way} {later(change)} than "
        "at the start"
        if size != "0.0"
        else f"The {change.paired.words} people with both answers were on average at about the same point "
        f"{later(change)} as at the start"
    )
    span = f"{signed(change.change.low)} to {signed(change.change.high)}"
    unsure = (
        " An interval with 0 in it may be chance." if change.change.low <= 0 <= change.change.high else ""
    )
    better = "higher" if change.higher_is_better else "lower"
    return f"{told} (95% interval {span}).{unsure} On this scale {better} is better."


def later(change: Change) -> str:
    """Return when the second answer was given, in words: at the end, or 3 months after the end."""
    months = change.phase.removeprefix("follow-up-")
    return f"{months} months after the end" if months != change.phase else "at the end"


def _decimals(value: float) -> int:
    return 1 if round(value, 1) == round(value, 2) else 2


def _told(value: float) -> float:
    return round(value, 2) + 0.0  # nobody prints -0.0
