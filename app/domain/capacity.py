"""The dial that a provider turns: what its positions need, what they mean today, and what they say in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.errors import FieldProblem, Invalid
from app.domain.referral import Service
from app.domain.vocabulary import Capacity
from app.domain.wording import in_a_row, worded

# Why a link worker asks a service that takes nobody now; kept with the decision, and no words of anybody's.
OVERRIDE_REASONS: dict[str, str] = {
    "provider-agreed": "The provider told me that they have a place",
    "person-waits": "The person knows, and would like to be asked for all the same",
    "nobody-else": "Nobody else can help with this",
}
LONGEST_WAIT = 104  # weeks
MOST_A_WEEK = 500


@dataclass(frozen=True, slots=True)
class Dial:
    """A position with what belongs to it; anything else is left aside when it is turned."""

    capacity: Capacity
    weekly_limit: int | None = None  # limited: so many a week
    wait_weeks: int | None = None  # how long people wait for the first session; may be not known
    full_until: date | None = None  # full: the first day on which it takes people again; None is not known

    def checked(self, today: date) -> Dial:
        """Return the dial with only what belongs to its position; raises Invalid with every problem."""
        problems = []
        if self.capacity is Capacity.LIMITED and not 1 <= (self.weekly_limit or 0) <= MOST_A_WEEK:
            sentence = worded(
                "Say how many people a week: a whole number from 1 to %(most)s.", most=MOST_A_WEEK
            )
            problems.append(FieldProblem("weekly_limit", sentence))
        if self.wait_weeks is not None and not 0 <= self.wait_weeks <= LONGEST_WAIT:
            problems.append(
                FieldProblem(
                    "wait_weeks", worded("Give the wait in weeks, from 0 to %(most)s.", most=LONGEST_WAIT)
                )
            )
        if self.capacity is Capacity.FULL and self.full_until is not None and self.full_until <= today:
            problems.append(FieldProblem("full_until", worded("Give a day after today, or none.")))
        if problems:
            raise Invalid(problems)
        return Dial(
            self.capacity,
            self.weekly_limit if self.capacity is Capacity.LIMITED else None,
            None if self.capacity in (Capacity.FULL, Capacity.PAUSED) else self.wait_weeks,
            self.full_until if self.capacity is Capacity.FULL else None,
        )


def has_ended(service: Service, today: date) -> bool:
    """Tell whether "full until" has passed: it is open again, though nobody turned the dial back."""
    return (
        service.capacity is Capacity.FULL and service.full_until is not None and service.full_until <= today
    )


def takes_people(service: Service, today: date) -> bool:
    """Tell whether a referral may be sent today: open, on a waiting list, or with a place left of its limit."""
    match service.capacity:
        case Capacity.OPEN | Capacity.LIMITED:
            return service.places_left != 0
        case Capacity.WAITING_LIST:
            return True
        case Capacity.FULL:
            return has_ended(service, today)
        case Capacity.PAUSED:
            return False


def is_paused(service: Service) -> bool:
    """Tell whether it has paused: it is left in peace, whatever is said."""
    return service.capacity is Capacity.PAUSED


def is_full(service: Service, today: date) -> bool:
    """Tell whether it takes nobody today, and may be asked all the same for a reason: a paused one is left in peace."""
    return not is_paused(service) and not takes_people(service, today)


def is_spoken_for(service: Service, today: date, asked: int) -> bool:
    """Tell whether it counts its places, and `asked` offers that wait for its answer could take all that are left."""
    return takes_people(service, today) and 0 < _places_left(service) <= asked


def refusal(service: Service, today: date, asked: int = 0) -> str:
    """Return why a service that takes nobody now, or is spoken for, is not asked, and what can be done."""
    stands = sentence(service, today, asked)
    told = f"{service.name}: {stands[0].lower()}{stands[1:]}, so it was not asked."
    if is_full(service, today) or is_spoken_for(service, today, asked):
        return f"{told} Choose another, or say why you ask it all the same."
    return f"{told} Choose another."


def over_limit(service: Service) -> str:
    """Return what a provider is told that says yes to more people than it said it would take."""
    if not service.weekly_limit:
        return worded(
            "You said that %(service)s has only so many places, and no place is left: this would be one more. Put the "
            "person on the waiting list, or say that you take them all the same.",
            service=service.name,
        )
    return worded(
        "You said that %(service)s takes %(limit)s a week, and no place is left: this would be one more. Put the "
        "person on the waiting list, or say that you take them all the same.",
        service=service.name,
        limit=service.weekly_limit,
    )


def sentence(service: Service, today: date, asked: int = 0) -> str:
    """Return in words how it stands today; `asked` is how many offers wait for its answer, where that is to be told."""
    if asked and _places_left(service):
        stands = [sentence(service, today)]
        if service.capacity is not Capacity.LIMITED:
            stands.append(worded("%(places)s left", places=service.places_left))
        return in_a_row((*stands, worded("%(asked)s asked already", asked=asked)), ", ")
    match service.capacity:
        case Capacity.OPEN | Capacity.LIMITED:
            return _with_places(service)
        case Capacity.WAITING_LIST if service.wait_weeks:
            return worded("Has a waiting list: about %(weeks)s", weeks=weeks(service.wait_weeks))
        case Capacity.WAITING_LIST:
            return worded("Has a waiting list")
        case Capacity.FULL if has_ended(service, today):
            return worded("Was full until now: ask whether it has places again")
        case Capacity.FULL if service.full_until:
            return worded("Is full until %(day)s", day=service.full_until)
        case Capacity.FULL:
            return worded("Is full")
        case Capacity.PAUSED:
            return worded("Has paused new referrals")


def _with_places(service: Service) -> str:
    if service.places_left == 0:
        return worded("No places left this week")
    if service.capacity is Capacity.OPEN:
        return worded("Has places now")
    takes = worded("Takes %(few)s a week", few=service.weekly_limit or worded("a few"))
    if service.places_left is None:
        return takes
    return in_a_row((takes, worded("%(places)s left", places=service.places_left)), ", ")


def _places_left(service: Service) -> int:
    """How many places are left of those that it counts; 0 also where none are counted."""
    counts = service.capacity in (Capacity.OPEN, Capacity.LIMITED)
    return service.places_left or 0 if counts else 0


def monday_of(day_: date) -> date:
    """Return the Monday of a day's week: on it a limited service's places are given back, holiday or not."""
    return day_ - timedelta(days=day_.weekday())


def weeks(number: int) -> str:
    """Return a number of weeks in words."""
    return worded("1 week") if number == 1 else worded("%(number)s weeks", number=number)


def day(date_: date) -> str:
    """Return a day as people write it."""
    return f"{date_.day} {date_:%B %Y}"
