"""An invented, seeded year of closed referrals: nobody in it ever lived, and it is never sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from app.demo import directory
from app.demo.past_after import follow
from app.demo.past_help import Asked, happen
from app.demo.past_people import Somebody, born, draw, nhs_numbers
from app.demo.year import age_group, homes, moment_in, months, numbers, pick
from app.domain.referral import PersonDetails
from app.store.history import PastPerson
from app.store.session import LONDON

Told = Mapping[str, Any]


def people(now: datetime) -> list[PastPerson]:
    """Return everybody of the year, the planted rare people first; the same for every `now` of one day."""
    told = numbers()
    dice = Random(told["seed"])
    known, year = _numbers(), months(now)
    planted = dict(zip(known, told["planted"], strict=False))
    found = [_plant(dice, number, rare, year) for number, rare in planted.items()]
    left = told["referrals"]
    for number in known[len(planted) :]:
        if left <= 0:
            break
        found.append(_invent(dice, number, year, most=left))
        left -= len(found[-1].episodes)
    today = now.astimezone(LONDON).date()
    return [follow(person, today) for person in found]


def planted_numbers() -> Mapping[str, tuple[str, ...]]:
    """Return the NHS numbers of the planted rare people, by the key of each case in the data."""
    found: dict[str, tuple[str, ...]] = {}
    for number, rare in zip(_numbers(), numbers()["planted"], strict=False):
        found[rare["key"]] = (*found.get(rare["key"], ()), number)
    return found


@cache
def _numbers() -> tuple[str, ...]:
    told = numbers()
    return nhs_numbers(Random(told["seed"]), len(told["planted"]) + told["referrals"])


def _invent(dice: Random, number: str, year: tuple[date, ...], *, most: int) -> PastPerson:
    told, who = numbers(), draw(dice, number, year[0])
    times = dice.choices(range(1, 6), told["again"]["weight"])[0]
    seasons = [told["months"]["weight"][month.month - 1] for month in year]
    begun = sorted(dice.choices(year, seasons, k=min(times, most)))
    asked = [
        Asked(_id(number, at), _requester(dice, who), _need(dice, who), moment_in(dice, month, UTC))
        for at, month in enumerate(begun)
    ]
    share = told["opted_out"]
    return PastPerson(
        who.details,
        dice.random() < share["type_1"],
        tuple(happen(dice, who, each) for each in asked),
        national_opt_out=dice.random() < share["national"],
        withdrew=dice.random() < share["withdrawn"],
        restricted=dice.random() < share["restricted"],
    )


def _plant(dice: Random, number: str, rare: Told, year: tuple[date, ...]) -> PastPerson:
    home = homes()[rare["postcode"]]
    practice = next(told["name"] for told in directory.practices() if told["ods"] == rare["practice"])
    details = PersonDetails(
        nhs_number=number,
        family=rare["family"],
        given=(rare["given"],),
        birth_date=born(year[0], rare["age"], days_ago=20),
        gender=rare["gender"],
        postcode=rare["postcode"],
        language="en",
        ethnicity=rare["ethnicity"],
    )
    who = Somebody(details, rare["age"], rare["gender"], home, practice)
    asked = _asked_of(dice, who, rare["referrals"], year)
    return PastPerson(details, False, tuple(happen(dice, who, each) for each in asked))


def _asked_of(
    dice: Random, who: Somebody, referrals: list[tuple[int, str]], year: tuple[date, ...]
) -> Iterator[Asked]:
    by_month = {month.month: month for month in year}
    number = who.details.nhs_number or ""
    for at, (month, need) in enumerate(referrals):
        moment = moment_in(dice, by_month[month], UTC)
        yield Asked(_id(number, at), directory.identity(who.practice), need, moment)


def _requester(dice: Random, who: Somebody) -> UUID:
    kind = "practice" if who.practice_is_connected else pick(dice, numbers()["sources"])
    return directory.identity(_sources().get(kind, who.practice))


@cache
def _sources() -> Mapping[str, str]:
    return {told["kind"]: told["name"] for told in directory.sources()}


def _need(dice: Random, who: Somebody) -> str:
    group = age_group(who.age)
    return pick(dice, {need: weights[group] for need, weights in numbers()["needs"].items()})


def _id(number: str, at: int) -> UUID:
    return directory.identity(f"referral {at} of {number}")
