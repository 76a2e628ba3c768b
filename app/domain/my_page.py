"""What a person reads of their own referral: what they wanted and what happened, in numbers and in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.domain.measures import About, Library, Measure
from app.domain.my_page_words import HELP_WORDS, STATE_WORDS
from app.domain.outcomes import Phase, Taken
from app.domain.said_in_answers import Said, named_by_them
from app.domain.standing import standing
from app.domain.vocabulary import OutcomeState
from app.domain.wording import AsWritten, in_a_row, worded

START, END = worded("At the start"), worded("At the end")
SO_FAR = worded("When last asked")  # while help goes on nothing is called an end
_ORDER: Final = {Phase.BEFORE: 0, Phase.AFTER: 1, Phase.FOLLOW_UP: 2}


@dataclass(frozen=True, slots=True)
class Point:
    """One answer: when it was given, its number, and the words of the answer where it had words."""

    when: str
    value: float
    words: str = ""
    on: date | None = None

    @property
    def told(self) -> str:
        """The answer as it is read: "Often (3)", or "7"."""
        return AsWritten(f"{self.words} ({self.value:g})") if self.words else f"{self.value:g}"

    @property
    def as_told(self) -> str:
        """The answer with its time: "At the start: 7."."""
        return worded("%(when)s: %(told)s.", when=self.when, told=self.told)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question or sum of questions with its answers in time, on a scale from `low` to `high`."""

    question: str
    low: float
    high: float
    higher_is_better: bool
    points: tuple[Point, ...]
    about: About = About.OTHER
    whole: str = ""  # the questionnaire that it stands in

    @property
    def sentence(self) -> str:
        """What the numbers did, without calling the person better or worse; the last against the first."""
        first, last = self.points[0], self.points[-1]
        if len(self.points) == 1:
            return in_a_row((first.as_told, worded("You were asked once so far.")))
        told = in_a_row(point.as_told for point in self.points)
        if first.value == last.value:
            return in_a_row((told, worded("The last number is the same as the first.")))
        from_start = first.when == START
        if last.value > first.value:
            at_start = worded("The last number is higher than at the start.")
            return in_a_row(
                (told, at_start if from_start else worded("The last number is higher than the first."))
            )
        at_start = worded("The last number is lower than at the start.")
        return in_a_row(
            (told, at_start if from_start else worded("The last number is lower than the first."))
        )

    @property
    def direction(self) -> str:
        """Which end of the scale is the good one."""
        best = self.high if self.higher_is_better else self.low
        return worded(
            "From %(low)s to %(high)s. %(best)s is the best.",
            low=f"{self.low:g}",
            high=f"{self.high:g}",
            best=f"{best:g}",
        )


@dataclass(frozen=True, slots=True)
class Helper:
    """A service that was asked: how it stands, when help began and ended, to how many sessions the person came."""

    service: str
    provider: str
    status: str
    asked_on: date
    began_on: date | None
    ended_on: date | None
    attended: str = ""  # "came to 6 of 8 sessions"

    @property
    def words(self) -> str:
        """How it stands, in a sentence."""
        return HELP_WORDS[self.status]


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended, in the words that whoever asked was told; risks are not among them."""

    state: OutcomeState
    summary: str
    actions: str

    @property
    def words(self) -> str:
        """The state, said to the person."""
        return STATE_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class News:
    """One message about the referral to whoever asked for it."""

    words: str
    on: date
    sent: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """A kind of reader and the days on which they read, the newest first."""

    who: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Something good that happened on the way, with what the person said of it."""

    on: date
    what: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class MyPage:
    """Everything on a person's own page; `told_to` is who asked for them, None when nobody is told anything."""

    name: str
    reference: str
    team: str
    asked_by: str
    asked_on: date
    needs: tuple[str, ...]
    link_worker: str
    goal: str
    goals: tuple[Asked, ...]
    answers: tuple[Asked, ...]
    helpers: tuple[Helper, ...]
    milestones: tuple[Reached, ...]
    ended: Ended | None
    told_to: str | None
    news: tuple[News, ...]
    looked: tuple[Looked, ...]
    next: str
    coming: tuple[str, ...] = ()  # what else is planned: days on which somebody asks how things are
    said: tuple[Said, ...] = ()  # beside the answers, in their own words
    other_goals: tuple[str, ...] = ()  # of their plan, beside `goal`
    team_phone: str | None = None

    @property
    def pictured(self) -> tuple[Asked, ...]:
        """What the picture shows: goals first, then each question, never a sum."""
        return (*self.goals, *(each for each in self.answers if not each.whole))


