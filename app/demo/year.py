"""The numbers by which the year before the platform is invented, read from the borough's data."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

from app.demo.directory import POSTCODES
from app.domain.geography import Located


@cache
def numbers() -> Mapping[str, Any]:
    """Return `borough/year.toml` as told."""
    return tomllib.loads(POSTCODES.with_name("year.toml").read_text())


@cache
def homes() -> Mapping[str, Located]:
    """Return the borough's postcodes, each with its ward, small area and decile of deprivation."""
    with POSTCODES.open(newline="") as rows:
        return {
            row["pcds"]: Located(
                row["pcds"], ward=row["osward"], lsoa=row["lsoa21"], imd_decile=int(row["imd_decile"])
            )
            for row in csv.DictReader(rows)
        }


def months(now: datetime) -> tuple[date, ...]:
    """Return the first days of the year's twelve months, the last so long ago that all in it has ended."""
    after = now - timedelta(weeks=numbers()["weeks_ago"])
    return tuple(
        date(after.year - 1 + (after.month + n - 1) // 12, (after.month + n - 1) % 12 + 1, 1)
        for n in range(12)
    )


def moment_in(dice: Random, month: date, tzinfo: Any) -> datetime:
    """Return a moment of a weekday's working hours within a month."""
    days = [month + timedelta(days=n) for n in range(28)]
    day = dice.choice([each for each in days if each.weekday() < 5])
    return datetime(day.year, day.month, day.day, dice.randrange(8, 18), dice.randrange(60), tzinfo=tzinfo)


def age_group(age: int) -> int:
    """Return which of the groups of `ages` an age belongs to."""
    starts: list[int] = numbers()["ages"]["starts"]
    return sum(age >= start for start in starts) - 1


def draw_age(dice: Random) -> int:
    """Return an age of somebody referred: any of its group is as likely."""
    told = numbers()["ages"]
    bounds = [*told["starts"], told["oldest"] + 1]
    low, high = dice.choices(list(pairwise(bounds)), told["weight"])[0]
    return dice.randrange(low, high)


def pick(dice: Random, weights: Mapping[str, float]) -> str:
    """Return one of the names, by its weight."""
    return dice.choices(list(weights), list(weights.values()))[0]
