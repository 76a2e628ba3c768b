"""Invents what became of a referral in the year before: who said no, the wait, the help, and how it was afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from math import floor
from random import Random
from uuid import UUID

from app.demo import directory, place
from app.demo.past_people import Somebody
from app.demo.year import numbers, pick
from app.domain.referral import Service
from app.domain.vocabulary import OutcomeState
from app.store.history import PastDecline, PastEpisode

NO_SERVICE = "no-suitable-service"
NEVER_BEGAN = frozenset({"could-not-contact", "person-declined", NO_SERVICE})
_COMPLETED = ""
_LONELINESS = ("companionship", "left-out", "isolated")
_Measure = tuple[str, str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for help."""

    id: UUID
    requester_id: UUID
    need: str
    received_at: datetime


def happen(dice: Random, who: Somebody, asked: Asked) -> PastEpisode:
    """Return the whole of what became of a request."""
    offers = [each for each in _helping(asked.need) if _suits(each, who)]
    end = _draw_end(dice, who) if offers else NO_SERVICE
    begun = PastEpisode(
        requester_id=asked.requester_id,
        team_id=directory.identity(place.TEAM),
        service_id=None,
        provider_id=None,
        need=asked.need,
        received_at=asked.received_at,
        waited=None,
        outcome=OutcomeState.NOT_KNOWN,
        end_reason=end or None,
        goal=None,
        measures=(),
        id=asked.id,
        lasted=timedelta(days=dice.randrange(10, 45)),
    )
    if end == NO_SERVICE:
        return replace(begun, contacts=(True,), declined=_refused(dice, who, asked, offers))
    service = dice.choice(offers)
    placed = replace(begun, service_id=service.id, provider_id=service.provider_id)
    others = [each for each in offers if each != service]
    placed = replace(placed, declined=_refused(dice, who, asked, others))
    if end in NEVER_BEGAN:
        return replace(placed, contacts=(False,) * 3 if end == "could-not-contact" else (True,))
    return _help(dice, who, placed, service)


