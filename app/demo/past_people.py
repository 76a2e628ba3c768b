"""Invents who was referred in the year before: their ages, homes and practices, as the borough's numbers have them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from app.demo import directory, place
from app.demo.year import draw_age, homes, numbers, pick
from app.domain.geography import Located
from app.domain.identifiers import check_digit_is_right
from app.domain.referral import PersonDetails

_FAMILY = (
    *(
        "Adeyemi",
        "Barker",
        "Cole",
        "Demir",
        "Evans",
        "Flynn",
        "Green",
        "Hussain",
        "Ito",
        "Jones",
        "Kaya",
        "Lowe",
    ),
    *(
        "Mensah",
        "Novak",
        "Osei",
        "Patel",
        "Quinn",
        "Rahman",
        "Singh",
        "Turner",
        "Umar",
        "Vance",
        "Wood",
        "Yusuf",
    ),
)
_GIVEN = (
    *("Ada", "Bilal", "Carys", "Dilek", "Esme", "Femi", "Grace", "Hamid", "Iris", "Jon", "Kemal", "Lena"),
    *("Moses", "Nadia", "Olive", "Piotr", "Rosa", "Samir", "Tom", "Uma", "Vera", "Will", "Yara", "Zoe"),
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """An invented person; `details` may lack what is true of them here."""

    details: PersonDetails
    age: int  # on the first day of the year
    gender: str
    home: Located
    practice: str  # by its name

    @property
    def district(self) -> str:
        """The postcode's district."""
        return self.home.postcode.split()[0]

    @property
    def lives_most_deprived(self) -> bool:
        """True in the two tenths of areas with most deprivation."""
        return (self.home.imd_decile or 10) <= 2

    @property
    def practice_is_connected(self) -> bool:
        """True when the practice's own system sends: such people are referred by it alone."""
        return self.practice in {each.name for each in place.PRACTICES}


def nhs_numbers(dice: Random, count: int) -> tuple[str, ...]:
    """Return different test NHS numbers of the range that is never issued."""
    stems = dice.sample(range(100_000), count * 5 // 4)  # one stem in eleven has no check digit
    texts = [f"9990{stem:05}{digit}" for stem in stems for digit in range(10)]
    return tuple(text for text in texts if check_digit_is_right(text))[:count]


def draw(dice: Random, nhs_number: str, first_day: date) -> Somebody:
    """Return somebody as the borough's numbers have them, some of whose details nobody has noted."""
    told = numbers()
    age, home = draw_age(dice), _draw_home(dice)
    gender = pick(dice, told["genders"])
    details = PersonDetails(
        nhs_number=nhs_number,
        family=dice.choice(_FAMILY),
        given=(dice.choice(_GIVEN),),
        birth_date=born(first_day, age, days_ago=dice.randrange(1, 340)),
        gender=gender,
        postcode=home.postcode,
        language=dice.choices(("en", "tr", "bn", "so"), (84, 8, 4, 4))[0],
        ethnicity=_draw_ethnicity(dice, home),
    )
    lacks: dict[str, Any] = {name: None for name, share in told["missing"].items() if dice.random() < share}
    practice = dice.choice(_practices_for(home.ward, near=dice.random() < told["registered"]["near"]))
    return Somebody(replace(details, **lacks), age, gender, home, practice)


def born(first_day: date, age: int, *, days_ago: int) -> date:
    """Return the birth date of somebody who turned so old so many days before the first day of the year."""
    birthday = first_day - timedelta(days=days_ago)
    return birthday.replace(year=birthday.year - age, day=min(birthday.day, 28))


def _draw_home(dice: Random) -> Located:
    steeper = numbers()["areas"]["steeper"]
    known = list(homes().values())
    weights = [1 + steeper * (10 - (each.imd_decile or 10)) for each in known]
    return dice.choices(known, weights)[0]


def _draw_ethnicity(dice: Random, home: Located) -> str | None:
    told, reserved = numbers()["ethnicity"], numbers()["reserved"]
    if dice.random() < told["missing"]:
        return None
    found = pick(dice, told[home.ward])
    return "A" if (home.lsoa, found) == (reserved["small_area"], reserved["ethnicity"]) else found


@cache
def _practices_for(ward: str | None, *, near: bool) -> tuple[str, ...]:
    network = numbers()["registered"][ward]
    return tuple(told["name"] for told in directory.practices() if (told["network"] == network) == near)
