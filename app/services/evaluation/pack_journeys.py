"""How it went, as an evaluation counts it: where each referral stands, how long people waited, how help ended."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from app.domain.lifecycle import PlacementStatus
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, OUTCOME_WORDS, OutcomeState
from app.services.evaluation.pack_cases import TO_US, Case, Gathered
from app.services.evaluation.pack_figures import Sight, Spec

JOURNEY: Final = "journey"
OUTCOME: Final = "outcome"
ENDED: Final = (PlacementStatus.COMPLETED, PlacementStatus.ENDED_EARLY)
_STANDING: Final[Mapping[str, str]] = {
    "to-answer": "Waiting for our answer",
    "to-start": "We said yes; help has not begun",
    "with-us": "With us now",
    "completed": "Help came to its end",
    "ended-early": "Ended early",
    "declined": "We said no",
    "not-answered": "We did not answer in time",
    "taken-back": "Taken back, or taken up elsewhere",
}
_STANDS: Final[Mapping[str, str]] = {
    PlacementStatus.OFFERED: "to-answer",
    PlacementStatus.OPENED: "to-answer",
    PlacementStatus.INFORMATION_REQUESTED: "to-answer",
    PlacementStatus.ACCEPTED: "to-start",
    PlacementStatus.WAITLISTED: "to-start",
    PlacementStatus.STARTED: "with-us",
    PlacementStatus.PAUSED: "with-us",
    PlacementStatus.COMPLETED: "completed",
    PlacementStatus.ENDED_EARLY: "ended-early",
    PlacementStatus.DECLINED: "declined",
    PlacementStatus.EXPIRED: "not-answered",
    PlacementStatus.WITHDRAWN: "taken-back",
}
_WAITS: Final[Mapping[str, str]] = {
    "under-1": "Less than 1 week",
    "1": "1 week",
    "2-3": "2 to 3 weeks",
    "4-7": "4 to 7 weeks",
    "8-12": "8 to 12 weeks",
    "13+": "13 weeks or more",
}
_FULL_WEEKS: Final = (1, 2, 4, 8, 13)  # from so many full weeks on, the next line
_SESSIONS: Final[Mapping[str, str]] = {
    "0": "None",
    "1": "1",
    "2-3": "2 to 3",
    "4-5": "4 to 5",
    "6-11": "6 to 11",
    "12+": "12 or more",
    "no-register": "No register was kept",
}
_TIMES: Final = (1, 2, 4, 6, 12)
_OTHER: Final = "other"


def journeys(gathered: Gathered) -> Sequence[Spec]:
    """Return the figures of how it went and of how things were at the end."""
    return [
        _standing(gathered),
        _wait(gathered),
        wait_from_referral(gathered),
        _sessions(gathered),
        ended_early(gathered, [case for case in gathered.cases if stands(case) == "ended-early"]),
        _declined(gathered),
        outcome(gathered, [case for case in gathered.cases if case.came.status in ENDED]),
    ]


def stands(case: Case) -> str:
    """Return where somebody's referral stands, as a code of the figure."""
    return _STANDS[case.came.status]


def _standing(gathered: Gathered) -> Spec:
    return Spec(
        key="standing",
        section=JOURNEY,
        title="Where referrals stand",
        definition=f"{_referred(gathered)}, by where their referral stands today.",
        words=_STANDING,
        codes=lambda case: [stands(case)],
        of=gathered.cases,
        sight=Sight.EVERYBODY,
    )


def _wait(gathered: Gathered) -> Spec:
    title, since = "How long people waited for us", "we were asked"
    return _waits("wait", title, since, gathered, lambda case: case.came.offered_on)


def wait_from_referral(gathered: Gathered) -> Spec:
    """Return how long people waited from the day somebody asked for them to the day help began."""
    title, since = "How long people waited in all", "somebody asked for help for them"
    return _waits("wait-from-referral", title, since, gathered, lambda case: case.came.received_on)


def _waits(key: str, title: str, since: str, gathered: Gathered, begins: Callable[[Case], date]) -> Spec:
    return Spec(
        key=key,
        section=JOURNEY,
        title=title,
        definition=f"{_came(gathered)}, by full weeks from the day {since} to the day help began.",
        words=_WAITS,
        codes=lambda case: [_waited(begins(case), case)],
        of=gathered.helped,
        sight=Sight.EVERYBODY,
    )


def _waited(since: date, case: Case) -> str:
    days = ((case.came.started_on or since) - since).days
    return list(_WAITS)[bisect_right(_FULL_WEEKS, days // 7)]


def _sessions(gathered: Gathered) -> Spec:
    def code_of(case: Case) -> list[str]:
        if case.attended is None:
            return ["no-register"]
        return [list(_SESSIONS)[bisect_right(_TIMES, case.attended.came)]]

    return Spec(
        key="sessions",
        section=JOURNEY,
        title="How often people came",
        definition=f"{_came(gathered)}, by how many sessions they came to, as our registers say.",
        words=_SESSIONS,
        codes=code_of,
        of=gathered.helped,
        sight=Sight.EVERYBODY,
    )


def ended_early(gathered: Gathered, cases: Sequence[Case]) -> Spec:
    """Return why help ended early, of those for whom it did."""
    return Spec(
        key="ended-early",
        section=JOURNEY,
        title="Reasons noted where help ended early",
        definition=f"{_referred(gathered)} whose help ended early, by the reason that was noted.",
        words=END_REASONS,
        codes=lambda case: [_known(case.came.reason, END_REASONS, _OTHER)],
        of=cases,
        sight=Sight.EVERYBODY,
        within=("standing", "ended-early"),
        drops_nobody=True,
    )


def _declined(gathered: Gathered) -> Spec:
    return Spec(
        key="declined",
        section=JOURNEY,
        title="Reasons noted where we said no",
        definition=f"{_referred(gathered)} to whom we said no, by the reason that was noted.",
        words=DECLINE_REASONS,
        codes=lambda case: [_known(case.came.reason, DECLINE_REASONS, "99")],
        of=[case for case in gathered.cases if stands(case) == "declined"],
        sight=Sight.EVERYBODY,
        within=("standing", "declined"),
        drops_nobody=True,
    )


def outcome(gathered: Gathered, cases: Sequence[Case]) -> Spec:
    """Return how things were at the end, of those whose time has ended."""

    def code_of(case: Case) -> list[str]:
        return [str(case.outcome.state if case.outcome else OutcomeState.NOT_KNOWN)]

    ended = "time with us" if gathered.whose == TO_US else "referral"
    return Spec(
        key="outcome",
        section=OUTCOME,
        title="How things were at the end",
        definition=f"{_referred(gathered)} whose {ended} has ended, by what was noted of them at the end. "
        "Nobody is left out: where nothing was noted it is not known.",
        words={str(state): words for state, words in OUTCOME_WORDS.items()},
        codes=code_of,
        of=cases,
        sight=Sight.EVERYBODY,
        adds=("standing", ("completed", "ended-early")),
        notes=("It says how things were. It does not say why.",),
    )


def _referred(gathered: Gathered) -> str:
    return f"People {gathered.whose} in this period"


def _came(gathered: Gathered) -> str:
    return f"People for whom help began, of those {gathered.whose} in this period"


def _known(code: str | None, words: Mapping[str, str], other: str) -> str:
    return code if code and code in words else other
