"""Whom we ask how it goes after help has ended, on which day, in which way, and when we leave them in peace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.domain.cautions import NONE, Cautions
from app.domain.errors import Invalid
from app.domain.follow_up import (
    AskBy,
    Ended,
    FollowUpStatus,
    Going,
    Reached,
    add_months,
    due_days,
    next_of,
    way_of,
    why_not,
)
from app.domain.place import DEFAULT_RULES
from app.domain.place_numbers import as_data, changed, from_data
from app.domain.referral import PersonDetails
from app.domain.vocabulary import OutcomeState

TODAY = date(2026, 5, 4)
HELPED = Ended(
    helped=True,
    outcome=OutcomeState.BETTER,
    end_reason=None,
    deceased=False,
    consent_withdrawn=False,
    asked_not_to=False,
    cautions=NONE,
)
ADA = PersonDetails(
    family="Okonkwo",
    phones=("020 7946 0000", "07700 900461"),
    email="ada@example.org",
    address_lines=("17 Cardamom Row",),
)


def test_whoever_was_helped_is_asked() -> None:
    assert why_not(HELPED) is None


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"deceased": True}, "died"),
        ({"end_reason": "died"}, "died"),
        ({"asked_not_to": True}, "asked-not-to"),
        ({"consent_withdrawn": True}, "no-consent"),
        ({"cautions": Cautions(do_not_contact=True)}, "not-safe"),
        ({"helped": False}, "no-help"),
        ({"outcome": OutcomeState.DID_NOT_ENGAGE}, "no-help"),
        ({"end_reason": "person-declined"}, "no-help"),
    ],
)
def test_whoever_must_not_be_asked_is_not(told: dict[str, object], reason: str) -> None:
    assert why_not(replace(HELPED, **told)) == reason  # type: ignore[arg-type]


def test_somebody_who_moved_away_after_help_is_asked() -> None:
    assert why_not(replace(HELPED, end_reason="moved-away")) is None


def test_the_days_are_the_same_day_of_the_month_or_the_months_last() -> None:
    assert due_days(date(2026, 11, 30), DEFAULT_RULES) == ((3, date(2027, 2, 28)), (6, date(2027, 5, 30)))
    assert add_months(date(2027, 10, 31), 4) == date(2028, 2, 29)


def test_a_place_chooses_its_months_and_can_switch_them_off() -> None:
    other = changed(DEFAULT_RULES, {"follow_up_months": "12, 1"})
    assert [months for months, _ in due_days(TODAY, other)] == [1, 12]
    assert from_data(as_data(other)) == other
    assert due_days(TODAY, changed(DEFAULT_RULES, {"follow_up_months": "none"})) == ()


@pytest.mark.parametrize("told", ["0", "61", "3;6", "1,2,3,4,5", "three"])
def test_months_that_are_none_are_refused(told: str) -> None:
    with pytest.raises(Invalid) as fault:
        changed(DEFAULT_RULES, {"follow_up_months": told})
    assert [problem.field for problem in fault.value.problems] == ["follow_up_months"]


def test_without_a_wish_a_text_goes_to_the_mobile() -> None:
    assert way_of(Reached(ADA, NONE), has_mail=True) is AskBy.TEXT


@pytest.mark.parametrize(
    ("wish", "way"),
    [
        ("By text please", AskBy.TEXT),
        ("e-mail", AskBy.EMAIL),
        ("A letter", AskBy.LETTER),
        ("ring me", AskBy.PHONE),
    ],
)
def test_a_wish_decides_the_way(wish: str, way: AskBy) -> None:
    assert way_of(Reached(ADA, Cautions(preferred_contact=wish)), has_mail=True) is way


def test_who_wants_no_telephone_is_neither_rung_nor_texted() -> None:
    quiet = Reached(ADA, Cautions(no_telephone=True))
    assert way_of(quiet, has_mail=True) is AskBy.EMAIL
    assert way_of(quiet, has_mail=False) is AskBy.LETTER


def test_nobody_is_asked_where_contact_is_a_danger() -> None:
    assert way_of(Reached(ADA, Cautions(do_not_contact=True)), has_mail=True) is None


@pytest.mark.parametrize(
    "care",
    [
        Cautions(safeguarding=("A concern",)),
        Cautions(risks=("Lives with somebody violent",)),
        Cautions(interpreter=True),
        Cautions(sensitive=True),
    ],
)
def test_where_a_message_could_harm_a_person_decides(care: Cautions) -> None:
    assert way_of(Reached(ADA, care), has_mail=True) is AskBy.PHONE


def test_secret_whereabouts_and_another_language_are_for_a_person_too() -> None:
    assert way_of(Reached(ADA, NONE, restricted=True), has_mail=True) is AskBy.PHONE
    assert way_of(Reached(replace(ADA, language="so"), NONE), has_mail=True) is AskBy.PHONE


def test_who_cannot_open_a_link_is_sent_none() -> None:
    assert way_of(Reached(ADA, NONE, may_have_link=False), has_mail=True) is AskBy.LETTER


def test_somebody_is_asked_reminded_once_rung_and_left() -> None:
    going = Going(FollowUpStatus.PLANNED, AskBy.EMAIL, 0, 0)
    asked = next_of(going, TODAY, DEFAULT_RULES, may_ring=True)
    assert (asked.status, asked.send, asked.look_on) == (FollowUpStatus.ASKED, True, date(2026, 5, 18))
    once = replace(going, status=FollowUpStatus.ASKED, asked_times=1)
    assert next_of(once, TODAY, DEFAULT_RULES, may_ring=True).send
    twice = replace(once, asked_times=2)
    assert next_of(twice, TODAY, DEFAULT_RULES, may_ring=True).status is FollowUpStatus.TO_CALL
    rung = replace(twice, status=FollowUpStatus.TO_CALL, way=AskBy.PHONE)
    left = next_of(rung, TODAY, DEFAULT_RULES, may_ring=True)
    assert (left.status, left.look_on) == (FollowUpStatus.COULD_NOT_REACH, None)


def test_who_was_never_tried_counts_as_not_asked_and_not_as_not_reached() -> None:
    for status, way in ((FollowUpStatus.TO_SEND, AskBy.TEXT), (FollowUpStatus.TO_CALL, AskBy.PHONE)):
        untouched = Going(status, way, 0, 0)
        assert next_of(untouched, TODAY, DEFAULT_RULES, may_ring=True).status is FollowUpStatus.NOT_ASKED
    tried = Going(FollowUpStatus.TO_CALL, AskBy.PHONE, 0, 1)
    assert next_of(tried, TODAY, DEFAULT_RULES, may_ring=True).status is FollowUpStatus.COULD_NOT_REACH
    nowhere = Going(FollowUpStatus.PLANNED, None, 0, 0)
    assert next_of(nowhere, TODAY, DEFAULT_RULES, may_ring=False).status is FollowUpStatus.NOT_ASKED
