"""Ages, sameness of people, and names as they are shown."""

from datetime import date

import pytest

from app.domain.access import Actor, can_act_as, check_acts_as, system
from app.domain.errors import NotAllowed
from app.domain.likeness import agrees
from app.domain.referral import PersonDetails, age_on
from app.domain.vocabulary import Role


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2025, 2, 28), 24),
        (date(2025, 3, 1), 25),
        (date(2028, 2, 28), 27),
        (date(2028, 2, 29), 28),
        (date(2000, 2, 29), 0),
    ],
)
def test_who_is_born_on_a_leap_day_is_older_from_the_first_of_march_in_common_years(
    day: date, age: int
) -> None:
    assert age_on(day, date(2000, 2, 29)) == age


def test_age_changes_on_the_birthday_and_not_before() -> None:
    born = date(1951, 3, 4)
    assert [age_on(date(2026, 3, day), born) for day in (3, 4, 5)] == [74, 75, 75]


def test_unknown_birth_date_gives_no_age() -> None:
    assert age_on(date(2026, 3, 2), None) is None


KNOWN = PersonDetails(family="O'Neill-Şahin", birth_date=date(1951, 3, 4))


@pytest.mark.parametrize(
    ("family", "birth_date", "same"),
    [
        ("ONEILL ŞAHIN", date(1951, 3, 4), True),
        ("O'Neill-Şahin", date(1951, 4, 3), False),
        ("O'Neill", date(1951, 3, 4), False),
        ("O'Neill-Şahin", None, False),
        (None, date(1951, 3, 4), False),
    ],
)
def test_two_descriptions_agree_by_family_name_and_birth_date(
    family: str | None, birth_date: date | None, same: bool
) -> None:
    assert agrees(KNOWN, PersonDetails(family=family, birth_date=birth_date)) is same


def test_two_descriptions_without_name_are_not_one_person() -> None:
    nameless = PersonDetails(birth_date=date(1951, 3, 4))
    assert not agrees(nameless, nameless)


def test_name_is_shown_whole_or_said_to_be_missing() -> None:
    assert (
        PersonDetails(prefix="Mrs", given=("Ada", "May"), family="Okonkwo").full_name == "Mrs Ada May Okonkwo"
    )
    assert PersonDetails().full_name == "Name not given"


def test_number_is_shown_as_people_read_it_and_a_wrong_one_as_it_came() -> None:
    assert PersonDetails(nhs_number="9434765919").nhs_number_spaced == "943 476 5919"
    assert PersonDetails(nhs_number="94347").nhs_number_spaced == "94347"
    assert PersonDetails().nhs_number_spaced is None


def test_actor_is_labelled_without_a_name() -> None:
    assert system("sweep").label == "process:sweep"
    assert Actor(Role.STEWARD, None).label == "process:unnamed"


def test_role_is_checked() -> None:
    sweeper = system("sweep")
    assert can_act_as(sweeper, Role.PROVIDER, Role.SYSTEM)
    check_acts_as(sweeper, Role.SYSTEM)
    with pytest.raises(NotAllowed):
        check_acts_as(sweeper, Role.PROVIDER, Role.LINK_WORKER)
