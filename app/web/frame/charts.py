"""Draws published numbers as SVG: readable without colour, the same bytes each time, words kept as words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from app.services.dataset.control_limits import ControlLimits
from app.services.evaluation.drawing import FILLS, HATCHES, INK, drawn

_WITHHELD: Final[dict[str, Any]] = {"color": "none", "edgecolor": INK, "linestyle": ":", "linewidth": 1}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands round a chart: the question it answers, where its numbers come from, what its fills stand for."""

    title: str
    source: str
    legend: Sequence[str] = ()
    withheld: str = ""  # what the dotted end of a bar stands for, where there is one


@dataclass(frozen=True, slots=True)
class Bar:
    """One group: a part in per cent for each answer, None where withheld; `is_whole` where none is.

    `withheld` is how much of the bar the withheld numbers are at most.
    """

    label: str
    parts: Sequence[float | None]
    is_whole: bool = True
    withheld: float = 0.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One series over time, with what stands out in it."""

    title: str
    periods: Sequence[str]
    values: Sequence[float | None]
    limits: ControlLimits


@dataclass(frozen=True, slots=True)
class Pairs:
    """Groups of one kind, each with its part of everybody beside its part of those with an answer."""

    title: str
    bars: Sequence[Bar]


def draw_parts(frame: Frame, bars: Sequence[Bar]) -> bytes:
    """Draw one bar for each group, divided by the answers that the legend names."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, bar in enumerate(bars):
            left = 0.0
            for at, part in enumerate(bar.parts):
                if part:
                    axes.barh(row, part, left=left, height=0.5, **_look(at))
                    left += part
            if bar.withheld:
                axes.barh(row, bar.withheld, left=left, height=0.5, **_WITHHELD)
            _label(axes, row - 0.42, bar.label + ("" if bar.is_whole else " *"))
        _set_out(axes, len(bars))

    return _drawn(frame, 0.9 + 0.52 * len(bars), draw)


def draw_counts(frame: Frame, bars: Sequence[Bar]) -> bytes:
    """Draw one bar of people for each group; a group whose number is withheld has none, and a star."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for row, bar in enumerate(bars):
            axes.barh(row, bar.parts[0] or 0, height=0.5, **_look(0))
            _label(axes, row - 0.42, bar.label + ("" if bar.is_whole else " *"))
        _set_out(axes, len(bars), most=None, unit="People")

    return _drawn(frame, 0.9 + 0.52 * len(bars), draw)


def draw_panels(frame: Frame, panels: Sequence[Panel], unit: str) -> bytes:
    """Draw a control chart for each series, one below the other."""

    def draw(figure: Figure) -> None:
        for axes, panel in zip(_rows(figure, len(panels)), panels, strict=True):
            _draw_panel(axes, panel)
            axes.set_ylabel(unit)

    return _drawn(frame, 0.3 + 2.1 * len(panels), draw)


def draw_pairs(frame: Frame, kinds: Sequence[Pairs]) -> bytes:
    """Draw each group's part of everybody above its part of those with an answer, kind by kind."""
    rows = [max(1, len(kind.bars)) for kind in kinds]

    def draw(figure: Figure) -> None:
        for axes, kind in zip(_rows(figure, len(kinds), rows), kinds, strict=True):
            for row, bar in enumerate(kind.bars):
                for at, part in enumerate(bar.parts):
                    if part is not None:
                        axes.barh(row - 0.12 + 0.3 * at, part, height=0.28, **_look(at))
                _label(axes, row - 0.42, bar.label + ("" if bar.is_whole else " *"))
            axes.set_title(kind.title, loc="left", fontsize=12, fontweight="bold", pad=10)
            _set_out(axes, len(kind.bars), most=None)

    return _drawn(frame, 0.3 + sum(0.9 + 0.72 * row for row in rows), draw)


def _drawn(frame: Frame, body: float, draw: Callable[[Figure], None]) -> bytes:
    title, source = textwrap.wrap(frame.title, 44), textwrap.wrap(frame.source, 62)
    top, foot = 0.2 + 0.22 * len(title), 0.1 + 0.16 * len(source)
    names = len(frame.legend) + bool(frame.withheld)
    named = 0.1 + 0.24 * names if names else 0.0
    height = body + top + named + foot

    def whole(figure: Figure) -> None:
        room = (0, (foot + named) / height, 1, body / height)
        figure.get_layout_engine().set(rect=room)  # type: ignore[union-attr, call-arg]
        figure.text(0.01, 1 - 0.1 / height, "\n".join(title), va="top", fontsize=13, fontweight="bold")
        figure.text(0.01, 0.06 / height, "\n".join(source), va="bottom", fontsize=9)
        draw(figure)
        _name(figure, frame, foot / height)

    return drawn(frame.title, height, whole)


def _rows(figure: Figure, count: int, heights: Sequence[int] | None = None) -> list[Axes]:
    axes = figure.subplots(count, 1, squeeze=False, gridspec_kw={"height_ratios": heights or [1] * count})
    return list(axes[:, 0])


def _look(at: int) -> dict[str, Any]:
    return {
        "color": FILLS[at % len(FILLS)],
        "hatch": HATCHES[at % len(HATCHES)],
        "edgecolor": INK,
        "linewidth": 0.8,
    }


def _label(axes: Axes, at: float, words: str) -> None:
    """Write a group's name above its bar: beside it, long names would leave a telephone no room for the bar."""
    axes.text(0, at, words, va="center", ha="left", transform=axes.get_yaxis_transform())


def _set_out(axes: Axes, rows: int, *, most: float | None = 100, unit: str = "Per cent") -> None:
    axes.set_ylim(max(rows, 1) - 0.5, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, most)
    axes.set_xlabel(unit)


def _name(figure: Figure, frame: Frame, at: float) -> None:
    """Say at this height of the figure what the fills stand for."""
    looks = [(textwrap.shorten(name, 60), _look(number)) for number, name in enumerate(frame.legend)]
    looks += [(frame.withheld, dict(_WITHHELD))] if frame.withheld else []
    patches = [Patch(facecolor=look.pop("color"), label=name, **look) for name, look in looks]
    if patches:
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, at), "borderaxespad": 0.2}
        figure.legend(handles=patches, frameon=False, handlelength=2.4, handleheight=1.2, **place)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    places = range(len(panel.periods))
    values = [float("nan") if value is None else value for value in panel.values]
    axes.plot(places, values, color=INK, linewidth=1.2, marker="o", markersize=4)
    limits = panel.limits
    if limits.mean is not None and limits.lower is not None and limits.upper is not None:
        axes.axhline(limits.mean, color=INK, linewidth=1)
        for limit in (limits.lower, limits.upper):
            axes.axhline(limit, color=INK, linewidth=1, linestyle=(0, (6, 4)))
    told = [at for at in places if limits.signals[at]]
    axes.plot(told, [values[at] for at in told], "s", markersize=9, markerfacecolor="none", color=INK)
    axes.set_title(textwrap.shorten(panel.title, 60), loc="left", fontsize=11)
    step = max(1, -(-len(panel.periods) // 6))
    axes.set_xticks(list(places)[::step], [panel.periods[at] for at in places][::step], fontsize=9)
    axes.set_xlim(-0.5, len(panel.periods) - 0.5)
    axes.margins(y=0.15)
    if limits.lower is None or limits.lower >= 0:
        axes.set_ylim(bottom=0)
