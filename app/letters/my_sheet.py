"""A person's own page on paper: large print, the same words and the same picture as on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from app.domain.my_page import Asked, Helper, MyPage
from app.letters.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("my_sheet.typ")
_TITLE: Final = (
    "What I wanted, what happened"  # of the document, seen in tabs and lists: nothing of the person
)
_NO_VERDICT: Final = "Numbers can go up and down for many reasons. They are not marks."
_KEPT_BACK: Final = (
    "If anything was told about keeping you safe, it is not on this sheet, because somebody else could read it. "
    "Ask your link worker: they show you."
)
_PICTURE: Final = (
    "A line for each question, from its lowest to its highest number, with a mark for each answer. The list of "
    "answers tells the same numbers."
)

Section = tuple[str, tuple[str, ...]]  # a heading and its paragraphs


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that the sheet says; `picture` is SVG, empty where nothing was asked."""

    title: str
    name: str
    about: str
    before: tuple[Section, ...]
    picture: str
    picture_says: str
    after: tuple[Section, ...]


def sheet_pdf(
    page: MyPage, picture: bytes | None, *, written_at: datetime, help_phone: str | None = None
) -> bytes:
    """Return the sheet as a PDF/UA file in large print, the same bytes for the same page, picture (SVG) and time."""
    sheet = Sheet(
        title=_TITLE,
        name=page.name,
        about=f"{page.team}. Our reference: {page.reference}.",
        before=tuple(_kept((*wanted(page, help_phone), answered(page)))),
        picture=picture.decode() if picture else "",
        picture_says=_PICTURE,
        after=tuple(_kept(happened(page))),
    )
    return typeset(sheet, written_at=written_at, template=TEMPLATE)


def _kept(sections: Iterable[Section]) -> Iterable[Section]:
    return ((heading, told) for heading, told in sections if told)


def wanted(page: MyPage, help_phone: str | None = None) -> Iterable[Section]:
    """Return what the sheet begins with; a section may be empty."""
    yield "What happens next", (page.next, *page.coming)
    yield "How to reach us", tuple(_ring(page, help_phone))
    needs = f"You were referred for help with: {', '.join(page.needs)}." if page.needs else ""
    own = (page.goal, *_goals(page), *page.other_goals) if page.goal else page.other_goals
    yield "What I wanted", own or (needs or "This is not written down yet.", *_goals(page))


def answered(page: MyPage) -> Section:
    """Return all answers in words, which the picture stands behind; empty where nothing was asked."""
    asked = tuple(_answers(page.answers))
    return "My answers", (*asked, _NO_VERDICT) if asked else ()


def happened(page: MyPage) -> Iterable[Section]:
    """Return what stands below the picture; a section may be empty."""
    said = (f"{_day(each.on)}: {each.question} “{each.words}”" for each in page.said)
    yield "In my own words", tuple(said)
    yield "Who helped", (*map(_helper, page.helpers), _worker(page))
    good = (
        f"{_day(each.on)}: {each.what}{f'. {each.words}' if each.words else ''}" for each in page.milestones
    )
    yield "Good things on the way", tuple(good)
    yield "What was told about me", tuple(_told(page))
    looked = (f"{each.who}: {', '.join(map(_day, each.days[:12]))}" for each in page.looked)
    yield "Who looked at my record", tuple(looked)
    yield (
        "Is something not right?",
        ("Tell your link worker. What was written stays, and what you say is kept beside it.",),
    )


def _ring(page: MyPage, help_phone: str | None) -> Iterable[str]:
    """The same numbers as on the screen: whoever reads paper may have nothing else."""
    if page.team_phone:
        yield f"Ring {page.team}: {page.team_phone}."
    if help_phone and help_phone != page.team_phone:
        yield f"{'Questions? Ring' if page.team_phone else 'Ring'} us on {help_phone}."


def _answers(asked: Iterable[Asked]) -> Iterable[str]:
    return (f"{each.question} {each.sentence} {each.direction}" for each in asked)


def _goals(page: MyPage) -> Iterable[str]:
    """The goal's own words stand above its numbers."""
    own = (each for each in page.goals if each.question == page.goal)
    others = (each for each in page.goals if each.question != page.goal)
    return (*(f"{each.sentence} {each.direction}" for each in own), *_answers(others))


def _helper(each: Helper) -> str:
    began = f" Help began on {_day(each.began_on)}." if each.began_on else ""
    ended = f" It ended on {_day(each.ended_on)}." if each.ended_on else ""
    came = f" You {each.attended}." if each.attended else ""
    return (
        f"{each.service}, {each.provider}. {each.words} Asked on {_day(each.asked_on)}.{began}{ended}{came}"
    )


def _worker(page: MyPage) -> str:
    if page.link_worker:
        return f"Your link worker is {page.link_worker}, {page.team}."
    return f"{page.team} looks after you."


def _told(page: MyPage) -> Iterable[str]:
    if page.told_to is None:
        yield "Nobody outside was told how this went."
    else:
        yield f"{page.asked_by} asked us to help you. This is what we told them."
        yield from (f"{_day(each.on)}: {each.words}" for each in page.news)
        if not page.news:
            yield "Nothing was told so far."
    if page.ended:
        yield from filter(None, (page.ended.words, page.ended.summary, page.ended.actions))
        yield _KEPT_BACK


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
