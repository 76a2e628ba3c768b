"""What somebody types to find a person, and which names fit it."""

from __future__ import annotations

import pytest

from app.domain.person_search import Sought, likeness, read


@pytest.mark.parametrize("typed", ["9000000009", "900 000 0009", " 900-000-0009 "])
def test_ten_digits_are_an_nhs_number(typed: str) -> None:
    assert read(typed) == Sought(nhs_number="9000000009")


@pytest.mark.parametrize(
    "typed", ["BK-2345678", "bk-2345678", " bk- 2345678", "BK2345678", "bk 2345678", "234 5678"]
)
def test_reference_is_known_however_it_is_typed(typed: str) -> None:
    assert read(typed) == Sought(reference="BK-2345678")


@pytest.mark.parametrize("typed", ["Okonkwo", "abc defg"])
def test_seven_letters_can_be_a_name_or_a_reference_without_its_beginning(typed: str) -> None:
    letters = typed.replace(" ", "").upper()
    assert read(typed) == Sought(names=tuple(typed.lower().split()), perhaps=f"BK-{letters}")


@pytest.mark.parametrize("typed", ["", "   ", "123", "%_*", "'"])
def test_what_can_be_no_name_is_nothing(typed: str) -> None:
    assert read(typed) == Sought()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("okonkwo", ("Adaeze", "Okonkwo")),
        ("Okonkwo Adaeze", ("Adaeze", "Okonkwo")),
        ("Okonko", ("Adaeze", "Okonkwo")),
        ("ada oko", ("Adaeze", "Okonkwo")),
        ("obrien", ("Siân", "O’Brien")),
        ("sian", ("Siân", "O’Brien")),
        ("Łukasz", ("Łukasz", "Nowak")),
        ("lukas", ("Łukasz", "Nowak")),
        ("محمد", ("محمد", "علي")),
        ("lile", ("Lily", "Miah")),
        ("liyl", ("Lily", "Miah")),
        ("kit m", ("Kitty", "Miah")),
        ("m kit", ("Kitty", "Miah")),
        ("malcolm x", ("Malcolm", "X")),
        ("x", ("Malcolm", "X")),
    ],
)
def test_name_is_found_spelt_a_little_otherwise(typed: str, names: tuple[str, ...]) -> None:
    assert likeness(read(typed).names, names) > 0


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("k", ("Kitty", "Miah")),
        ("k m", ("Kitty", "Miah")),
        ("kit k", ("Kitty", "Miah")),
        ("kit a", ("Kitty", "Miah")),
        ("mary", ("Gary", "Lane")),
        ("lale", ("Lily", "Miah")),
        ("liab", ("Lily", "Miah")),
        ("yhew", ("Whey", "Lane")),
    ],
)
def test_one_letter_is_no_name_and_two_slips_are_another(typed: str, names: tuple[str, ...]) -> None:
    assert likeness(read(typed).names, names) == 0


@pytest.mark.parametrize("typed", ["Smith", "Okonkwo Smith", "Jan", "x"])
def test_other_names_do_not_fit(typed: str) -> None:
    assert likeness(read(typed).names, ("Ann", "Okonkwo")) == 0


def test_the_whole_name_fits_better_than_its_beginning_and_that_than_a_slip() -> None:
    fits = [likeness(read(typed).names, ("Okonkwo",)) for typed in ("Okonkwo", "Okonk", "Okunkwo")]
    assert fits == sorted(fits, reverse=True)
    assert len(set(fits)) == 3
