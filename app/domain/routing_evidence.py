"""The soft evidence of the matching: what each thing adds to the order, with its words made only when shown.

The points are few and round on purpose: a person must be able to follow them. They are listed in README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from app.domain import capacity, reaching
from app.domain.areas import covers, miles_between
from app.domain.directory import ServiceSession, is_free
from app.domain.directory_words import (
    LED_BY_WORDS,
    SERVICE_KIND_WORDS,
    LedBy,
    Repeats,
    ServiceKind,
    VenueKind,
    Weekday,
)
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.routing_values import FEWEST_ANSWERS, Candidate, Clue, Wanted
from app.domain.vocabulary import NEED_WORDS, Access, Capacity, Need

STALE_AFTER_DAYS = 183  # six months: an entry that nobody looked at since is shown with a warning
Look = Callable[[Wanted, Candidate, date, PlaceRules], Clue | None]
# (miles, points, words): bands, because an exact distance from several halls tells where somebody lives
_BANDS = (
    (0.5, 15, ("Within half a mile: about 10 minutes on foot",)),
    (1.0, 12, ("Within a mile: about 20 minutes on foot",)),
    (2.0, 8, ("Within 2 miles: about 40 minutes on foot",)),
    (5.0, 3, ("Within 5 miles",)),
)


def _said(sentence: str) -> str:
    return sentence


_FAR: Clue = (-5, _said, ("More than 5 miles away: ask how the person would get there",))


def _need(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    if not wanted.needs:
        return 0, _said, ("The referral names no coded need: read the reason and judge",)
    met = [need for need in wanted.needs if need in candidate.service.needs]
    return (40 * len(met), _helps_with, (met,)) if met else None


def _helps_with(needs: list[str]) -> str:
    return f"Helps with {', '.join(NEED_WORDS[Need(need)].lower() for need in needs)}"


def _area(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    areas = candidate.service.areas
    if not areas:
        return 5, _said, ("Covers every area",)
    if not wanted.place.isdisjoint(areas):
        return 20, _covers, (wanted, areas)
    if not wanted.place:
        return 0, _said, ("The person's area is not known: check that it is covered",)
    if covers(areas, wanted.place) is False:
        return None
    return 0, _said, ("It cannot be told from what is known whether it covers the person's area: ask",)


def _covers(wanted: Wanted, areas: tuple[str, ...]) -> str:
    district = wanted.outward_code if wanted.outward_code in areas else None
    return f"Covers {district or 'the area'}, where the person lives"


def _travel(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    home = None if wanted.hidden else wanted.point
    nearest, remote, away = None, False, False
    for session in candidate.sessions:
        venue = session.venue
        if venue is None:
            away = True
        elif venue.kind is not VenueKind.PHYSICAL:
            remote = True
        else:
            away = True
            if home is not None and venue.point is not None:
                miles = miles_between(home, venue.point)
                nearest = miles if nearest is None else min(nearest, miles)
    if remote and not away:
        return _comes_to(wanted, candidate)
    if nearest is None:
        return None
    for within, points, clue in _BANDS:
        if nearest <= within:
            return points * 2 if wanted.wishes.near else points, _said, clue
    return _FAR


def _comes_to(wanted: Wanted, candidate: Candidate) -> Clue:
    ways = reaching.ways_of(candidate.sessions, candidate.service.name)
    barred = [way for way in ways if way in wanted.unusable]
    if not barred:
        return 8, _no_travel, (ways,)
    left = [way for way in ways if way not in wanted.unusable]
    return (0 if left else -30), _cannot_reach, (barred, left)


def _no_travel(ways: Iterable[reaching.Way]) -> str:
    return f"No travel: it comes to the person, {reaching.words(ways)}"


def _cannot_reach(barred: list[reaching.Way], left: list[reaching.Way]) -> str:
    if left:
        words = reaching.words(barred)
        return f"Do not let it reach the person {words}: ask whether it can be {reaching.words(left)} alone"
    return f"Comes to people {reaching.words(barred)} only, which must not be used for this person"


def _space(_: Wanted, candidate: Candidate, today: date, __: PlaceRules) -> Clue | None:
    service, asked = candidate.service, candidate.outstanding
    if not capacity.takes_people(service, today):
        return None
    weeks, state = service.wait_weeks or 0, service.capacity
    if capacity.is_spoken_for(service, today, asked):
        return 0, _spoken_for, (service, today, asked)
    if state is Capacity.WAITING_LIST:
        return max(5 - weeks, -10), capacity.sentence, (service, today)
    if state is Capacity.FULL:
        return 0, capacity.sentence, (service, today)
    points = 15 if state is Capacity.OPEN else 12
    if weeks:
        return max(points - weeks, 0), _places_after, (service, today, asked)
    return points, capacity.sentence, (service, today, asked)


def _places_after(service: Service, today: date, asked: int) -> str:
    wait = capacity.weeks(service.wait_weeks or 0)
    return f"{capacity.sentence(service, today, asked)}: the first session after about {wait}"


def _spoken_for(service: Service, today: date, asked: int) -> str:
    return f"{capacity.sentence(service, today, asked)}: its places may be gone before it answers"


def _language(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    if wanted.language in candidate.service.languages:
        return 15, _said, ("Speaks the person's language",)
    return -10, _said, ("Does not list the person's language: an interpreter may be needed",)


def _access(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    missing = [need for need in wanted.access if need not in candidate.service.access]
    if not missing:
        return 10, _said, ("Meets the access needs",)
    return -30 * len(missing), _lacks_access, (missing,)


def _lacks_access(missing: list[Access]) -> str:
    words = ", ".join(need.replace("-", " ") for need in missing)
    return f"Does not list what the person needs so that they can come: {words}. Ask what can be arranged"


def _led_by(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    met = [
        who for who in wanted.wishes.led_by if who in candidate.led_by or who in candidate.service.for_whom
    ]
    return (20, _by_and_for, (met,)) if met else None


def _by_and_for(who: list[str]) -> str:
    return f"Run by or for {' and '.join(LED_BY_WORDS[LedBy(each)] for each in who)}, as the person wishes"


def _kind(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    if candidate.service.kind not in wanted.wishes.kinds:
        return None
    return 10, _of_kind, (candidate.service.kind,)


def _of_kind(kind: ServiceKind) -> str:
    return f"{SERVICE_KIND_WORDS[kind]}, as the person wishes"


def _days(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    if not candidate.sessions:
        return None
    fitting = [session for session in candidate.sessions if session.weekday in wanted.wishes.days]
    if not fitting:
        return -10, _meets_on_others, (candidate.sessions,)
    weekly = [session for session in fitting if session.repeats is Repeats.WEEKLY]
    return 10 if weekly else 5, _meets_on, (weekly or fitting, not weekly)


def _days_of(sessions: Iterable[ServiceSession]) -> str:
    days = {session.weekday for session in sessions}
    return " and ".join(day.capitalize() for day in Weekday if day in days)


def _meets_on(sessions: Iterable[ServiceSession], monthly: bool) -> str:
    return f"Meets on {_days_of(sessions)}{', once a month' if monthly else ''}, when the person can come"


def _meets_on_others(sessions: Iterable[ServiceSession]) -> str:
    return f"Meets on {_days_of(sessions)} only: not a day that the person named"


def _free(_: Wanted, candidate: Candidate, __: date, ___: PlaceRules) -> Clue | None:
    cost = candidate.service.listing.cost
    if is_free(cost):
        return 5, _said, ("Is free, as the person wishes",)
    return (-10, costs, (cost,)) if cost else None


def costs(cost: str) -> str:
    """Return what it costs in words."""
    return f"Costs: {cost.rstrip('.')}"


def _answers(_: Wanted, candidate: Candidate, __: date, ___: PlaceRules) -> Clue | None:
    answers = candidate.answers
    if answers is None or answers.offers < FEWEST_ANSWERS:
        return None
    points = 5 if answers.days <= 2 else 2 if answers.days <= 5 else 0
    return points, _usually_answers, (answers.days, answers.offers)


def _usually_answers(days: int, offers: int) -> str:
    when = "on the same day" if days == 0 else "in 1 day" if days == 1 else f"in {days} days"
    return f"Usually answers {when} (of {offers} offers)"


def _silent(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    if candidate.service.id not in wanted.silent:
        return None
    return -15, _said, ("Did not answer when it was asked about this referral",)


def _freshness(_: Wanted, candidate: Candidate, today: date, __: PlaceRules) -> Clue | None:
    seen = candidate.service.verified_on
    if seen is not None and (today - seen).days <= STALE_AFTER_DAYS:
        return None
    since = "yet" if seen is None else "for over six months"
    return -5, _said, (f"Nobody has confirmed this entry {since}: ring first",)


def _nudge(_: Wanted, candidate: Candidate, __: date, rules: PlaceRules) -> Clue | None:
    lately = candidate.offered_lately
    if not rules.nudge_points or lately is None or lately >= rules.nudge_under:
        return None
    return rules.nudge_points, _seldom_asked, (lately, rules.nudge_days)


def _seldom_asked(times: int, days: int) -> str:
    often = "Was not asked" if times == 0 else "Was asked once" if times == 1 else f"Was asked {times} times"
    return f"{often} in the last {days} days: this place moves such services up a little"


def _always(_: Wanted, __: PlaceRules) -> bool:
    return True


Concerns = Callable[[Wanted, PlaceRules], bool]
# What weighs, and whether it can find anything for this person.
LOOKS: tuple[tuple[Look, Concerns], ...] = (
    (_need, _always),
    (_area, _always),
    (_travel, _always),
    (_space, _always),
    (_language, lambda wanted, _: wanted.language not in (None, "en")),
    (_access, lambda wanted, _: bool(wanted.access)),
    (_led_by, lambda wanted, _: bool(wanted.wishes.led_by)),
    (_kind, lambda wanted, _: bool(wanted.wishes.kinds)),
    (_days, lambda wanted, _: bool(wanted.wishes.days)),
    (_free, lambda wanted, _: wanted.wishes.free),
    (_answers, _always),
    (_silent, lambda wanted, _: bool(wanted.silent)),
    (_freshness, _always),
    (_nudge, lambda _, rules: rules.nudge_points > 0),
)


def looks_for(wanted: Wanted, rules: PlaceRules) -> tuple[Look, ...]:
    """Return what can weigh for this person."""
    return tuple(look for look, concerns in LOOKS if concerns(wanted, rules))
