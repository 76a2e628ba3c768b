"""The ground under every chart: one look that is told apart in grey, and one pen, since the style is the process's."""

from __future__ import annotations

import io
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

WIDTH: Final = 5.2  # inches; narrow, so that the words can still be read on a small telephone
INK, FAINT = "#212b32", "#768692"
# From dark to light, each with a pattern of its own: told apart in grey, in print and by whoever sees few colours.
FILLS: Final = ("#003087", "#41b6e6", "#e8edee", "#768692", "#ffffff", "#005eb8", "#aeb7bd")
HATCHES: Final = ("", "//", "", "xx", "--", "\\\\", "++")
STYLE: Final[Any] = {
    "svg.fonttype": "none",  # words stay words: they can be searched, read aloud and restyled
    "svg.hashsalt": "backstitch",  # else the ids inside differ each time
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Liberation Sans", "DejaVu Sans"],
    "font.size": 11,
    "hatch.linewidth": 0.8,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
pen = Lock()  # the style is set for the whole process while a chart is drawn


def drawn(title: str, height: float, draw: Callable[[Figure], None]) -> bytes:
    """Return an SVG of WIDTH by `height` inches, the same bytes for the same chart; `title` is its name inside."""
    out = io.BytesIO()
    with pen, mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    return out.getvalue()
