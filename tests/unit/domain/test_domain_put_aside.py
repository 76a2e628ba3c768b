"""What was put right of a person: no message brings it back by repeating what stood before; what is news is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.domain.referral import PersonDetails
from app.domain.their_details import plain_phone, without_put_aside

OLD, NEW = "07700 900461", "07700 900555"
NOW = PersonDetails(
    nhs_number="9999999999",
    family="Bell",
    given=("Ada",),
    birth_date=date(1951, 3, 27),
    phones=(NEW,),
    email="ada@example.org",
    address_lines=("4 Teasel Way",),
    postcode="N16 8QQ",
    language="en",
)
BEFORE = {
    "family": "Belle",
    "given": "Ada",
    "phones": OLD,
    "email": "old@example.org",
    "address": "17 Cardamom Row",
    "postcode": "E8 1EA",
    "language": "so",
}
REPEATED = replace(
    NOW,
    family="Belle",
    phones=(OLD,),
    email="old@example.org",
    address_lines=("17 Cardamom Row",),
    postcode="E8 1EA",
    language="so",
)


def test_all_that_was_put_right_is_left_out_of_a_message_that_repeats_it() -> None:
    told, parts = without_put_aside(REPEATED, NOW, [BEFORE])
    assert parts == ("name", "phone", "email", "address", "language")
    assert (told.family, told.given, told.phones, told.email) == (None, (), (), None)
    assert (told.address_lines, told.postcode, told.language) == ((), None, None)
    assert told.birth_date == NOW.birth_date


@pytest.mark.parametrize(
    "repeated",
    ["+44 7700 900461", "0044 (0)7700 900461", "+44 (0) 7700-900461", "07700900461"],
)
def test_a_number_is_the_same_however_it_is_written(repeated: str) -> None:
    told, parts = without_put_aside(replace(NOW, phones=(repeated, NEW)), NOW, [BEFORE])
    assert (told.phones, parts) == ((NEW,), ("phone",))
    assert plain_phone(repeated) == "07700900461"


def test_letters_and_spaces_make_no_other_address() -> None:
    told, parts = without_put_aside(
        replace(NOW, address_lines=("17  CARDAMOM Row,",), postcode="e81ea"), NOW, [BEFORE]
    )
    assert (told.address_lines, told.postcode, parts) == ((), None, ("address",))


def test_what_is_news_is_taken() -> None:
    news = replace(NOW, family="Hill", phones=("07700 900777",), email="new@example.org", language="cy")
    assert without_put_aside(news, NOW, [BEFORE]) == (news, ())


def test_what_was_put_back_stands_and_a_message_that_says_it_is_right() -> None:
    """First put right to something else, then back again: both stand among what was put aside."""
    other = {**BEFORE, "family": "Bell", "phones": NEW, "email": NOW.email or "", "language": "en"}
    assert without_put_aside(NOW, NOW, [other, BEFORE]) == (NOW, ())
    told, parts = without_put_aside(replace(NOW, phones=(OLD, NEW)), NOW, [other, BEFORE])
    assert (told.phones, parts) == ((NEW,), ("phone",))


def test_what_was_empty_before_takes_nothing_out_of_a_message() -> None:
    nothing = dict.fromkeys(BEFORE, "")
    told = PersonDetails(family="Hill", birth_date=NOW.birth_date)
    assert without_put_aside(told, NOW, [nothing]) == (told, ())
