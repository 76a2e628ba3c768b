"""What can be dialled or written to, as people type it."""

import pytest

from app.domain.ways_to_reach import is_email, is_phone


@pytest.mark.parametrize(
    "typed",
    ["07700 900000", "(020) 7946 0000", "+44 20 7946 0000", "01632-960000", "0161 496 0000 ext 12", "60000"],
)
def test_a_number_that_can_be_dialled_is_taken_as_it_is_written(typed: str) -> None:
    assert is_phone(typed)


@pytest.mark.parametrize(
    "typed", ["call me", "1234", "ask 07700 900000 for Ada", "07700 900000 07700 900001", "+", "٠٧٧٠٠٩٠٠٠٠٠"]
)
def test_what_cannot_be_dialled_is_no_number(typed: str) -> None:
    assert not is_phone(typed)


def test_an_address_needs_both_its_sides() -> None:
    assert is_email("ada@example.org")
    assert not any(
        is_email(typed) for typed in ("x@", "@example.org", "ada@example", "ada b@example.org", "ada@x.")
    )
