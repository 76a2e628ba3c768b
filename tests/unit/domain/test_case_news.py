"""Of what a case's messages say the newest word counts, and protection is only added; the order of arrival does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case_news import PlaceInTime, is_somebody_else, merge_cautions, merge_person
from app.domain.cautions import NONE, Cautions
from app.domain.referral import PersonDetails

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KNOWN = PersonDetails(
    nhs_number="9000000009",
    family="Okonkwo",
    given=("Adaeze",),
    birth_date=date(1951, 3, 4),
    postcode="E8 1EA",
)
_text = st.sampled_from([None, "one", "two", "three"])
_list = st.sampled_from([(), ("one",), ("two",), ("one", "two")])
details = st.builds(PersonDetails, family=_text, given=_list, phones=_list, email=_text, postcode=_text)
cautions = st.builds(
    Cautions,
    do_not_contact=st.booleans(),
    interpreter=st.booleans(),
    safeguarding=_list,
    risks=_list,
    contact_times=_text,
)


def _mark(minutes: int, **values: Any) -> str:
    return PlaceInTime(NOON + timedelta(minutes=minutes), **values).mark


@given(st.lists(details, min_size=1, max_size=4))
def test_every_order_of_arrival_leads_to_the_same_person(told: list[PersonDetails]) -> None:
    found = set()
    for order in permutations(enumerate(told)):
        person, heard = KNOWN, {}
        for number, each in order:
            merged = merge_person(person, each, heard, _mark(number))
            person, heard = merged.value, dict(merged.heard)
        found.add(person)
    assert len(found) == 1


@given(st.lists(cautions, min_size=1, max_size=4))
def test_every_order_of_arrival_leads_to_the_same_cautions(told: list[Cautions]) -> None:
    found = set()
    for order in permutations(enumerate(told)):
        care, heard = NONE, {}
        for number, each in order:
            merged = merge_cautions(care, each, heard, _mark(number))
            care, heard = merged.value, dict(merged.heard)
        found.add(care)
    assert len(found) == 1


def test_what_a_message_leaves_out_stays() -> None:
    merged = merge_person(KNOWN, PersonDetails(phones=("07700 900001",)), {}, _mark(1))
    assert merged.value == replace(KNOWN, phones=("07700 900001",))
    assert merged.changed == ("phone",)


def test_a_caution_is_never_lifted_by_a_message_that_leaves_it_out() -> None:
    known = Cautions(do_not_contact=True, safeguarding=("At risk",))
    assert merge_cautions(known, NONE, {}, _mark(1)).value == known


def test_number_and_birth_date_are_no_part_that_a_message_changes() -> None:
    told = PersonDetails(nhs_number="9000000017", birth_date=date(1960, 1, 1), family="Obi")
    merged = merge_person(KNOWN, told, {}, _mark(1))
    assert (merged.value.nhs_number, merged.value.birth_date) == (KNOWN.nhs_number, KNOWN.birth_date)


@pytest.mark.parametrize(
    ("told", "other"),
    [
        (PersonDetails(nhs_number="9000000009", birth_date=date(1951, 3, 4)), False),
        (PersonDetails(family="Obi"), False),
        (PersonDetails(nhs_number="9000000017"), True),
        (PersonDetails(nhs_number="9000000009", birth_date=date(1951, 4, 3)), True),
    ],
)
def test_another_number_or_birth_date_may_be_somebody_else(told: PersonDetails, other: bool) -> None:
    assert is_somebody_else(KNOWN, told) is other


def test_places_in_time_sort_by_the_clock_whatever_the_zone() -> None:
    later_in_paris = NOON.astimezone(timezone(timedelta(hours=2))) + timedelta(seconds=1)
    assert PlaceInTime(NOON).mark < PlaceInTime(later_in_paris).mark


def test_a_change_follows_the_referral_of_the_same_moment_and_a_later_update_of_the_resource_decides() -> (
    None
):
    assert _mark(0) < _mark(0, is_change=True)
    earlier, later = NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)
    first = _mark(0, updated_at=earlier, is_change=True)
    assert first < _mark(0, updated_at=later, is_change=True)


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize("hours", [-12, 14])
def test_the_first_and_the_last_day_have_a_place_too(year: int, hours: int) -> None:
    month, day, hour = (1, 1, 0) if year == 1 else (12, 31, 23)
    moment = datetime(year, month, day, hour, tzinfo=timezone(timedelta(hours=hours)))
    assert PlaceInTime(moment).mark.startswith(f"{year:04d}")
