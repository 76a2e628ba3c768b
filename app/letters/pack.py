"""The words of an evaluation pack in print: a cover, what was found, people's stories, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.domain import pack_words as words
from app.domain.outcomes import Phase
from app.domain.pack import Change, Figure, Pack, Story
from app.letters.typesetting import typeset

_TEMPLATE: Final = Path(__file__).with_name("pack.typ")
_SECTIONS: Final = ("reach", "journey", "outcome")
_LONGEST_BESIDE: Final = 40  # characters of a line's name: a longer one would be broken too often
_LINES_BESIDE: Final = 9  # a chart with more lines than this stands above its table
_SVG_FONTS: Final = "'Arial', 'Liberation Sans', 'DejaVu Sans', sans-serif"
_OUR_FONT: Final = "'Noto Sans'"
_EMPTY: Final = (
    "Nobody is counted in this pack yet.",
    "It counts people who were referred to this organisation in the time that stands above. Choose a longer time or "
    "fewer filters.",
    "Numbers come by themselves as people are referred here and help begins. A number is told from 10 people on.",
)
_NO_STORIES: Final = "Nobody’s story is told here: a story needs the person’s recorded yes."


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first row of the page's table is its head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    last_is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One figure or one change: its words, its pictures by name with what each shows, its table."""

    title: str
    lead: str
    pictures: tuple[tuple[str, str], ...]
    table: Table
    notes: tuple[str, ...]
    beside: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Parts that belong together."""

    title: str
    lead: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PackPrint:
    """Everything that stands in print, in the order in which it is read."""

    title: str
    organisation: str
    filters: tuple[str, ...]
    made_on: str
    caveat: str
    numbers: tuple[tuple[str, str], ...]
    at_a_glance: tuple[tuple[str, tuple[str, ...]], ...]  # titles, each with its sentences
    sections: tuple[Section, ...]
    stories: tuple[tuple[tuple[str, ...], str], ...]
    no_stories: str
    stories_lead: str
    methods: tuple[tuple[str, tuple[str, ...]], ...]
    appendix: Section | None = None
    empty: tuple[str, ...] = ()  # what stands on the one page of a pack that counts nobody


def pack_pdf(
    pack: Pack, *, pictures: Mapping[str, bytes], made_at: datetime, appendix: Section | None = None
) -> bytes:
    """Return the pack as a PDF/UA file; `pictures` are SVGs by the names that `picture_names` gives."""
    told = {name: picture.decode().replace(_SVG_FONTS, _OUR_FONT) for name, picture in pictures.items()}
    return typeset(print_of(pack, pictures, appendix), written_at=made_at, template=_TEMPLATE, pictures=told)


def print_of(pack: Pack, pictures: Mapping[str, bytes], appendix: Section | None = None) -> PackPrint:
    """Return the words of the pack in print; a picture that is not given leaves its table alone."""
    return PackPrint(
        title=f"Evaluation pack: {pack.organisation}",
        organisation=pack.organisation,
        filters=pack.filters_in_words,
        made_on=words.day(pack.made_on),
        caveat=words.CAVEAT,
        numbers=((pack.people.words, "people"), (pack.referrals.words, "referrals")),
        at_a_glance=tuple(_glance(pack)),
        sections=tuple(_sections(pack, pictures)),
        stories=tuple(
            (tuple(filter(None, story.words.splitlines())), _told_as(story)) for story in pack.stories
        ),
        no_stories=_NO_STORIES,
        stories_lead=words.STORIES,
        methods=(
            *((heading, tuple(told.split("\n\n"))) for heading, told in pack.methods),
            *((("To know", pack.notes),) if pack.notes else ()),
        ),
        appendix=appendix,
        empty=_EMPTY if pack.is_empty else (),
    )


def figure_name(figure: Figure) -> str:
    """Return by which name the template knows a figure's chart."""
    return f"figure|{figure.key}"


def change_name(change: Change, kind: str) -> str:
    """Return by which name the template knows a change's chart of that kind: means or shares."""
    return f"{kind}|{change.key}|{change.phase}"


def _glance(pack: Pack) -> Iterator[tuple[str, tuple[str, ...]]]:
    for figure in pack.figures:
        if figure.section == "outcome" and (told := words.glance(figure)):
            yield figure.title, told
    for change in pack.changes:
        if change.change is not None and change.phase == Phase.AFTER:  # months after stand in their own part
            yield change.title, (words.change_sentence(change),)


def _sections(pack: Pack, pictures: Mapping[str, bytes]) -> Iterator[Section]:
    for name in _SECTIONS:
        found = [each for each in pack.figures if each.section == name]
        if found:
            parts = tuple(_of_figure(each, pictures) for each in found)
            yield Section(words.SECTION_WORDS[name], words.SECTION_LEADS[name], parts)
    if pack.changes:
        parts = tuple(_of_change(each, pictures) for each in pack.changes)
        yield Section(words.SECTION_WORDS["change"], words.SECTION_LEADS["change"], parts)


def _of_figure(figure: Figure, pictures: Mapping[str, bytes]) -> Part:
    name = figure_name(figure)
    has_area = any(line.area_percent is not None for line in figure.lines)
    head = ("Group", "People", "Share", *(("Share of the area",) if has_area else ()))
    rows = [
        (
            line.words,
            line.number.words,
            words.share(line.number),
            *((words.percent(line.area_percent),) if has_area else ()),
        )
        for line in figure.lines
    ]
    whole = (
        words.whole_words(figure),
        figure.everybody.words,
        words.share(figure.everybody),
        *(("",) if has_area else ()),
    )
    drawn = ((name, words.about_figure(figure)),) if name in pictures else ()
    short = all(len(line.words) <= _LONGEST_BESIDE for line in figure.lines)
    beside = len(rows) <= _LINES_BESIDE and short and not has_area
    return Part(
        figure.title, figure.definition, drawn, Table(head, (*rows, whole), True), figure.notes, beside
    )


def _of_change(change: Change, pictures: Mapping[str, bytes]) -> Part:
    drawn = tuple(
        (name, told)
        for kind, told in (("means", words.about_change(change)), ("shares", words.about_shares(change)))
        if (name := change_name(change, kind)) in pictures
    )
    table = Table(("What", "Number"), words.change_rows(change))
    title = f"{change.title} ({words.later(change)})"
    return Part(title, words.change_sentence(change), drawn, table, (change.method,), beside=False)


def _told_as(story: Story) -> str:
    return f"{story.told_as}. They agreed on {words.day(story.agreed_on)} that this is told."
