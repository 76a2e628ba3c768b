"""Puts words to figures and keeps what was drawn: a release never changes, and drawing takes a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from app.services.dataset import dashboards, releases
from app.services.dataset.dashboards import Beside, Figure, Line
from app.services.dataset.releases import Release
from app.web.analysts import dataset_words
from app.web.frame import charts
from app.web.frame.charts import Bar, Frame, Pairs, Panel

_MOST: Final = 300  # charts kept, some 30 KB each
_kept: dict[tuple[Path, str, str], bytes] = {}
_keeping = Lock()
_STAR = "* A number is withheld."
_NO_BAR = "* Too much is withheld to draw it."
_DOTTED = "Withheld: room for up to 9 people each"


def figure_chart(release: Release, figure: Figure, *, as_share: bool) -> bytes:
    """Return the chart of a figure as SVG; over time of people, or of shares."""
    kind = "share" if as_share else "people"
    return _find_or_draw(release, f"{figure.table}|{kind}", lambda: _draw(release, figure, as_share))


def equity_chart(release: Release, measure: str, answer: str, parts: Mapping[str, Sequence[Beside]]) -> bytes:
    """Return the chart of a page of equity as SVG."""
    key = f"equity|{measure}|{answer}"
    return _find_or_draw(release, key, lambda: _draw_equity(release, measure, answer, parts))


def equity_question(measure: str, answer: str) -> str:
    """Return the question that a page of equity answers."""
    asked, told = dataset_words.asked(measure), dataset_words.value(measure, answer)
    return f"{asked}: who is among “{told}”, and who among everybody?"


def described(figure: Figure) -> str:
    """Return what a chart shows, for whoever cannot see it."""
    answers = ", ".join(dataset_words.value(figure.measure, each) for each in figure.answers)
    if figure.is_over_time:
        kind = f"Control charts by {figure.by} of: {answers}."
    elif len(figure.answers) == 1:
        kind = f"Bars of {len(figure.lines)} groups by {dataset_words.by(figure.by)}."
    else:
        kind = f"Bars of {len(figure.lines)} groups by {dataset_words.by(figure.by)}, each divided into: {answers}."
    return f"{kind} The same numbers stand in the table."


def _find_or_draw(release: Release, name: str, draw: Callable[[], bytes]) -> bytes:
    key = (release.folder, releases.sum_of(release, releases.TABLES), name)
    if (found := _kept.get(key)) is not None:
        return found
    drawn = draw()
    with _keeping:
        while len(_kept) >= _MOST:
            _kept.pop(next(iter(_kept)))
        _kept[key] = drawn
    return drawn


def _draw(release: Release, figure: Figure, as_share: bool) -> bytes:
    title = dataset_words.question(figure)
    source = f"{release.id}. Different people, rounded to 5. "
    if figure.is_over_time:
        panels = [
            Panel(dataset_words.value(figure.measure, each.answer), each.periods, each.values, each.limits)
            for each in dashboards.over_time(figure, as_share=as_share)
        ]
        told = source + "Line: mean. Dashes: limits. Squares: more than ups and downs. Gaps: withheld."
        return charts.draw_panels(Frame(title, told), panels, "Per cent" if as_share else "People")
    if len(figure.answers) == 1:
        (answer,) = figure.answers
        counts = [(line, line.cells[answer].people) for line in figure.lines]
        bars = [
            Bar(dataset_words.value(figure.by, line.value), [people], people is not None)
            for line, people in counts
        ]
        return charts.draw_counts(Frame(title, source + _STAR), bars)
    legend = [dataset_words.value(figure.measure, each) for each in figure.answers]
    bars = [_divided(figure, line) for line in figure.lines]
    dotted = _DOTTED if any(bar.withheld for bar in bars) else ""
    return charts.draw_parts(Frame(title, source + _NO_BAR, legend, dotted), bars)


def _divided(figure: Figure, line: Line) -> Bar:
    """Return a line's bar with room for what is withheld; none where nobody can say how much that is."""
    label, most = dataset_words.value(figure.by, line.value), line.withheld_at_most
    whole = line.shown + (most or 0)
    if most is None or not line.shown:
        return Bar(label, [None] * len(figure.answers), is_whole=most == 0)
    numbers = [cell.people if cell else None for cell in map(line.cells.get, figure.answers)]
    parts = [None if people is None else 100 * people / whole for people in numbers]
    return Bar(label, parts, withheld=100 * most / whole)


def _draw_equity(release: Release, measure: str, answer: str, parts: Mapping[str, Sequence[Beside]]) -> bytes:
    kinds = [
        Pairs(f"By {dataset_words.by(by)}", [_pair(by, each) for each in groups])
        for by, groups in parts.items()
    ]
    legend = ("Of everybody referred", f"Of “{dataset_words.value(measure, answer)}”")
    source = f"{release.id}. Different people, rounded to 5. {_STAR}"
    return charts.draw_pairs(Frame(equity_question(measure, answer), source, legend), kinds)


def _pair(by: str, each: Beside) -> Bar:
    shares = (each.referred, each.answered)
    told = [share.percent if share else None for share in shares]
    return Bar(dataset_words.value(by, each.value), told, all(share is not None for share in shares))
