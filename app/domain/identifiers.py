"""Identifiers that cannot hold a wrong value: NHS number, ODS code, postcode."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.errors import FieldProblem, Invalid

_WRONG = "This NHS number cannot be right: its check digit is wrong."
_ODS = re.compile(r"[A-Z0-9]{3,10}")
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_SYNTHETIC = "9"  # 900 000 0000 to 999 999 9999 is never issued: test patients only
_NOT_ISSUED_BUT_USED_IN_TESTS = "5"  # NHS England's own PDS stubs use 590 0xx xxxx


def check_digit_is_right(number: str) -> bool:
    """Modulus 11 of the NHS Data Dictionary: weights 10 to 2, remainder from 11; 11 is 0 and 10 is never issued."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False))
    check = (11 - total % 11) % 11
    return check == int(number[9])


@dataclass(frozen=True, slots=True)
class NhsNumber:
    """Ten digits with a right check digit; repeated digits pass the arithmetic and are refused all the same."""

    value: str

    def __post_init__(self) -> None:
        digits = re.sub(r"[\s-]", "", self.value)
        object.__setattr__(self, "value", digits)
        if not re.fullmatch(r"[0-9]{10}", digits):
            raise Invalid([FieldProblem("person.nhs_number", "The NHS number must have 10 digits.")])
        if len(set(digits)) == 1 or not check_digit_is_right(digits):
            sentence = (
                "The NHS number's check digit is wrong: look it up again, or send the patient without one."
            )
            raise Invalid([FieldProblem("person.nhs_number", sentence)])

    @property
    def is_synthetic(self) -> bool:
        """True for the range kept for test patients."""
        return self.value.startswith(_SYNTHETIC)

    @property
    def is_for_tests(self) -> bool:
        """True for every range that no real person has."""
        return self.is_synthetic or self.value.startswith(_NOT_ISSUED_BUT_USED_IN_TESTS)

    def spaced(self) -> str:
        """As people read it: 3-3-4."""
        return f"{self.value[:3]} {self.value[3:6]} {self.value[6:]}"


def number_wrong(typed: str) -> str | None:
    """Return why what was typed can be nobody's NHS number, None for one that can, and for none.

    A message's wrong number is taken, since nobody is there to ask; on a page somebody is, and can look it up.
    """
    if not typed.strip():
        return None
    try:
        NhsNumber(typed)
    except Invalid as fault:
        length = "An NHS number has 10 digits." if "10 digits" in fault.sentence else _WRONG
        return f"{length} Look it up again, or leave it empty."
    return None


@dataclass(frozen=True, slots=True)
class OdsCode:
    """An Organisation Data Service code, upper case."""

    value: str

    def __post_init__(self) -> None:
        code = self.value.strip().upper()
        object.__setattr__(self, "value", code)
        if not _ODS.fullmatch(code):
            raise Invalid([FieldProblem("organisation.ods", "An ODS code has 3 to 10 letters and digits.")])


@dataclass(frozen=True, slots=True)
class Postcode:
    """A United Kingdom postcode, upper case with its space."""

    value: str

    def __post_init__(self) -> None:
        found = _POSTCODE.fullmatch(" ".join(self.value.upper().split()))
        if found is None:
            raise Invalid([FieldProblem("person.postcode", "The postcode is not a United Kingdom postcode.")])
        object.__setattr__(self, "value", f"{found[1]} {found[2]}")

    @property
    def outward(self) -> str:
        """The district part, such as E8."""
        return self.value.split(" ", maxsplit=1)[0]


def outward_of(postcode: str | None) -> str | None:
    """Return the outward part of a postcode as people write it, None when there is none to be read."""
    if not postcode:
        return None
    try:
        return Postcode(postcode).outward
    except Invalid:
        return None
