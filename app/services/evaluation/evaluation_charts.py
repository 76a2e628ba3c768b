"""Draws a pack's figures: bars of people, and each change as two dots with their intervals; no colour alone tells."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from app.domain.pack import APART_WORDS, Change, Figure, Interval, Number
from app.domain.pack_words import WITHHELD, later, score, shown_lines, with_share
from app.services.evaluation.drawing import FILLS, INK, drawn

_ROW: Final = 0.5  # inches
_LONGEST_LABEL: Final = 62  # characters that fit above a bar
_BAR: Final[dict[str, Any]] = {"height": 0.42, "color": FILLS[0], "edgecolor": INK, "linewidth": 0.8}


def can_draw(figure: Figure) -> bool:
    """Tell whether there is a number to draw."""
    return any(line.number.people for line in figure.lines)


def can_draw_shares(change: Change) -> bool:
    """Tell whether better, the same and worse can be drawn."""
    return any(number.people for number in (change.better, change.same, change.worse, change.apart) if number)


def figure_svg(figure: Figure) -> bytes:
    """Return bars of people in the order of the table, but for lines with nobody; a withheld number has the word."""
    return _bars(figure.title, [(line.words, line.number) for line in shown_lines(figure)])


def shares_svg(change: Change) -> bytes:
    """Return how many answered better, about the same and worse, as bars of people."""
    told = [("Better", change.better), ("About the same", change.same), ("Worse", change.worse)]
    told += [(APART_WORDS, change.apart)] if change.apart else []
    return _bars(change.title, told)


def change_svg(change: Change) -> bytes:
    """Return the mean at the start (hollow) and later (filled) with their 95 per cent intervals, on the whole scale."""

    def draw(drawing: Drawing) -> None:
        axes = drawing.add_subplot()
        ends = ((change.before, "At the start", "white"), (change.after, later(change).capitalize(), INK))
        for row, (found, words, fill) in enumerate(ends):
            _label(axes, row - 0.4, words)
            if found is not None:
                _dot(axes, row, found, fill)
        _set_out(axes, len(ends))
        axes.set_xlim(change.low, change.high)
        better = "higher" if change.higher_is_better else "lower"
        axes.set_xlabel(f"Points from {change.low:g} to {change.high:g}; {better} is better")

    return drawn(change.title, 1.75, draw)


def _bars(title: str, bars: Sequence[tuple[str, Number]]) -> bytes:
    def draw(drawing: Drawing) -> None:
        axes = drawing.add_subplot()
        for row, (words, number) in enumerate(bars):
            _label(axes, row - 0.4, textwrap.shorten(words, _LONGEST_LABEL))
            if number.people:
                axes.barh(row, number.people, **_BAR)
            _beside(axes, number.people or 0, row, WITHHELD if number.people is None else with_share(number))
        _set_out(axes, len(bars))
        axes.set_xlim(0, 1.3 * max((number.people or 0 for _, number in bars), default=0) or 1)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)

    return drawn(title, 0.35 + _ROW * max(len(bars), 1), draw)


def _dot(axes: Axes, row: int, found: Interval, fill: str) -> None:
    spread = [[max(0.0, found.mean - found.low)], [max(0.0, found.high - found.mean)]]
    look: dict[str, Any] = {"color": INK, "markersize": 9, "markerfacecolor": fill, "capsize": 5}
    axes.errorbar([found.mean], [row], xerr=spread, fmt="o", linewidth=1.5, **look)
    axes.text(found.mean, row - 0.22, score(found.mean), ha="center", va="center", fontsize=10)


def _label(axes: Axes, at: float, words: str) -> None:
    """Write a group's name above its bar: beside it, long names would leave a telephone no room for the bar."""
    axes.text(0, at, words, va="center", ha="left", transform=axes.get_yaxis_transform())


def _beside(axes: Axes, at: float, row: int, words: str) -> None:
    axes.annotate(words, (at, row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=10)


def _set_out(axes: Axes, rows: int) -> None:
    axes.set_ylim(max(rows, 1) - 0.5, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
