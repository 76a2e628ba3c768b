"""The columns of a cohort's file, and how what people and spreadsheets write in them is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Generic, TypeVar

from app.domain.errors import Invalid
from app.domain.identifiers import NhsNumber, Postcode
from app.domain.sheet import Column, Line, parts
from app.domain.vocabulary import NEED_WORDS, Access

Key = TypeVar("Key")
MOST_ROWS: Final = 2000
MOST_BYTES: Final = 3_000_000
EXAMPLE_FAMILY: Final = "DELETE THIS ROW"
ANOTHER_NUMBER: Final = (
    "The NHS number is another one: correct the wrong one, or refer this person by hand if they are two."
)


class RowStatus(StrEnum):
    """What has become of one row."""

    WRONG = "wrong"
    READY = "ready"
    TAKEN = "taken"
    KNOWN = "known"  # it was taken before, from this file or an earlier one of the same cohort
    REFUSED = "refused"


class CohortStatus(StrEnum):
    """How far a file has come; it ends when no row is ready any more."""

    CHECKED = "checked"
    SENDING = "sending"
    ENDED = "ended"


COLUMNS: Final = (
    Column("family_name", "Last name.", True, EXAMPLE_FAMILY, 100, ("surname", "last_name", "family")),
    Column("first_name", "First name.", True, "Example", 100, ("given_name", "forename", "first")),
    Column("date_of_birth", "Such as 27/3/1951 (day first) or 1951-03-27. Needed where there is no NHS number.",
           example="27/3/1951", also=("dob", "birth_date", "born")),
    Column("nhs_number", "10 digits, with or without spaces.", also=("nhs_no",)),
    Column("number_checked", "yes, if your clinical system has checked the number.", example="no"),
    Column("gender", "female, male or other."),
    Column("phone", "One of phone, email and address is needed.", example="07700 900000", longest=40,
           also=("telephone", "mobile", "phone_number")),
    Column("email", "E-mail address.", also=("e_mail", "email_address")),
    Column("address", "Lines parted by semicolons.", longest=400),
    Column("postcode", "Such as E8 1EA.", example="E8 1EA", longest=10),
    Column("needs", f"One or more of: {', '.join(NEED_WORDS)}; parted by semicolons.", example="social-connection",
           longest=400),
    Column("what_would_help", "In words. This or needs must be filled in.", example="Would like company.",
           longest=4000, also=("words", "reason", "reason_for_referral")),
    Column("why_now", "In words.", longest=4000),
    Column("urgent", "yes or no.", example="no"),
    Column("safeguarding", "A concern, in words.", longest=1000),
    Column("agrees", "yes: also that a service is told about them. ask: to this referral only. Who has not agreed "
           "cannot be referred.", True, "ask", also=("consent",)),
    Column("safe_contact", "danger, no-telephone, no-voice-message, no-letter, not-alone; parted by semicolons."),
    Column("contact_times", "When is a good time?"),
    Column("language", "The language they speak best, as a code such as tr, or in English.", example="en"),
    Column("interpreter", "yes or no.", example="no"),
    Column("communication", "How to talk with them: lip reading, easy read.", longest=500),
    Column("access", f"What they need so that they can come: {', '.join(Access)}; parted by semicolons."),
)  # fmt: skip

_YES, _NO = ("yes", "y", "true", "1"), ("", "no", "n", "false", "0")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHORT = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_SHORTENED = "The spreadsheet has shortened it: format the column as text, and type the number again."
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = "Give a real date with the day first, such as 27/3/1951."


def read_date(line: Line, column: str) -> date | None:
    """Return a date as people write it, the day before the month; None when there is none that can be read."""
    text = line.cells.get(column, "").removesuffix(" 00:00").removesuffix(" 00:00:00")
    if not text:
        return None
    if re.fullmatch(r"[0-9]{4,6}", text):
        line.refuse(column, "The spreadsheet has made a number of the date: format the column as a date.")
        return None
    told = re.split(r"[\s./,-]+", text.lower())
    if len(told) == 3 and not told[1].isdigit() and told[1][:3] in _MONTHS:
        told[1] = str(_MONTHS.index(told[1][:3]) + 1)
    if len(told) == 3 and re.fullmatch(r"[0-9]{2}", told[2]) and len(told[0]) <= 2:
        line.refuse(column, "Give the year with four digits, such as 27/3/1951.")
        return None
    try:
        first, month, last = (int(re.sub(r"(st|nd|rd|th)$", "", each)) for each in told)
        return date(first, month, last) if len(told[0]) == 4 else date(last, month, first)
    except ValueError:
        line.refuse(column, _DATE)
        return None


def read_nhs_number(line: Line, column: str) -> str:
    """Return an NHS number's digits, empty when there is none that can be right."""
    text = re.sub(r"[\s-]", "", line.cells.get(column, "").removesuffix(".0"))
    if not text:
        return ""
    if _SHORT.fullmatch(text):
        line.refuse(column, _SHORTENED)
    elif re.fullmatch(r"[0-9]{7,9}", text):
        sentence = "It has fewer than 10 digits: spreadsheets take noughts away from the front. "
        line.refuse(column, f"{sentence}Format the column as text, and type the number again.")
    else:
        try:
            return NhsNumber(text).value
        except Invalid as fault:
            line.refuse(column, fault.problems[0].sentence)
    return ""


