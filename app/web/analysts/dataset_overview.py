"""One page for whoever plans for the area: which published figures stand on it, under which question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.dataset import figures
from app.services.dataset.dashboards import Figure, Line
from app.services.dataset.figures import Definition
from app.services.dataset.releases import Release

MOST_LINES: Final = 8  # of one figure, so that the page stays light; the figure's own page has all


@dataclass(frozen=True)
class Shown:
    """One figure as the page has it: its first lines, and what it counts."""

    figure: Figure
    lines: Sequence[Line]
    definition: Definition

    @property
    def left(self) -> int:
        """How many lines stand on the figure's own page only."""
        return len(self.figure.lines) - len(self.lines)


@dataclass(frozen=True)
class Section:
    """A question, what to know before reading its numbers, and the figures that answer it."""

    title: str
    told: str
    tables: tuple[str, ...]
    equity_of: str | None = None


SECTIONS: Final = (
    Section(
        "Who is reached",
        "People who were referred. Compare with who lives in the area before you call a group missed.",
        ("people-by-area", "people-by-age_band"),
    ),
    Section("How long people wait", "Weeks until help began.", ("weeks_to_start-by-area",)),
    Section(
        "Who takes help up",
        "Whether help began at all. People may say no for good reasons.",
        ("uptake-by-area", "uptake-by-need"),
    ),
    Section(
        "How things ended",
        "What was recorded at the end. It does not show what help caused, and it ranks nobody.",
        ("outcome-by-need", "outcome-by-area"),
    ),
    Section(
        "What was missing",
        "Who helped, and for how many people there was nobody who could.",
        ("help-by-need", "help-by-area"),
    ),
    Section(
        "Is it fair?",
        "The same by groups of people. A gap is a question to ask, not an answer.",
        ("people-by-ethnic_group", "uptake-by-deprivation", "weeks_to_start-by-gender"),
        equity_of="uptake",
    ),
)


def sections(release: Release) -> Sequence[tuple[Section, Sequence[Shown]]]:
    """Return each question with the figures of a release that answer it; none where the release has no such table."""
    known = figures.figures(release)
    return [(each, _shown(release, known, each)) for each in SECTIONS]


def _shown(release: Release, known: Mapping[str, Figure], section: Section) -> Sequence[Shown]:
    found = [known[table] for table in section.tables if table in known]
    return [Shown(each, each.lines[:MOST_LINES], figures.definition(release, each)) for each in found]
