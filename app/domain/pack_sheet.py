"""A pack as one tidy table: a row for each number, and the dictionary that says what every column means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from app.domain.pack import APART, APART_WORDS, Change, Figure, Interval, Number, Pack
from app.domain.pack_words import CAVEAT, WITHHELD, later, whole_words

_NOBODY: Final = Number(None)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: people and shares, or a mean with its interval. What does not apply is None."""

    section: str
    figure: str
    title: str
    when: str
    line: str
    words: str
    people: int | str | None = None  # "withheld" where it is
    percent: int | None = None
    area_percent: int | None = None
    mean: float | str | None = None
    low: float | str | None = None
    high: float | str | None = None
    note: str = ""

    @property
    def cells(self) -> tuple[int | float | str | None, ...]:
        """The values in the order of HEAD."""
        return tuple(getattr(self, name) for name in HEAD)


HEAD: Final = tuple(each.name for each in fields(Row))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the dictionary says of a column or a figure."""

    name: str
    kind: str
    meaning: str
    unit: str
    missing: str
    source: str
    caveat: str = CAVEAT


DICTIONARY_HEAD: Final = ("name", "kind", "meaning", "unit", "missing", "source", "caveat")
_RECORDS: Final = "The organisation’s own referrals, counted when the pack was made"
_EMPTY: Final = "Empty where the row has no such number"
_WORDS: Final = "Words"
_NEVER: Final = "Never empty"
_COLUMNS: Final = tuple(
    Meaning(name, "column", meaning, unit, missing, source)
    for name, meaning, unit, missing, source in (
        (
            "section",
            "Which part of the pack: all, reach, journey, outcome or change.",
            _WORDS,
            _NEVER,
            "The pack",
        ),
        (
            "figure",
            "The figure’s short name; it stays the same from year to year.",
            _WORDS,
            _NEVER,
            "The pack",
        ),
        ("title", "The figure’s name as the page shows it.", _WORDS, _NEVER, "The pack"),
        (
            "when",
            "Of a change: when the second answer was given.",
            _WORDS,
            "Empty for figures of people",
            "The day of the answer",
        ),
        ("line", "The group’s short name; it stays the same from year to year.", _WORDS, _NEVER, "The pack"),
        ("words", "The group’s name as the page shows it.", _WORDS, _NEVER, "The pack"),
        (
            "people",
            "Different people in the group. Each person counts once in a row. The line withheld-together counts "
            "those of all lines of its figure that are withheld.",
            "People, rounded to 5",
            "“withheld” for 1 to 9, and where a number would give another away; empty for means",
            _RECORDS,
        ),
        (
            "percent",
            "Share of everybody in the figure, those in withheld lines too; of a change, of those with both answers.",
            "Per cent, whole",
            "Empty where people are withheld",
            _RECORDS,
        ),
        (
            "area_percent",
            "Share of the area’s population in the same group, to set beside percent.",
            "Per cent, whole",
            "Empty where no population was loaded",
            "Population figures loaded by the place",
        ),
        (
            "mean",
            "Average of people with both answers; for the line change, of each person’s second answer less the first. "
            "Told in steps that are wider the fewer people there are, so it may differ from the other two by a step.",
            "Points of the scale",
            "“withheld” for fewer than 10 people; empty for counts",
            "Answers of people",
        ),
        (
            "low",
            "Lower end of the mean’s 95 per cent interval, rounded outwards to a step.",
            "Points of the scale",
            "As mean",
            "Student’s t, pairs",
        ),
        (
            "high",
            "Upper end of the mean’s 95 per cent interval, rounded outwards to a step.",
            "Points of the scale",
            "As mean",
            "Student’s t, pairs",
        ),
        (
            "note",
            "What to know of the row: the scale, what is better, how many are missing.",
            _WORDS,
            _EMPTY,
            "The pack",
        ),
    )
)


def rows_of(pack: Pack) -> tuple[Row, ...]:
    """Return every number of a pack, in the order of the page."""
    return (
        _row(("all", "everybody", "People and referrals", ""), ("people", "People"), pack.people),
        _row(("all", "everybody", "People and referrals", ""), ("referrals", "Referrals"), pack.referrals),
        *(row for figure in pack.figures for row in _of_figure(figure)),
        *(row for change in pack.changes for row in _of_change(change)),
    )


def dictionary_of(pack: Pack | None = None) -> tuple[Meaning, ...]:
    """Return what every column means and, given a pack, what each of its figures counts."""
    figures = pack.figures if pack else ()
    changes = pack.changes if pack else ()
    return (
        *_COLUMNS,
        *(
            Meaning(each.key, "figure", each.definition, "People", "“withheld” as above", _RECORDS)
            for each in figures
        ),
        *(
            Meaning(
                f"{each.key} ({later(each)})",
                "change",
                f"{each.title}. {each.method}",
                f"Points from {each.low:g} to {each.high:g}",
                "“withheld” for fewer than 10 people with both answers",
                each.measure,
            )
            for each in changes
        ),
    )


def cells_of(meaning: Meaning) -> tuple[str, ...]:
    """Return a line of the dictionary in the order of DICTIONARY_HEAD."""
    return tuple(getattr(meaning, name) for name in DICTIONARY_HEAD)


_Of = tuple[str, str, str, str]


def _of_figure(figure: Figure) -> Iterator[Row]:
    of = (figure.section, figure.key, figure.title, "")
    note = " ".join(figure.notes)
    for line in figure.lines:
        yield _row(of, (line.code, line.words), line.number, area=line.area_percent, note=note)
    yield _row(of, ("everybody", whole_words(figure)), figure.everybody, note=note)


def _of_change(change: Change) -> Iterator[Row]:
    of = ("change", change.key, change.title, later(change))
    better = "higher" if change.higher_is_better else "lower"
    scale = f"From {change.low:g} to {change.high:g}; {better} is better."
    yield _row(of, ("asked", "Could have answered both times"), change.asked)
    yield _row(of, ("paired", "Answered both times"), change.paired)
    yield Row(*of, "missing", "Did not answer both times", percent=_whole(change.missing_percent))
    for code, words, found in (
        ("before", "At the start", change.before),
        ("after", later(change).capitalize(), change.after),
        ("change", "Change", change.change),
    ):
        yield _mean(of, (code, words), found, note=scale)
    for code, words, number in (
        ("better", "Better", change.better),
        ("same", "About the same", change.same),
        ("worse", "Worse", change.worse),
    ):
        yield _row(of, (code, words), number)
    if change.apart:
        yield _row(of, (APART, APART_WORDS), change.apart)


def _row(of: _Of, line: tuple[str, str], number: Number, *, area: float | None = None, note: str = "") -> Row:
    people = WITHHELD if number.people is None else number.people
    share = None if number.people is None else _whole(number.percent)
    return Row(*of, *line, people=people, percent=share, area_percent=_whole(area), note=note)


def _mean(of: _Of, line: tuple[str, str], found: Interval | None, *, note: str) -> Row:
    if found is None:
        return Row(*of, *line, mean=WITHHELD, low=WITHHELD, high=WITHHELD, note=note)
    mean, low, high = (round(value, 2) + 0.0 for value in (found.mean, found.low, found.high))  # no -0.0
    return Row(*of, *line, mean=mean, low=low, high=high, note=note)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