def _help(dice: Random, who: Somebody, placed: PastEpisode, service: Service) -> PastEpisode:
    told = numbers()["sessions"]
    count = dice.randint(told["fewest"], told["most"])
    if placed.end_reason:
        count = min(count, dice.randint(1, 3))
    sessions = tuple(dice.random() >= told["missed"] for _ in range(count))
    calls = tuple(dice.random() >= told["missed"] for _ in range(1 + count // 3))
    helped = replace(
        placed,
        waited=_draw_wait(dice, who, service),
        lasted=timedelta(weeks=count),
        sessions=sessions,
        contacts=(*calls, True)[: 1 + count],
    )
    if placed.end_reason:
        gone = placed.end_reason == "did-not-engage"
        state = OutcomeState.DID_NOT_ENGAGE if gone else OutcomeState.NOT_KNOWN
        known = dice.random() < numbers()["measured"]["before_if_ended_early"]
        return replace(helped, outcome=state, measures=_measures(dice, placed.need)[:2] if known else ())
    return _helped_to_the_end(dice, helped)


def _helped_to_the_end(dice: Random, helped: PastEpisode) -> PastEpisode:
    told = numbers()["measured"]
    before = dice.randrange(2, 6)
    change = _change(dice, helped.need, "goal")
    state = (
        OutcomeState.BETTER if change > 0 else OutcomeState.WORSE if change < 0 else OutcomeState.NO_CHANGE
    )
    known = dice.random() >= told["outcome_not_known"]
    measures = _measures(dice, helped.need)
    taken = 0 if dice.random() >= told["before"] else 4 if dice.random() < told["after_if_before"] else 2
    return replace(
        helped,
        outcome=state if known else OutcomeState.NOT_KNOWN,
        goal=(before, within(before + change, 0, 10)) if known and dice.random() < told["goal"] else None,
        measures=measures[:taken],
    )


def _measures(dice: Random, need: str) -> tuple[_Measure, ...]:
    """Two measures before, then the same two after; where people begin leaves room for how they change."""
    first = {code: dice.randrange(3, 7) for code in ("life-satisfaction", "worthwhile", "happy")}
    first["anxious"] = dice.randrange(4, 8)
    then = {code: within(score + _change(dice, need, code), 0, 10) for code, score in first.items()}
    low = 6 if effect(need, "loneliness") < 0 else 5
    lonely = dice.randrange(low, low + 3)
    less = within(lonely + _change(dice, need, "loneliness"), 3, 9)
    return (
        ("ons4", "before", first),
        ("ucla3", "before", three(lonely)),
        ("ons4", "after", then),
        ("ucla3", "after", three(less)),
    )


def effect(need: str, scale: str) -> float:
    """Return the mean change that is true by design, in points of the scale."""
    told = numbers()["effects"]
    return float(told["of"][need][told["scales"].index(scale)])


def _change(dice: Random, need: str, scale: str) -> int:
    """A whole number whose mean is the effect itself: what is cut off is as likely as not given back."""
    return floor(dice.gauss(effect(need, scale), numbers()["effects"]["spread"]) + dice.random())


def within(score: int, low: int, high: int) -> int:
    """Return a score, or the end of its scale."""
    return min(high, max(low, score))


def three(total: int) -> dict[str, int]:
    """Return three answers of the loneliness scale that add up to a total of 3 to 9."""
    return {code: (total + place) // 3 for place, code in enumerate(_LONELINESS)}


def _draw_end(dice: Random, who: Somebody) -> str:
    ends = dict(numbers()["ends"])
    young = numbers()["young"]
    if who.age < young["under"]:
        ends["did-not-engage"] = young["did-not-engage"]
    return pick(dice, {**ends, _COMPLETED: 1 - sum(ends.values())})


def _draw_wait(dice: Random, who: Somebody, service: Service) -> timedelta:
    told = numbers()["waits"]
    mean = told[_kinds()[service.provider_id]] * (told["most_deprived"] if who.lives_most_deprived else 1)
    days = round(dice.gammavariate(told["shape"], mean / told["shape"]))
    return timedelta(days=within(days, 1, told["longest"]))


def _refused(dice: Random, who: Somebody, asked: Asked, others: Sequence[Service]) -> tuple[PastDecline, ...]:
    """Who was asked before: one may have said no, and one nothing (by dice of its own, so that the rest stays)."""
    return (*_said_no(dice, who, others), *_said_nothing(Random(str(asked.id)), others))


def _said_nothing(dice: Random, others: Sequence[Service]) -> tuple[PastDecline, ...]:
    if not others or dice.random() >= numbers()["declines"]["unanswered"]:
        return ()
    service = dice.choice(others)
    return (PastDecline(service.id, service.provider_id, None),)


def _said_no(dice: Random, who: Somebody, others: Sequence[Service]) -> tuple[PastDecline, ...]:
    told = numbers()["declines"]
    share = told["most_deprived"] if who.lives_most_deprived else told["share"]
    if not others or dice.random() >= share:
        return ()
    service = dice.choice(others)
    return (PastDecline(service.id, service.provider_id, pick(dice, told["reasons"])),)


def _suits(service: Service, who: Somebody) -> bool:
    old_enough = (service.min_age or 0) <= who.age <= (service.max_age or 200)
    there = not service.areas or who.district in service.areas
    return old_enough and there and (not service.genders or who.gender in service.genders)


@cache
def _helping(need: str) -> tuple[Service, ...]:
    """The services for a need; for something else, whichever helps people to meet."""
    known = directory.services(date(2026, 1, 1))  # the day tells only when they were confirmed
    asked = "social-connection" if need == "other" else need
    return tuple(each for each in known if asked in each.needs)


@cache
def _kinds() -> Mapping[UUID, str]:
    return {directory.identity(told["name"]): directory.provider_kind(told) for told in directory.groups()}