def read_phone(line: Line, column: str) -> str:
    """Return a telephone number, as it was written."""
    text = line.cells.get(column, "")
    digits = sum(sign.isdigit() for sign in text)
    if _SHORT.fullmatch(text):
        line.refuse(column, _SHORTENED)
    elif re.fullmatch(r"[1-9][0-9]{8,9}", text):
        line.refuse(column, "It lacks the nought at the front, which spreadsheets take away: put it back.")
    elif text and not 5 <= digits <= 15:
        line.refuse(column, "Give one telephone number of 5 to 15 digits.")
    return text


def read_email(line: Line, column: str) -> str:
    """Return an e-mail address."""
    text = line.cells.get(column, "")
    if text and not _E_MAIL.fullmatch(text):
        line.refuse(column, "Give an e-mail address such as ada@example.org.")
    return text


def read_postcode(line: Line, column: str) -> str:
    """Return a postcode with its space."""
    text = line.cells.get(column, "")
    try:
        return Postcode(text).value if text else ""
    except Invalid as fault:
        line.refuse(column, f"{fault.problems[0].sentence} Correct it, or leave it out.")
        return ""


def read_yes(line: Line, column: str) -> bool:
    """Return whether it says yes; an empty cell says no."""
    text = line.cells.get(column, "").lower()
    if text not in (*_YES, *_NO):
        line.refuse(column, "Write yes or no.")
    return text in _YES


def read_choices(line: Line, column: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes that a cell lists, each named by its code or in its words."""
    said = {words.lower(): code for code, words in options.items()} | {code: code for code in options}
    found: list[str] = []
    for each in parts(line.cells.get(column, "")):
        code = said.get(each.lower()) or said.get(each.lower().replace(" ", "-"))
        if code is None:
            line.refuse(column, f"Choose from: {', '.join(options)}. Part several with semicolons.")
            return ()
        found.append(str(code))
    return tuple(dict.fromkeys(found))


def read_choice(line: Line, column: str, options: Mapping[str, str]) -> str:
    """Return the one code that a cell names, empty when it names none."""
    text = line.cells.get(column, "").lower()
    if text and text not in options:
        meant = dict.fromkeys(each for each in options.values() if each)
        line.refuse(column, f"Choose from: {', '.join(meant)}.")
        return ""
    return options.get(text, "")


@dataclass(frozen=True, slots=True)
class Known(Generic[Key]):
    """By what a person is known again: the NHS number, the names with the birth date, whichever were given."""

    number: Key | None = None
    names: Key | None = None

    def is_same(self, other: Known[Key]) -> bool:
        """Tell whether it is the same person: one of the two agrees, and no number says otherwise."""
        if self.number is not None and other.number is not None:
            return self.number == other.number
        return self.names is not None and self.names == other.names

    def has_another_number(self, other: Known[Key]) -> bool:
        """Tell whether names and birth date agree and the numbers do not: another person, or a mistake."""
        return not self.is_same(other) and self.names is not None and self.names == other.names


def known_by(nhs_number: str, family: str, given: str, born: date | None) -> Known[str]:
    """Return by what a person is known again in a corrected file; names without a birth date are nobody's alone."""
    parts_told = (family, given.split()[0] if given.split() else "")
    names = "|".join(re.sub(r"\W", "", name.casefold()) for name in parts_told)
    return Known(nhs_number or None, f"{names}|{born.isoformat()}" if born else None)
