"""Asking whether help has arrived, some days after a yes: once each, and left in peace without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.follow_up import AskBy
from app.domain.place import PlaceRules
from app.domain.wording import worded_all

WAIT_DAYS: Final = 14  # for an answer, or for somebody to ring; then it is left
LINK_DAYS: Final = 30


class CheckInStatus(StrEnum):
    """How far one asking is; from the fourth on nothing more happens by itself."""

    PLANNED = "planned"
    ASKED = "asked"
    TO_CALL = "to-call"
    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    NOT_ASKED = "not-asked"
    STOPPED = "stopped"


class Arrived(StrEnum):
    """What the person says."""

    YES = "yes"
    NOT_YET = "not-yet"
    NO_LONGER = "no-longer"


OPEN: Final = (CheckInStatus.PLANNED, CheckInStatus.ASKED, CheckInStatus.TO_CALL)
# Not before its day, and not once nobody may ask: everything else can be answered, late or anew.
ANSWERABLE: Final = (
    CheckInStatus.ASKED,
    CheckInStatus.TO_CALL,
    CheckInStatus.ANSWERED,
    CheckInStatus.NO_ANSWER,
)
QUESTION: Final = "Has help arrived?"
# To the person themselves, and to whoever reads it about them.
OWN_WORDS: Final[dict[Arrived, str]] = worded_all(
    {
        Arrived.YES: "Yes, it has started",
        Arrived.NOT_YET: "Not yet",
        Arrived.NO_LONGER: "I do not want it any more",
    }
)
ANSWER_WORDS: Final[dict[Arrived, str]] = {
    Arrived.YES: "Yes, help has arrived",
    Arrived.NOT_YET: "No, not yet",
    Arrived.NO_LONGER: "They no longer want it",
}
# Why nobody asks, or asks no more.
STOP_WORDS: Final[dict[str, str]] = {
    "closed": "The referral has ended",
    "died": "The person has died",
    "asked-not-to": "The person asked us to stop asking",
    "contact-refused": "The person asked us not to be in touch",
    "no-consent": "The person took back their agreement",
    "not-safe": "It may not be safe to contact the person",
    "nothing-agreed": "No service that said yes is left",
    "switched-off": "This is switched off here",
}
# answer -> the task that it gives the team: none for a yes
TASKS: Final[dict[Arrived, str]] = {
    Arrived.NOT_YET: "help-not-arrived",
    Arrived.NO_LONGER: "wants-no-help",
}


def planned_days(said_yes_on: date, today: date, rules: PlaceRules) -> Sequence[tuple[int, date]]:
    """Return the days after a yes on which somebody is asked, each with its date; none that has gone by."""
    days = [(each, said_yes_on + timedelta(days=each)) for each in rules.check_in_days]
    return [(each, due_on) for each, due_on in days if due_on >= today]


def after_asking(way: AskBy | None, today: date) -> tuple[CheckInStatus, date | None]:
    """Return what follows when its day has come, and when somebody looks again: sent, the call list, or nothing."""
    if way is None:
        return CheckInStatus.NOT_ASKED, None
    status = CheckInStatus.TO_CALL if way is AskBy.PHONE else CheckInStatus.ASKED
    return status, today + timedelta(days=WAIT_DAYS)


def left(status: CheckInStatus) -> CheckInStatus:
    """Return how an asking ends that nobody answered: they are not asked twice."""
    return CheckInStatus.NO_ANSWER if status is CheckInStatus.ASKED else CheckInStatus.NOT_ASKED
