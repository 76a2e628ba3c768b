"""Ranking says why: each check by itself, the order, and nobody preferred by accident."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.referral import Service
from app.domain.routing import STALE_AFTER_DAYS, Match, Wanted, rank
from app.domain.vocabulary import Access, Capacity, Need

TODAY = date(2026, 3, 2)
WANTED = Wanted(
    needs=(Need.SOCIAL_CONNECTION,), outward_code="E8", age=74, gender="female", language="en", access=()
)
PLAIN = Service(
    id=uuid4(),
    provider_id=uuid4(),
    provider_name="Dalston Befrienders",
    name="Lunch club",
    description="",
    needs=(Need.SOCIAL_CONNECTION,),
    areas=(),
    min_age=None,
    max_age=None,
    genders=(),
    languages=("en",),
    access=(),
    capacity=Capacity.OPEN,
    places_left=None,
    answer_days=5,
    verified_on=TODAY,
)


def match(wanted: Wanted = WANTED, **changes: object) -> Match:
    (found,) = rank(wanted, [replace(PLAIN, **changes)], TODAY)
    return found


def test_plain_service_suits_and_says_why() -> None:
    found = match()
    assert found.suitable
    assert found.reasons == (
        "Helps with loneliness and social connection",
        "Covers every area",
        "Has places now",
    )
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"needs": (Need.HOUSING,)}, "Does not offer help with the needs in this referral"),
        ({"areas": ("N1", "N16")}, "Does not cover E8"),
        ({"min_age": 75}, "For people aged 75 and over"),
        ({"max_age": 73}, "For people aged 73 and under"),
        ({"genders": ("male",)}, "For male people only"),
        ({"places_left": 0}, "No places left this week"),
        ({"capacity": Capacity.FULL}, "Is full"),
        ({"capacity": Capacity.PAUSED}, "Has paused new referrals"),
    ],
)
def test_service_is_ruled_out_and_stays_visible_with_the_reason(
    changes: dict[str, object], sentence: str
) -> None:
    found = match(**changes)
    assert not found.suitable
    assert sentence in found.warnings


def test_service_without_a_needed_access_is_ruled_out() -> None:
    found = match(replace(WANTED, access=(Access.STEP_FREE, Access.HEARING_LOOP)), access=(Access.STEP_FREE,))
    assert not found.suitable
    assert "Cannot meet access needs: hearing loop" in found.warnings


@pytest.mark.parametrize(
    ("wanted", "changes", "better_for"),
    [
        (
            {"needs": (Need.SOCIAL_CONNECTION, Need.FOOD)},
            {"needs": (Need.SOCIAL_CONNECTION, Need.FOOD)},
            "food",
        ),
        ({}, {"areas": ("E8",)}, "Covers E8, where the person lives"),
        ({"access": (Access.STEP_FREE,)}, {"access": (Access.STEP_FREE,)}, "Meets the access needs"),
        ({"language": "tr"}, {"languages": ("en", "tr")}, "Speaks the person's language"),
    ],
)
def test_better_fit_has_more_points_than_the_plain_one(
    wanted: dict[str, object], changes: dict[str, object], better_for: str
) -> None:
    asked = replace(WANTED, **wanted)
    better = match(asked, **changes)
    assert better.points > match(asked).points
    assert any(better_for in reason for reason in better.reasons)


@pytest.mark.parametrize(
    ("wanted", "changes", "warning"),
    [
        ({"needs": ()}, {}, "The referral names no coded need: read the reason and judge"),
        (
            {"outward_code": None},
            {"areas": ("E8",)},
            "The person's area is not known: check that it is covered",
        ),
        ({"age": None}, {"min_age": 18}, "The person's age is not known: check eligibility"),
        ({"language": "tr"}, {}, "Does not list the person's language: an interpreter may be needed"),
        ({}, {"verified_on": None}, "Nobody has confirmed this entry for over six months: ring first"),
    ],
)
def test_what_is_not_known_warns_and_does_not_rule_out(
    wanted: dict[str, object], changes: dict[str, object], warning: str
) -> None:
    found = match(replace(WANTED, **wanted), **changes)
    assert found.suitable
    assert warning in found.warnings


@pytest.mark.parametrize(("days", "is_stale"), [(STALE_AFTER_DAYS, False), (STALE_AFTER_DAYS + 1, True)])
def test_entry_goes_stale_after_six_months(days: int, is_stale: bool) -> None:
    found = match(verified_on=TODAY - timedelta(days=days))
    assert any("six months" in warning for warning in found.warnings) == is_stale


def test_waiting_list_suits_and_comes_after_a_free_place() -> None:
    waiting = replace(PLAIN, id=uuid4(), name="A", capacity=Capacity.WAITING_LIST)
    assert [found.service.name for found in rank(WANTED, [waiting, PLAIN], TODAY)] == ["Lunch club", "A"]


@given(st.permutations(range(6)))
def test_order_does_not_depend_on_the_order_of_the_table(order: list[int]) -> None:
    services = [
        replace(PLAIN, id=uuid4(), name=f"Service {number % 4}", areas=("E8",) if number % 2 else ("N1",))
        for number in order
    ]
    found = rank(WANTED, services, TODAY)
    assert [each.suitable for each in found] == [True] * 3 + [False] * 3
    names = [each.service.name for each in found]
    assert names[:3] == sorted(names[:3])
    assert names[3:] == sorted(names[3:])
    assert len(found) == len(services)
