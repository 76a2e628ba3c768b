"""Draws what a person wanted and what happened: one line a question, told apart by shape and never by colour alone."""

from __future__ import annotations

import textwrap
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from app.domain.my_page import END, SO_FAR, START, Asked, MyPage
from app.services.evaluation.drawing import FAINT, FILLS, INK, drawn

_TITLE: Final = "What I wanted, what happened"
_ACROSS: Final = 46  # letters of a question in a line
_SIZE: Final = 14  # points: still read where the picture is shrunk to a small telephone
_LOOKS: Final[dict[str, dict[str, Any]]] = {
    START: {"marker": "o", "markerfacecolor": "#ffffff"},
    END: {"marker": "o", "markerfacecolor": FILLS[0]},
    SO_FAR: {"marker": "o", "markerfacecolor": FILLS[0]},
}
_AFTER: Final[tuple[dict[str, Any], ...]] = (
    {"marker": "s", "markerfacecolor": FILLS[1]},
    {"marker": "D", "markerfacecolor": FILLS[2]},
    {"marker": "^", "markerfacecolor": FILLS[3]},
)


def picture(page: MyPage) -> bytes | None:
    """Return the picture as SVG, goals first; None where nothing was asked yet. The same page gives the same bytes."""
    asked = page.pictured
    if not asked:
        return None
    looks = _looks(asked)
    heights = [0.6 + 0.26 * len(_wrapped(each)) for each in asked]
    foot = 0.3 + 0.32 * len(looks)

    def draw(figure: Figure) -> None:
        grid = figure.add_gridspec(len(asked) + 1, 1, height_ratios=[*heights, foot])
        for row, each in enumerate(asked):
            _line(figure.add_subplot(grid[row]), each, looks)
        _legend(figure.add_subplot(grid[len(asked)]), looks)

    return drawn(_TITLE, sum(heights) + foot + 0.1 * len(asked), draw)


def _looks(asked: tuple[Asked, ...]) -> dict[str, dict[str, Any]]:
    """A shape for each time at which something was answered, in the order of time."""
    whens = dict.fromkeys(point.when for each in asked for point in each.points)
    later = iter(_AFTER * len(whens))
    known = [when for when in _LOOKS if when in whens]
    return {when: _LOOKS[when] for when in known} | {
        when: next(later) for when in sorted(whens, key=_months) if when not in known
    }


def _months(when: str) -> tuple[int, str]:
    number = when.split(" ", 1)[0]
    return (int(number) if number.isdigit() else 0, when)


def _line(axes: Axes, asked: Asked, looks: dict[str, dict[str, Any]]) -> None:
    values = [point.value for point in asked.points]
    axes.hlines(0, asked.low, asked.high, color=FAINT, linewidth=1.2)
    if values[0] != values[-1]:
        arrow = {"arrowstyle": "->", "color": INK, "linewidth": 1.6, "shrinkA": 9, "shrinkB": 9, "zorder": 2}
        axes.annotate("", xy=(values[-1], 0), xytext=(values[0], 0), arrowprops=arrow)
    for point, size in zip(asked.points, _sizes(len(asked.points)), strict=True):
        look: dict[str, Any] = {"markersize": size, "markeredgecolor": INK, "linestyle": "none", "zorder": 3}
        axes.plot(point.value, 0, **look, **looks[point.when])
    axes.set_xlim(asked.low - 0.06 * (asked.high - asked.low), asked.high + 0.06 * (asked.high - asked.low))
    axes.set_ylim(-0.6, 0.6)
    axes.set_yticks([])
    axes.set_xticks([asked.low, asked.high], [f"{asked.low:g}", f"{asked.high:g}"])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0, labelsize=_SIZE)
    axes.set_title("\n".join(_wrapped(asked)), loc="left", fontsize=_SIZE, pad=2)


def _sizes(count: int) -> list[float]:
    """Smaller from time to time, so that what lies on the same number can still be seen."""
    return [max(5.0, 17.0 * 0.7**at) for at in range(count)]


def _legend(axes: Axes, looks: dict[str, dict[str, Any]]) -> None:
    axes.axis("off")
    handles = [
        Line2D([], [], linestyle="none", markersize=9, markeredgecolor=INK, label=when, **look)
        for when, look in looks.items()
    ]
    axes.legend(handles=handles, loc="upper left", frameon=False, borderaxespad=0, fontsize=_SIZE)


def _wrapped(asked: Asked) -> list[str]:
    best = asked.high if asked.higher_is_better else asked.low
    return textwrap.wrap(f"{asked.question} ({best:g} is best)", _ACROSS)
