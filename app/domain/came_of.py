"""What came of somebody's own referrals: honest states all counted, four rates apart, no rank and no single number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from typing import Final

from app.domain.lifecycle import OPEN_REFERRAL, ReferralStatus
from app.domain.pack import Interval
from app.domain.vocabulary import OutcomeState

UNDER_WAY, TAKEN_BACK = "under-way", "taken-back"
STANDS: Final = (*(state.value for state in OutcomeState), UNDER_WAY, TAKEN_BACK)
STAND_WORDS: Final = {
    OutcomeState.BETTER.value: "Better",
    OutcomeState.NO_CHANGE.value: "No change",
    OutcomeState.WORSE.value: "Worse",
    OutcomeState.DID_NOT_ENGAGE.value: "Did not engage",
    OutcomeState.COULD_NOT_REACH.value: "Could not be reached",
    OutcomeState.NOT_ASKED.value: "Not asked",
    OutcomeState.NOT_KNOWN.value: "Not known",
    UNDER_WAY: "Still under way",
    TAKEN_BACK: "Taken back",
}
_BACK: Final = (ReferralStatus.WITHDRAWN, ReferralStatus.ENTERED_IN_ERROR)


@dataclass(frozen=True, slots=True)
class Became:
    """One referral: for which needs, how it stands, and which of the four steps of the loop it has reached.

    `loaded`: from before the platform, which told nobody of its outcome.
    """

    needs: tuple[str, ...]
    status: str
    received_on: date
    answered: bool
    started_on: date | None
    state: OutcomeState | None
    loaded: bool = False

    @property
    def stands(self) -> str:
        """Its honest state, or that there is none yet."""
        if self.status in _BACK:
            return TAKEN_BACK
        if self.status in OPEN_REFERRAL:
            return UNDER_WAY
        return (self.state or OutcomeState.NOT_KNOWN).value

    @property
    def weeks(self) -> float | None:
        """Weeks from the day it came to the day on which help began; None where it has not."""
        return max(0, (self.started_on - self.received_on).days) / 7 if self.started_on else None


@dataclass(frozen=True, slots=True)
class CameLine:
    """The referrals of one need, or all of them. Rates are of `counted`: those that were not taken back.

    What was fed back is of `told_here` alone: those of them whose outcome the platform was to tell.
    """

    need: str
    referrals: int
    stands: dict[str, int]
    counted: int
    answered: int
    started: int
    helped: int
    told_here: int
    fed_back: int
    wait_weeks: float | None  # the middle one: half waited longer

    @property
    def loaded(self) -> int:
        """How many of those that count were loaded from before the platform."""
        return self.counted - self.told_here


@dataclass(frozen=True, slots=True)
class Moved:
    """Paired change on one scale: of how many people both answers are there, and what the numbers did."""

    question: str
    higher_is_better: bool
    low: float
    high: float
    asked: int  # people with either answer
    paired: int
    before: Interval | None = None  # None where too few have both answers, as in a pack
    after: Interval | None = None
    change: Interval | None = None  # of the differences, after less before
    better: int = 0
    same: int = 0
    worse: int = 0


def came_line(need: str, all_of_it: Sequence[Became]) -> CameLine:
    """Count the referrals of one need."""
    stands = Counter(each.stands for each in all_of_it)
    counted = [each for each in all_of_it if each.stands != TAKEN_BACK]
    told_here = [each for each in counted if not each.loaded]
    waits = [each.weeks for each in counted if each.weeks is not None]
    return CameLine(
        need=need,
        referrals=len(all_of_it),
        stands={stand: stands[stand] for stand in STANDS},
        counted=len(counted),
        answered=sum(each.answered for each in counted),
        started=sum(each.started_on is not None for each in counted),
        helped=stands[OutcomeState.BETTER.value],  # a part that has ended well is no end of the referral yet
        told_here=len(told_here),
        fed_back=sum(each.status == ReferralStatus.CLOSED for each in told_here),
        wait_weeks=median(waits) if waits else None,
    )


def by_need(became: Sequence[Became], order: Iterable[str]) -> Sequence[CameLine]:
    """Return a line for each need that somebody was referred for, in the order of the list: no need comes before
    another by its numbers. A referral stands under each of its needs, so that the lines add up to more than all."""
    return [
        came_line(need, of_it) for need in order if (of_it := [each for each in became if need in each.needs])
    ]


def moved(scale: Moved, pairs: Sequence[tuple[float, float]], *, matters: float | None) -> Moved:
    """Return a scale with its pairs counted: a change smaller than one that matters counts as the same."""
    if not pairs:
        return scale
    way = 1 if scale.higher_is_better else -1
    steps = [(after - before) * way for before, after in pairs]
    least = matters or 0
    better = sum(step > 0 and step >= least for step in steps)
    worse = sum(step < 0 and -step >= least for step in steps)
    same = len(pairs) - better - worse
    return replace(scale, paired=len(pairs), better=better, same=same, worse=worse)
