"""NHS numbers, ODS codes and postcodes: a wrong one cannot be made."""

import nhs_number
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.identifiers import NhsNumber, OdsCode, Postcode, outward_of

DIGITS = st.text("0123456789", min_size=10, max_size=10)


def refusal_of(text: str) -> str:
    """The sentence that a wrong number is refused with."""
    with pytest.raises(Invalid) as refused:
        NhsNumber(text)
    return refused.value.problems[0].sentence


REFUSALS = {refusal_of("12345"), refusal_of("1234567890")}  # the same for every number: none can be in them


def is_taken(text: str) -> bool:
    try:
        NhsNumber(text)
    except Invalid:
        return False
    return True


def fits(digits: str) -> bool:
    """By the package's arithmetic; its own `is_valid` also asks Scottish numbers for a date of birth."""
    return nhs_number.calculate_checksum(digits[:9]) == int(digits[9]) and len(set(digits)) > 1


@given(DIGITS)
def test_number_is_taken_exactly_when_the_nhs_number_package_takes_it(digits: str) -> None:
    assert is_taken(digits) == fits(digits)


@given(st.integers(0, 999_999_999))
def test_at_most_one_check_digit_fits_nine_digits_and_the_package_names_the_same(nine: int) -> None:
    start = f"{nine:09}"
    fitting = [digit for digit in "0123456789" if is_taken(start + digit)]
    assert fitting == [digit for digit in "0123456789" if fits(start + digit)]
    assert len(fitting) <= 1


@given(st.text(max_size=12))
def test_anything_else_is_refused_with_a_sentence_that_does_not_repeat_it(text: str) -> None:
    if is_taken(text):
        return
    with pytest.raises(Invalid) as refused:
        NhsNumber(text)
    (problem,) = refused.value.problems
    assert problem.field == "person.nhs_number"
    assert problem.sentence in REFUSALS


@pytest.mark.parametrize("repeated", [digit * 10 for digit in "0123456789"])
def test_repeated_digits_are_refused_though_the_arithmetic_may_hold(repeated: str) -> None:
    assert not is_taken(repeated)


def test_spaces_and_hyphens_of_people_are_forgiven() -> None:
    assert NhsNumber("943 476-5919").value == "9434765919"
    assert NhsNumber("9434765919").spaced() == "943 476 5919"


@pytest.mark.parametrize(
    ("number", "synthetic", "for_tests"),
    [("9434765919", True, True), ("5900000001", False, True), ("4010232137", False, False)],
)
def test_ranges_of_test_patients_are_known(number: str, synthetic: bool, for_tests: bool) -> None:
    made = NhsNumber(number)
    assert (made.is_synthetic, made.is_for_tests) == (synthetic, for_tests)


def test_ods_code_is_kept_in_upper_case() -> None:
    assert OdsCode(" a81001 ").value == "A81001"


@pytest.mark.parametrize("code", ["", "A8", "A-81001", "ABCDEFGHIJK", "Ä81001"])
def test_wrong_ods_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid, match="3 to 10 letters and digits"):
        OdsCode(code)


@pytest.mark.parametrize(
    ("written", "kept", "outward"),
    [("e8 1ea", "E8 1EA", "E8"), ("EC1A1BB", "EC1A 1BB", "EC1A"), ("  w1a   0ax ", "W1A 0AX", "W1A")],
)
def test_postcode_is_kept_as_it_is_written_on_letters(written: str, kept: str, outward: str) -> None:
    assert (Postcode(written).value, Postcode(written).outward) == (kept, outward)


@pytest.mark.parametrize("written", ["", "E8", "12345", "E8 EA1", "E8 1EA E8", "ZZZ9 9ZZ"])
def test_what_is_no_postcode_has_no_outward_code(written: str) -> None:
    with pytest.raises(Invalid):
        Postcode(written)
    assert outward_of(written) is None


def test_missing_postcode_has_no_outward_code() -> None:
    assert outward_of(None) is None
