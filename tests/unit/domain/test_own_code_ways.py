"""The six digits of an own link: which ways are open to them, and which links ask for them by their shape."""

from __future__ import annotations

import pytest

from app.domain.cautions import Cautions
from app.domain.message_templates import Channel
from app.domain.own_codes import (
    WHY_NONE,
    CodeBy,
    LinkBy,
    Wish,
    asks_for_digits,
    digits_of,
    open_channels,
    problems,
)
from app.domain.referral import PersonDetails

BOTH = frozenset({Channel.TEXT, Channel.EMAIL})
DETAILS = PersonDetails(family="Okonkwo", given=("Ada",), phones=("07700 900461",), email="ada@example.org")


@pytest.mark.parametrize(
    ("cautions", "wanted", "has_texts", "left"),
    [
        (Cautions(), None, True, BOTH),
        (Cautions(), None, False, {Channel.EMAIL}),
        (Cautions(no_telephone=True), None, True, {Channel.EMAIL}),
        (Cautions(do_not_contact=True), None, True, set()),
        (Cautions(), frozenset({"text"}), True, {Channel.TEXT}),
        (Cautions(), frozenset({"email", "letter"}), True, {Channel.EMAIL}),
        (Cautions(), frozenset(), True, set()),
    ],
)
def test_a_message_goes_only_where_neither_the_record_nor_the_person_says_no(
    cautions: Cautions, wanted: frozenset[str] | None, has_texts: bool, left: set[Channel]
) -> None:
    assert open_channels(DETAILS, cautions, wanted, has_texts=has_texts) == left


@pytest.mark.parametrize(
    ("phones", "email", "left"),
    [
        (("020 7946 0001",), None, set()),
        ((), "ada@example.org", {Channel.EMAIL}),
        (("07700 900461",), "not an address", {Channel.TEXT}),
    ],
)
def test_a_message_needs_somewhere_to_go(
    phones: tuple[str, ...], email: str | None, left: set[Channel]
) -> None:
    details = PersonDetails(family="Okonkwo", given=("Ada",), phones=phones, email=email)
    assert open_channels(details, Cautions(), None, has_texts=True) == left


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(7), None),
        (Wish(7, link_by=LinkBy.EMAIL, code_by=CodeBy.TEXT), None),
        (Wish(7, link_by=LinkBy.EMAIL, code_by=CodeBy.EMAIL), "code"),
        (Wish(7, link_by=LinkBy.TEXT, code_by=CodeBy.TEXT), "code"),
        (Wish(7, code_by=CodeBy.NONE), "why"),
        (Wish(7, code_by=CodeBy.NONE, why_none="because"), "why"),
        *((Wish(7, code_by=CodeBy.NONE, why_none=why), None) for why in WHY_NONE),
    ],
)
def test_digits_never_go_with_the_link_and_are_missing_only_for_a_reason(
    wish: Wish, field: str | None
) -> None:
    assert [each.field for each in problems(wish, BOTH)] == ([field] if field else [])


def test_digits_go_no_way_that_is_not_open() -> None:
    assert [each.field for each in problems(Wish(7, code_by=CodeBy.TEXT), {Channel.EMAIL})] == ["code"]


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("12-34-56", "123456"),
        ("012345", "012345"),
        ("12345", None),
        ("1234567", None),
        ("12345x", None),
        ("１２３４５６", None),
        ("", None),
    ],
)
def test_digits_are_read_as_people_write_them(typed: str, digits: str | None) -> None:
    assert digits_of(typed) == digits


def test_the_shape_alone_tells_which_links_ask_for_digits() -> None:
    assert asks_for_digits("c-" + "x" * 43)
    assert not asks_for_digits("c-" + "x" * 41), "a link without digits may begin so by chance"
    assert not asks_for_digits("x" * 45)