@dataclass(slots=True)
class _Found:
    measure: Measure
    code: str
    points: dict[tuple[int, int], Point] = field(default_factory=dict)


def asked_of(library: Library, taken: Iterable[Taken], *, end: str = END) -> tuple[Asked, ...]:
    """Return what was asked with its answers in the order of time: each question, and behind it each sum.

    `end` names what was answered after the start: while help goes on, that is not the end.

    What was corrected counts as it stands now (app.domain.standing). Of what came through several doors about one time
    the first counts of the start and the last of later times, as letters tell it. What was left out is not there, nor
    what no file of ours tells the words of.
    """
    found: dict[tuple[str, str], _Found] = {}
    told = tuple(taken)
    for each in standing(told):
        measure = library.find(each.measure, each.version)
        if measure is None or each.skipped:
            continue
        for code, value in library.scores(each).items():
            line = found.setdefault((each.measure, code), _Found(measure, code))
            at = (_ORDER[each.phase], each.months or 0)
            if each.phase is not Phase.BEFORE or at not in line.points:
                line.points[at] = Point(_when(each, end), value, _answer(measure, code, value), each.taken_on)
    named = named_by_them(library, told)
    return tuple(_asked(each, named.get(key)) for key, each in found.items())


def goal_of(goal: str, before: int | None, after: int | None, *, end: str = END) -> tuple[Asked, ...]:
    """Return the person's own goal as it was rated from 0 to 10 at the start and at the end; none where it was not."""
    points = [Point(when, value) for when, value in ((START, before), (end, after)) if value is not None]
    if not points:
        return ()
    return (Asked(goal or worded("What you wanted most"), 0, 10, True, tuple(points), About.GOAL),)


def looked_by(reads: Iterable[tuple[str, date]], words: Mapping[str, str]) -> tuple[Looked, ...]:
    """Return who looked and when, by their kind in the order of `words`; kinds without words are left out."""
    days: dict[str, set[date]] = {}
    for who, day in reads:
        days.setdefault(who, set()).add(day)
    return tuple(
        Looked(said, tuple(sorted(days[who], reverse=True))) for who, said in words.items() if who in days
    )


def alike(asked: Sequence[Asked]) -> Sequence[tuple[tuple[float, float], Sequence[Asked]]]:
    """Return questions grouped by their scale, in their order: what can stand over one axis."""
    groups: dict[tuple[float, float], list[Asked]] = {}
    for each in asked:
        groups.setdefault((each.low, each.high), []).append(each)
    return list(groups.items())


def _asked(found: _Found, named: str | None) -> Asked:
    measure, counted = found.measure, found.measure.counted(found.code)
    low, high = (counted.low, counted.high) if counted else (0, 10)
    is_sum = any(total.code == found.code for total in measure.totals)
    points = tuple(found.points[at] for at in sorted(found.points))
    good = measure.higher_is_better(found.code)
    words: str = AsWritten(named or measure.display(found.code))
    words = worded("All together: %(of)s", of=words) if is_sum else words
    return Asked(words, low, high, good, points, measure.about, measure.name if is_sum else "")


def _answer(measure: Measure, code: str, value: float) -> str:
    item = measure.item(code)
    return next((each.words for each in item.answers if each.value == value), "") if item else ""


def _when(taken: Taken, end: str) -> str:
    if taken.phase is Phase.BEFORE:
        return START
    if taken.phase is Phase.AFTER:
        return end
    months = taken.months or 0
    if not months:
        return worded("Some time after")
    return worded("1 month after") if months == 1 else worded("%(months)s months after", months=months)
