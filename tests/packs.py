"""A pack made by hand, every number of it invented: withheld cells, an interval with nought in it, a story."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from app.domain.pack import APART, APART_WORDS, Change, Figure, Filters, Interval, Line, Number, Pack, Story

SINCE, UNTIL = date(2025, 10, 1), date(2026, 9, 30)


def _figure(section: str, key: str, title: str, *lines: tuple[str, str, int | None]) -> Figure:
    shown = sum(people or 0 for _, _, people in lines)
    told = tuple(
        Line(code, words, Number(people, None if people is None else 100 * people / shown))
        for code, words, people in lines
    )
    return Figure(key, section, title, f"Different people, {title.lower()}.", told, Number(shown, 100.0))


AREAS = _figure(
    "reach",
    "by-area",
    "People by area",
    ("hackney-central", "Hackney Central", 60),
    ("dalston", "Dalston", 45),
    ("=shoreditch", "=Shoreditch & Hoxton", 25),
    ("clapton", "Clapton", None),
    ("not-known", "Not known", 0),
)
AREAS = replace(
    AREAS, lines=(replace(AREAS.lines[0], area_percent=41.4), *AREAS.lines[1:]), notes=("Wards of 2022.",)
)
AGES = _figure(
    "reach",
    "by-age",
    "People by age",
    ("18-39", "18 to 39", 30),
    ("40-64", "40 to 64", 55),
    ("65+", "65 or over", 50),
)
WAITS = _figure(
    "journey", "weeks", "Weeks until help began", ("0-2", "Up to 2 weeks", 75), ("3-6", "3 to 6 weeks", 35)
)
STATES = _figure(
    "outcome",
    "states",
    "How things were for people at the end",
    ("better", "Better", 65),
    ("no-change", "No change", 25),
    ("worse", "Worse", 10),
    ("did-not-engage", "Did not engage", 15),
    ("could-not-reach", "Could not be reached", None),
    ("not-asked", "Not asked", None),
    ("not-known", "Not known", 10),
    (APART, APART_WORDS, 10),
)
METHOD = (
    "Each person counts once: the first answer at the start and the last at the end. Student’s t for pairs."
)
LIFE = Change(
    key="ons4.life_satisfaction",
    measure="ONS4",
    title="Satisfied with life",
    phase="after",
    higher_is_better=True,
    low=0,
    high=10,
    asked=Number(110),
    paired=Number(80, 72.7),
    missing_percent=27.3,
    before=Interval(4.6, 4.2, 5.0),
    after=Interval(6.0, 5.6, 6.5),
    change=Interval(1.4, 1.0, 1.8),
    better=Number(50, 62.5),
    same=Number(20, 25.0),
    worse=Number(10, 12.5),
    method=METHOD,
)
LONELY = replace(
    LIFE,
    key="ucla3.total",
    measure="UCLA-3",
    title="Loneliness",
    phase="follow-up-3",
    higher_is_better=False,
    low=3,
    high=9,
    asked=Number(60),
    paired=Number(None),
    missing_percent=None,
    before=None,
    after=None,
    change=None,
    better=Number(None),
    same=Number(None),
    worse=Number(None),
)
UNSURE = replace(LIFE, key="goal", title="Their own goal", change=Interval(-0.2, -0.6, 0.2))
STORY = Story(
    "I had not left the flat for months.\nNow I go on Tuesdays & I have made <two> friends.",
    "Ruth",
    date(2026, 5, 4),
)
PACK = Pack(
    organisation="Dalston Befrienders",
    made_on=date(2026, 11, 22),
    filters=Filters(SINCE, UNTIL, grant_id=UUID(int=7)),
    filters_in_words=("1 October 2025 to 30 September 2026", "Grant: Warm Rooms"),
    people=Number(135, 100.0),
    referrals=Number(1145),
    figures=(AREAS, AGES, WAITS, STATES),
    changes=(LIFE, LONELY, UNSURE),
    stories=(STORY,),
    methods=(
        ("Who is counted", "People who were offered to us between the two days.\n\nNobody is counted twice."),
        ("What is missing", "27% of the people who could have answered both times did not."),
    ),
    notes=("Periods can be set beside each other; rounding makes that a rough tool.",),
)
EMPTY = replace(PACK, people=Number(0), referrals=Number(0), figures=(), changes=(), stories=())
